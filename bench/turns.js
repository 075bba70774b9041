// Is a change faster? Two or more checkouts of FileSync take turns at the same sync, so that a slow minute of the machine hits all;
// time of the command and CPU time of both sides. Linux only: the CPU time is the kernel's.
// Usage: node bench/turns.js WORK ROUNDS CHECKOUT CHECKOUT.. (each built: npm run build)
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {editOne, renamePart} from './lib/changes.js'
import {touchPages} from './lib/pages.js'
import {oneFile, smallFiles, tinyFiles} from './lib/trees.js'

/** A kernel tick in ms: what `/proc/PID/stat` counts in. */
const tickMs = 10

const small = smallFiles(10_000)
const tiny = tinyFiles(100_000, 600)

/**
 * `first`: to an empty peer, else once more. `cold`: the serving side is started anew before each sync. The names are those of the bench.
 * @type {Record<string, {tree: import('./lib/trees.js').Tree, first?: boolean, pull?: boolean, cold?: boolean, change?: import('./lib/changes.js').Change}>}
 */
const works = {
	small: {tree: small, first: true},
	tiny: {tree: tiny, first: true},
	'tiny-pull': {tree: tiny, first: true, pull: true},
	large: {tree: oneFile(2 ** 30), first: true},
	'noop-100k': {tree: tiny, cold: true},
	'edit-one-of-100k': {tree: tiny, change: editOne},
	'rename-folder': {tree: small, change: renamePart},
}

/** CPU time in ms: its own, or of those of its children that have ended. @param {number | string | undefined} pid @param {'own' | 'ended children'} whose */
function cpuMs(pid, whose) {
	// Behind the name, which may hold anything: field 3 is the first.
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
	const at = whose === 'own' ? 11 : 13
	return (Number(fields[at]) + Number(fields[at + 1])) * tickMs
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

/** Two nodes of one checkout. */
class Pair {
	/**
	 * @param {typeof import('../scripts/lib/demo-pair.js')} program
	 * @param {import('../scripts/lib/demo-pair.js').Node} here @param {import('../scripts/lib/demo-pair.js').Node} there
	 */
	constructor(program, here, there) {
		this.program = program
		this.here = here
		this.there = there
		/** @type {Awaited<ReturnType<typeof program.serve>> | undefined} */
		this.node = undefined
	}

	/** @param {string} checkout @param {string} home @param {string} source @param {boolean} pull */
	static async make(checkout, home, source, pull) {
		const program = await import(pathToFileURL(join(checkout, 'scripts/lib/demo-pair.js')).href)
		const [there, here] = [
			await program.makeNode(join(home, 'there'), 'there'),
			await program.makeNode(join(home, 'here'), 'here'),
		]
		if (pull) there.root = source
		else here.root = source
		rmSync(join(source, '.filesync'), {recursive: true, force: true})
		program.introduce(there, here, {port: null})
		return new Pair(program, here, there)
	}

	async startServing() {
		await this.node?.stop()
		this.node = await this.program.serve(this.there)
		this.program.introduce(this.here, this.there, {port: this.node.port})
	}

	async timedSync() {
		const pid = this.node?.pid
		const before = {serve: cpuMs(pid, 'own'), sync: cpuMs('self', 'ended children')}
		const {ms} = await this.program.sync(this.here)
		const sync = cpuMs('self', 'ended children') - before.sync
		return {wall: ms, sync, serve: cpuMs(pid, 'own') - before.serve}
	}
}

const [work = '', rounds = '3', ...checkouts] = process.argv.slice(2)
const chosen = works[work]
if (chosen === undefined || checkouts.length === 0) {
	console.error(`usage: node bench/turns.js ${Object.keys(works).join('|')} ROUNDS CHECKOUT CHECKOUT..`)
	process.exit(2)
}
const {tree, first = false, pull = false, cold = false, change} = chosen
const home = mkdtempSync('/dev/shm/filesync-turns-')
/** @type {Map<string, Pair>} */
const pairs = new Map()
try {
	/** @type {Map<string, {wall: number, sync: number, serve: number}[]>} */
	const found = new Map(checkouts.map((checkout) => [resolve(checkout), []]))
	const shared = join(home, 'source')
	if (first) {
		mkdirSync(shared)
		tree.make(shared)
	} else
		for (const checkout of found.keys()) {
			const place = mkdtempSync(join(home, 'pair-'))
			tree.make(join(place, 'source'))
			const pair = await Pair.make(checkout, place, join(place, 'source'), pull)
			pairs.set(checkout, pair)
			await pair.startServing()
			// Twice: what a first sync leaves to the next one is not what is measured.
			for (let i = 0; i < 2; i++) await pair.timedSync()
		}
	for (let round = 1; round <= Number(rounds); round++)
		for (const [checkout, times] of found) {
			const run = mkdtempSync(join(home, 'run-'))
			const pair = pairs.get(checkout) ?? (await Pair.make(checkout, run, shared, pull))
			pairs.set(checkout, pair)
			if (first || cold) await pair.startServing()
			change?.(pair.here.root, round, tree.files)
			if (first) touchPages(home, tree)
			times.push(await pair.timedSync())
			if (first) {
				await pair.node?.stop()
				pairs.delete(checkout)
			}
			rmSync(run, {recursive: true})
		}
	for (const [checkout, times] of found) {
		const of = (/** @type {'wall' | 'sync' | 'serve'} */ what) => Math.round(median(times.map((time) => time[what])))
		const walls = times.map(({wall}) => (wall / 1000).toFixed(2)).join(', ')
		console.log(`${checkout}: ${of('wall')} ms (${walls} s), CPU of sync ${of('sync')} ms, of serve ${of('serve')} ms`)
	}
} finally {
	for (const pair of pairs.values()) await pair.node?.stop()
	rmSync(home, {recursive: true, force: true})
}
