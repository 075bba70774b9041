// Two Syncthing homes bound to loopback, with announcements, relays, NAT, upgrades and reports off. It has no command that
// ends, so a sync is the time from letting the folder go until the other device has everything.
import {spawnSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {TreePeaks} from './memory.js'
import {freePort, startProgram, until} from './programs.js'

const folder = 'bench'

/** @typedef {{home: string, id: string, key: string, gui: number, listen: number, root: string, pid: number, stop: () => Promise<void>}} Device */

/** @param {string} home @param {string} root */
async function makeDevice(home, root) {
	const made = spawnSync('syncthing', ['generate', '--home', home, '--no-default-folder'], {encoding: 'utf8'})
	if (made.status !== 0) throw new Error(`syncthing generate failed: ${made.stderr}`)
	const id = spawnSync('syncthing', ['--home', home, '--device-id'], {encoding: 'utf8'}).stdout.trim()
	const key = /<apikey>([^<]+)</.exec(readFileSync(join(home, 'config.xml'), 'utf8'))?.[1] ?? ''
	return {home, id, key, root, gui: await freePort(), listen: await freePort()}
}

/** @param {Omit<Device, 'stop' | 'pid'>} device @param {Omit<Device, 'stop' | 'pid'>} peer */
function startDevice(device, peer) {
	const {home, id, key, gui, listen, root} = device
	const one = (/** @type {string} */ of, /** @type {string} */ address) =>
		`<device id="${of}" compression="metadata"><address>${address}</address></device>`
	writeFileSync(
		join(home, 'config.xml'),
		`<configuration version="35">
<folder id="${folder}" path="${root}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="false" paused="true"><device id="${id}"/><device id="${peer.id}"/></folder>
${one(id, 'dynamic')}${one(peer.id, `tcp://127.0.0.1:${peer.listen}`)}
<gui enabled="true" tls="false"><address>127.0.0.1:${gui}</address><apikey>${key}</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:${listen}</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled><localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled><urAccepted>-1</urAccepted><autoUpgradeIntervalH>0</autoUpgradeIntervalH><crashReportingEnabled>false</crashReportingEnabled><startBrowser>false</startBrowser><reconnectionIntervalS>1</reconnectionIntervalS></options>
</configuration>
`,
	)
	// Without its monitor, so that this process is the one whose memory counts.
	const args = ['serve', '--home', home, '--no-browser', '--no-upgrade', '--no-restart']
	const {child, stop} = startProgram('syncthing', args, {...process.env, STMONITORED: 'yes'})
	return {...device, pid: child.pid ?? 0, stop}
}

/** One call of its REST interface; undefined when it does not answer yet. @param {Device} device @param {string} path @param {RequestInit} [init] */
async function ask({gui, key}, path, init = {}) {
	try {
		const answer = await fetch(`http://127.0.0.1:${gui}/rest/${path}`, {...init, headers: {'X-API-Key': key}})
		if (!answer.ok) return undefined
		const text = await answer.text()
		return text === '' ? {} : JSON.parse(text)
	} catch {
		return undefined
	}
}

/** @param {string} home @param {string} source @param {string} target */
export async function openSyncthing(home, source, target) {
	const here = await makeDevice(join(home, 'here'), source)
	const there = await makeDevice(join(home, 'there'), target)
	const [first, second] = [startDevice(here, there), startDevice(there, here)]
	const devices = [first, second]
	const close = async () => {
		for (const {stop} of devices) await stop()
	}
	const connected = async () => (await ask(first, 'system/connections'))?.connections?.[second.id]?.connected === true
	try {
		await until(connected, 'both Syncthings connected')
	} catch (error) {
		await close()
		throw error
	}
	return {
		async sync() {
			const peaks = new TreePeaks()
			peaks.watch('here', first.pid)
			peaks.watch('there', second.pid)
			const startedAt = performance.now()
			for (const device of devices)
				await ask(device, `config/folders/${folder}`, {method: 'PATCH', body: JSON.stringify({paused: false})})
			await until(
				async () => {
					const mine = await ask(first, `db/status?folder=${folder}`)
					if (mine === undefined || mine.state !== 'idle' || mine.globalFiles === 0) return false
					const other = await ask(second, `db/status?folder=${folder}`)
					return other?.state === 'idle' && other.needTotalItems === 0 && other.localFiles === mine.globalFiles
				},
				'Syncthing in sync',
				900_000,
			)
			return {ms: performance.now() - startedAt, peaksKb: peaks.end()}
		},
		close,
	}
}
