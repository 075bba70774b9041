// Is a change faster? Two or more checkouts of FileSync take turns at the same first sync, so that a slow minute of the machine hits all;
// time of the command and CPU time of both sides. Linux only: the CPU time is the kernel's.
// Usage: node bench/turns.js small|tiny|large ROUNDS CHECKOUT CHECKOUT.. (each built: npm run build)
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {oneFile, smallFiles, tinyFiles} from './lib/trees.js'

/** A kernel tick in ms: what `/proc/PID/stat` counts in. */
const tickMs = 10

const trees = {small: smallFiles(10_000), tiny: tinyFiles(100_000, 600), large: oneFile(2 ** 30)}

/** CPU time in ms: its own, or of those of its children that have ended. @param {number | string} pid @param {'own' | 'ended children'} whose */
function cpuMs(pid, whose) {
	// Behind the name, which may hold anything: field 3 is the first.
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
	const at = whose === 'own' ? 11 : 13
	return (Number(fields[at]) + Number(fields[at + 1])) * tickMs
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

/** One first sync. @param {string} checkout @param {string} home @param {string} source */
async function firstSync(checkout, home, source) {
	const pair = await import(pathToFileURL(join(checkout, 'scripts/lib/demo-pair.js')).href)
	const there = await pair.makeNode(join(home, 'there'), 'there')
	const here = {...(await pair.makeNode(join(home, 'here'), 'here')), root: source}
	rmSync(join(source, '.filesync'), {recursive: true, force: true})
	pair.introduce(there, here, {port: null})
	const node = await pair.serve(there)
	try {
		pair.introduce(here, there, {port: node.port})
		const before = {serve: cpuMs(node.pid, 'own'), sync: cpuMs('self', 'ended children')}
		const {ms} = await pair.sync(here)
		return {
			wall: ms,
			sync: cpuMs('self', 'ended children') - before.sync,
			serve: cpuMs(node.pid, 'own') - before.serve,
		}
	} finally {
		await node.stop()
	}
}

const [work = '', rounds = '3', ...checkouts] = process.argv.slice(2)
if (!Object.hasOwn(trees, work) || checkouts.length === 0) {
	console.error('usage: node bench/turns.js small|tiny|large ROUNDS CHECKOUT CHECKOUT..')
	process.exit(2)
}
const home = mkdtempSync('/dev/shm/filesync-turns-')
try {
	const source = join(home, 'source')
	trees[/** @type {keyof typeof trees} */ (work)].make(source)
	/** @type {Map<string, {wall: number, sync: number, serve: number}[]>} */
	const found = new Map(checkouts.map((checkout) => [resolve(checkout), []]))
	for (let round = 0; round < Number(rounds); round++)
		for (const [checkout, times] of found) {
			const run = mkdtempSync(join(home, 'run-'))
			times.push(await firstSync(checkout, run, source))
			rmSync(run, {recursive: true})
		}
	for (const [checkout, times] of found) {
		const of = (/** @type {'wall' | 'sync' | 'serve'} */ what) => Math.round(median(times.map((time) => time[what])))
		const walls = times.map(({wall}) => (wall / 1000).toFixed(2)).join(', ')
		console.log(`${checkout}: ${of('wall')} ms (${walls} s), CPU of sync ${of('sync')} ms, of serve ${of('serve')} ms`)
	}
} finally {
	rmSync(home, {recursive: true, force: true})
}
