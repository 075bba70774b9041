// Disks that are mounted below the root, and are not there one day: a problem at that path, never a deletion.
import assert from 'node:assert/strict'
import {chmodSync, cpSync, mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {errnoOf} from '../../src/lib/errors/index.js'
import {Dir} from '../e2e/support/dir.js'
import {type Device, Pair} from '../e2e/support/pair.js'
import {told, until} from '../e2e/support/program.js'
import {assertNothing, type SyncResult} from '../e2e/support/result.js'
import {exfat, mount, noExfat, noMounts, tmpfs, unmount} from './support/mounts.js'

/** A blank is written as a number in the system's table. */
const place = 'media/usb disk'

interface Plugged {
	readonly pair: Pair
	/** What is on the disk, wherever it is mounted. */
	readonly disk: Dir
	readonly plug: () => void
	readonly unplug: () => void
}

interface Setting {
	readonly on?: 'alpha' | 'beta'
	/** On another device, or of the root's own (a bind mount). */
	readonly kind?: 'device' | 'bind'
}

/** A pair that has synced with a disk of eight photos mounted in one of its folders. */
async function withDisk({on = 'alpha', kind = 'device'}: Setting, body: (plugged: Plugged) => Promise<void>) {
	const pair = new Pair({name: `mount-${on}-${kind}`, settings: {max_delete_percent: 100, rescan_interval_sec: 600}})
	const disk = new Dir(join(pair.home, 'disk'))
	mkdirSync(disk.path)
	if (kind === 'device') tmpfs(disk.path, '4m')
	const at = pair[on].dir.at(place)
	let isPlugged = false
	const plug = (): void => {
		mount(at, '--bind', disk.path)
		isPlugged = true
	}
	const unplug = (): void => {
		unmount(at, '-l')
		isPlugged = false
	}
	try {
		pair[on].dir.mkdir(place, 0o700).write('doc', 'doc')
		chmodSync(disk.path, 0o755)
		for (let i = 0; i < 8; i++) disk.write(`2026/photo${i}`, `photo ${i}`)
		plug()
		await pair.serve()
		await pair.during(async () => {
			await pair.alpha.result(['sync'])
			pair.assertSame()
			await body({pair, disk, plug, unplug})
		})
	} finally {
		if (isPlugged) unplug()
		if (kind === 'device') unmount(disk.path, '-l')
	}
}

/** The processes that carry a FUSE file system mounted there. */
const driversOf = (folder: string): number[] =>
	readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.filter((pid) => textOf(`/proc/${pid}/cmdline`).split('\0').includes(folder))
		.map(Number)

function textOf(file: string): string {
	try {
		return readFileSync(file, 'utf8')
	} catch {
		return ''
	}
}

function codeOf(act: () => void): string | undefined {
	try {
		act()
		return undefined
	} catch (error) {
		return errnoOf(error)
	}
}

const missing = ({problems}: SyncResult) => problems.map(({path, side, code}) => [path, side, code])
const photosOf = ({dir}: Device): number =>
	Object.keys(dir.tree).filter((path) => path.startsWith(`${place}/2026/photo`)).length

describe('disks below the root', function () {
	this.timeout(120_000)
	before(function () {
		if (noMounts !== undefined) this.skip()
	})

	for (const [on, kind] of [
		['alpha', 'device'],
		['beta', 'bind'],
	] as const)
		it(`away on ${on} (${kind}): told each time, nothing is deleted, all else is synced; back, and all is well`, () =>
			withDisk({on, kind}, async ({pair, plug, unplug}) => {
				const {alpha, beta} = pair
				const other = on === 'alpha' ? beta : alpha
				const side = on === 'alpha' ? 'local' : 'remote'
				unplug()
				pair[on].dir.write(`${place}/NOT MOUNTED`, 'a note beneath the disk')
				for (const text of ['one', 'two']) {
					alpha.dir.write('doc', text)
					const result = await alpha.result(['sync'], 1)
					assert.deepEqual(missing(result), [[place, side, 'MOUNT_MISSING']])
					assert.match(result.problems[0]?.message ?? '', /mount it again, or remove this folder/)
					assert.equal(beta.dir.read('doc'), text)
					assert.equal(photosOf(other), 8)
				}
				assert.ok(!other.dir.has(`${place}/NOT MOUNTED`))
				// What the other side does below waits, too, and is not put in the empty place.
				other.dir.write(`${place}/2026/new`, 'new').rm(`${place}/2026/photo0`)
				await alpha.result(['sync'], 1)
				assert.deepEqual(Object.keys(new Dir(pair[on].dir.at(place)).tree), ['NOT MOUNTED'])
				pair[on].dir.rm(`${place}/NOT MOUNTED`)
				await alpha.result(['sync'], 1)
				plug()
				await alpha.result(['sync'])
				pair.assertSame()
				assert.equal(photosOf(other), 7)
				assert.equal(pair[on].dir.read(`${place}/2026/new`), 'new')
				assertNothing(await alpha.result(['sync']))
			}))

	it('whoever means it removes the folder, and it goes on both sides', () =>
		withDisk({}, async ({pair: {alpha, beta}, unplug}) => {
			unplug()
			await alpha.result(['sync'], 1)
			alpha.dir.rm(place)
			assert.equal((await alpha.result(['sync'])).deleted_remote, 10)
			assert.ok(!beta.dir.has(place))
			assertNothing(await alpha.result(['sync']))
		}))

	it('a disk whose files were copied into the folder itself is missed no more', () =>
		withDisk({}, async ({pair, disk, unplug}) => {
			const {alpha, beta} = pair
			unplug()
			cpSync(disk.path, alpha.dir.at(place), {recursive: true, preserveTimestamps: true})
			alpha.dir.chmod(place, 0o755)
			await alpha.result(['sync'])
			assert.equal(photosOf(beta), 8)
			// An ordinary folder from now on.
			alpha.dir.rm(`${place}/2026`)
			assert.equal((await alpha.result(['sync'])).deleted_remote, 9)
		}))

	it('another disk in its place is taken as it is, and a missing one that is left out by a rule is no problem', () =>
		withDisk({}, async ({pair, disk, plug, unplug}) => {
			const {alpha, beta} = pair
			unplug()
			const second = new Dir(join(pair.home, 'second'))
			mkdirSync(second.path)
			second.write('song', 'a song')
			mount(alpha.dir.at(place), '--bind', second.path)
			try {
				const result = await alpha.result(['sync'])
				assert.deepEqual([result.pushed, result.deleted_remote], [1, 9])
			} finally {
				unmount(alpha.dir.at(place), '-l')
			}
			assert.deepEqual(missing(await alpha.result(['sync'], 1)), [[place, 'local', 'MOUNT_MISSING']])
			alpha.configure({ignore: [`/${place}/`]})
			assertNothing(await alpha.result(['sync']))
			alpha.configure({ignore: []})
			// No past in common: the folder here is filled from the peer.
			await alpha.result(['sync'])
			assert.equal(alpha.dir.read(`${place}/song`), 'a song')
			assert.equal(beta.dir.read(`${place}/song`), 'a song')
			plug()
			disk.write('mark', 'm')
			await alpha.result(['sync'])
			pair.assertSame()
		}))

	it('one whose driver died cannot be looked at; nothing is deleted then, nor when it is unmounted', async function () {
		if (noExfat !== undefined) this.skip()
		const pair = new Pair({name: 'mount-stale', settings: {max_delete_percent: 100}})
		const {alpha, beta} = pair
		const at = alpha.dir.at('usb')
		exfat(at, 8)
		let isMounted = true
		const takeAway = (): void => {
			if (isMounted) unmount(at, '-l')
			isMounted = false
		}
		try {
			alpha.dir.write('usb/photo', 'a photo').write('doc', 'doc')
			await pair.serve()
			await pair.during(async () => {
				await alpha.result(['sync'])
				for (const pid of driversOf(at)) process.kill(pid, 'SIGKILL')
				await until('the dead disk', () => codeOf(() => readdirSync(at)) === 'ENOTCONN')
				alpha.dir.write('doc', 'edited')
				assert.deepEqual(missing(await alpha.result(['sync'], 1)), [['usb', 'local', 'ENOTCONN']])
				assert.deepEqual(beta.dir.tree, {doc: 'edited', 'usb/': '', 'usb/photo': 'a photo'})
				takeAway()
				assert.deepEqual(missing(await alpha.result(['sync'], 1)), [['usb', 'local', 'MOUNT_MISSING']])
				assert.equal(beta.dir.read('usb/photo'), 'a photo')
			})
		} finally {
			takeAway()
		}
	})

	for (const on of ['alpha', 'beta'] as const)
		it(`under watch, on ${on === 'alpha' ? 'the watching' : 'the listening'} side: nothing goes, and once it is back its changes are seen`, () =>
			withDisk({on}, async ({pair, disk, plug, unplug}) => {
				const {alpha, beta} = pair
				const other = on === 'alpha' ? beta : alpha
				const watch = alpha.start('watch')
				await watch.line(/Connected to beta/)
				pair[on].dir.write('mark', 'before')
				await until('the mark', () => other.dir.has('mark'))
				unplug()
				pair[on].dir.write('doc', 'edited')
				await until('an edit beside it', () => other.dir.read('doc') === 'edited')
				assert.deepEqual(missing(await alpha.result(['sync'], 1)), [
					[place, on === 'alpha' ? 'local' : 'remote', 'MOUNT_MISSING'],
				])
				assert.equal(photosOf(other), 8)
				plug()
				await alpha.result(['sync'])
				disk.write('2026/later', 'later')
				await until('an edit on the disk', () => other.dir.has(`${place}/2026/later`))
				assert.equal(photosOf(other), 8)
				const outcome = await watch.stop()
				assert.equal(outcome.code, 0, told(outcome))
				assertNothing(await alpha.result(['sync']))
				pair.assertSame()
			}))
})
