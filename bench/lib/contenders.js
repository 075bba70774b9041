// The programs that are compared, behind one shape: make both ends ready, sync once on the clock, end.
// Each has folders of its own; what another one leaves there never meets it.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {introduce, makeNode, serve, stopAll, sync} from '../../scripts/lib/demo-pair.js'
import {find, firstLine, timed} from './programs.js'
import {startSshd} from './sshd.js'
import {openSyncthing} from './syncthing.js'

/** One timed sync. Peaks in kB and bytes on the wire where they are known. @typedef {{ms: number, peaksKb?: {sync: number, serve: number}, wireBytes?: number}} Timing */
/** @typedef {{sync: () => Promise<Timing>, close: () => Promise<void>}} Session */
/**
 * `needs`: programs that must be installed; `packages`: what to install for them on Debian. `canStartSynced` false: it has
 * no command that ends, so only what it carries to an empty peer can be timed.
 * @typedef {{name: string, needs: string[], packages: string[], version: () => string, canStartSynced: boolean,
 *   open: (home: string, source: string, target: string) => Promise<Session>}} Contender
 */

/** How often the memory of a short-lived process is looked at, in ms. */
const sampleMs = 20

/** Lets the kernel begin a new peak for a process that stays. @param {number | undefined} pid */
function forgetPeak(pid) {
	try {
		writeFileSync(`/proc/${pid}/clear_refs`, '5')
	} catch {
		// Not Linux, or not allowed: the peak then is that of its whole life.
	}
}

/** `serve` runs before the clock starts; `sync` is timed from the start of its process to its end. @type {Contender} */
const filesync = {
	name: 'filesync',
	needs: [],
	packages: [],
	version: () => `node ${process.version}`,
	canStartSynced: true,
	async open(home, source, target) {
		for (const root of [source, target]) rmSync(join(root, '.filesync'), {recursive: true, force: true})
		const here = {...(await makeNode(join(home, 'here'), 'here')), root: source}
		const there = {...(await makeNode(join(home, 'there'), 'there')), root: target}
		introduce(there, here, {port: null})
		const node = await serve(there)
		introduce(here, there, {port: node.port})
		return {
			async sync() {
				forgetPeak(node.pid)
				const {ms, peakKb, result} = await sync(here, {sampleMs})
				const wireBytes = result.bytes_sent + result.bytes_received
				return {ms, peaksKb: {sync: peakKb, serve: node.peakKb()}, wireBytes}
			},
			async close() {
				await node.stop()
			},
		}
	},
}

/** @type {Contender} */
const rsync = {
	name: 'rsync',
	needs: ['rsync', 'sshd', 'ssh', 'ssh-keygen'],
	packages: ['rsync', 'openssh-server'],
	version: () => firstLine('rsync', ['--version']),
	canStartSynced: true,
	async open(home, source, target) {
		const {args, stop} = await startSshd(join(home, 'ssh'), {})
		const shell = ['ssh', ...args].join(' ')
		return {
			sync: async () => ({ms: await timed('rsync', ['-a', '-e', shell, `${source}/`, `127.0.0.1:${target}/`])}),
			close: stop,
		}
	},
}

/** @type {Contender} */
const unison = {
	name: 'unison',
	needs: ['unison', 'sshd', 'ssh', 'ssh-keygen'],
	packages: ['unison', 'openssh-server'],
	version: () => firstLine('unison', ['-version']),
	canStartSynced: true,
	async open(home, source, target) {
		for (const side of ['here', 'there']) mkdirSync(join(home, side), {recursive: true})
		const {args, stop} = await startSshd(join(home, 'ssh'), {UNISON: join(home, 'there')})
		const flags = ['-batch', '-confirmbigdel=false', '-times', '-silent', '-sshargs', args.join(' ')]
		const env = {...process.env, UNISON: join(home, 'here')}
		return {
			sync: async () => ({ms: await timed('unison', [...flags, source, `ssh://127.0.0.1/${target}`], env)}),
			close: stop,
		}
	},
}

/** @type {Contender} */
const syncthing = {
	name: 'syncthing',
	needs: ['syncthing'],
	packages: ['syncthing'],
	version: () => firstLine('syncthing', ['--version']),
	canStartSynced: false,
	open: openSyncthing,
}

export const contenders = [filesync, rsync, unison, syncthing]

/** Programs that this contender lacks on this machine. @param {Contender} contender */
export const missing = ({needs}) => needs.filter((program) => find(program) === undefined)

export const stopContenders = stopAll
