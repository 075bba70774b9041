// npm run soak -- --minutes 60: runs two live nodes with edits on both sides, cut connections and killed processes. In the end both
// folders must be equal, every content that was neither replaced nor deleted must exist, and memory and descriptors must not grow.
// --seed N repeats the edits, --pace N writes N times as fast. Exits with 0 only if all holds; otherwise keeps its folders.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {introduce, makeNode, stopAll} from './lib/demo-pair.js'
import {Chance} from './lib/soak-chance.js'
import {Line} from './lib/soak-line.js'
import {SoakNode} from './lib/soak-node.js'
import {Writers} from './lib/soak-writers.js'

/** @param {string} name @param {number} fallback */
function numberOf(name, fallback) {
	const at = process.argv.indexOf(`--${name}`)
	const value = at < 0 ? fallback : Number(process.argv[at + 1])
	if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} wants a number above 0`)
	return value
}

/** Share of the time in which processes are killed. In the rest they live on, so that leaks show. */
const killShare = 0.4
const sampleMs = 10_000

const minutes = numberOf('minutes', 10)
const pace = numberOf('pace', 1)
const seed = numberOf('seed', Math.floor(Math.random() * 2 ** 31) + 1)
const chance = new Chance(seed)
const home = mkdtempSync(join(tmpdir(), 'filesync-soak-'))
process.on('exit', (code) => {
	stopAll()
	// Keeps the folders of a failed run for inspection.
	if (code === 0) rmSync(home, {recursive: true, force: true})
	else console.log(`its folders are kept in ${home}`)
})
console.log(`soak: ${minutes} min, seed ${seed}${pace === 1 ? '' : `, pace ${pace}`}`)

const here = await makeNode(join(home, 'here'), 'here')
const there = await makeNode(join(home, 'there'), 'there')
const settings = {debounce_ms: 100, max_delete_percent: 100, rescan_interval_sec: 10}
const line = await Line.open()
introduce(there, here, {port: null, settings: {...settings, server: {host: '127.0.0.1', port: line.target}}})
introduce(here, there, {port: line.port, settings})
const nodes = [new SoakNode(there, 'serve'), new SoakNode(here, 'watch')]
for (const node of nodes) await node.start()

const startedAt = performance.now()
const endAt = startedAt + minutes * 60_000
const killUntil = startedAt + minutes * 60_000 * killShare
const writers = new Writers(home, [here.root, there.root], chance)
const counts = {edits: 0, cuts: 0, kills: 0, restarts: 0}
let nextCut = startedAt + 3000
let nextKill = startedAt + 5000
let nextSample = startedAt
let failure = ''

while (performance.now() < endAt && failure === '') {
	counts.edits += writers.step()
	const now = performance.now()
	if (now > nextCut) {
		line.cut()
		counts.cuts++
		nextCut = now + 2000 + chance.below(20_000)
	}
	if (now > nextKill && now < killUntil) {
		const node = nodes[chance.below(2)]
		await node?.kill()
		counts.kills++
		await node?.start()
		nextKill = now + 3000 + chance.below(20_000)
	}
	for (const node of nodes) {
		if (node.ended === null) continue
		failure = `${node.role} ended by itself: ${node.ended}`
	}
	if (now > nextSample) {
		for (const node of nodes) node.sample(now - startedAt, now >= killUntil)
		nextSample = now + sampleMs
	}
	await new Promise((resolve) => setTimeout(resolve, chance.below(120) / pace))
}

if (failure === '') failure = await writers.settle()
for (const node of nodes) {
	const {memory, descriptors} = node.report()
	console.log(`${node.role.padEnd(6)} memory ${memory}; descriptors ${descriptors}`)
	if (failure === '' && !node.isFlat()) failure = `${node.role} grows`
}
for (const node of nodes) {
	const code = await node.stop()
	if (failure === '' && code !== 0) failure = `${node.role} ended with ${code}`
}
await line.close()
const {written, kept, copies} = writers.report()
console.log(
	`${counts.edits} edits (${written} contents), ${counts.cuts} cuts, ${counts.kills} kills; ${kept} contents due and there, ${copies} conflict copies`,
)
console.log(failure === '' ? 'soak: both sides equal, nothing lost' : `soak FAILED (seed ${seed}): ${failure}`)
process.exit(failure === '' ? 0 : 1)
