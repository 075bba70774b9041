// npm run soak:rounds -- --rounds 1000: two nodes on one connection sync 100 changed files in each round; measures the memory of both.
// Fails if either node's peak at the end is more than 10 % above its peak after the tenth round.
// --files N: changed files per round, on alternating sides. Linux only: reads /proc.
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {introduce, makeNode, peakKbOf, serve, stopAll, watch} from './lib/demo-pair.js'

/** @param {string} name @param {number} fallback */
function numberOf(name, fallback) {
	const at = process.argv.indexOf(`--${name}`)
	const value = at < 0 ? fallback : Number(process.argv[at + 1])
	if (!Number.isInteger(value) || value <= 0) throw new Error(`--${name} wants a whole number above 0`)
	return value
}

const rounds = numberOf('rounds', 1000)
const files = numberOf('files', 100)
/** Memory is compared from this round on: by then code is compiled and caches are filled. */
const firstRound = 10
const mostGrowth = 1.1

// As in the systemd unit.
process.env['MALLOC_ARENA_MAX'] = '1'
const home = mkdtempSync(join(tmpdir(), 'filesync-rounds-'))
process.on('exit', () => {
	stopAll()
	rmSync(home, {recursive: true, force: true})
})

/** Path of a node's control socket. @param {string} state */
function socketIn(state) {
	const name = readdirSync(state, {recursive: true, encoding: 'utf8'}).find((path) => path.endsWith('control.sock'))
	if (name === undefined) throw new Error(`no control socket in ${state}`)
	return join(state, name)
}

/** Asks a node for a sync as the command does, without starting a process. @param {string} place @returns {Promise<any>} */
function askForSync(place) {
	const options = {direction: 'both', force: false, dryRun: false, allowDeletes: true, firstSync: false, verbose: false}
	return new Promise((resolve, reject) => {
		const socket = connect(place)
		let said = ''
		socket.setEncoding('utf8')
		socket.once('connect', () => socket.write(`${JSON.stringify({do: 'sync', options})}\n`))
		socket.on('data', (text) => {
			said += text
		})
		socket.once('error', reject)
		socket.once('close', () => {
			const replies = said
				.split('\n')
				.filter((line) => line !== '')
				.map((line) => JSON.parse(line))
			const result = replies.find(({kind}) => kind === 'result')?.result
			if (result?.ok === true) resolve(result)
			else reject(new Error(`the sync failed: ${JSON.stringify(result ?? replies.at(-1))}`))
		})
	})
}

/** @param {number | undefined} pid */
const rssKbOf = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)

const here = await makeNode(join(home, 'here'), 'here')
const there = await makeNode(join(home, 'there'), 'there')
const settings = {debounce_ms: 100, max_delete_percent: 100, trash_days: 0}
introduce(there, here, {port: null, settings})
const server = await serve(there)
introduce(here, there, {port: server.port, settings})
const client = await watch(here)
const place = socketIn(join(home, 'here', 'state'))

const nodes = [
	{name: 'watch', pid: client.pid, early: 0},
	{name: 'serve', pid: server.pid, early: 0},
]
const roots = [here.root, there.root]
for (const root of roots) mkdirSync(join(root, root === here.root ? 'here' : 'there'), {recursive: true})
const startedAt = performance.now()
let moved = 0
for (let round = 1; round <= rounds; round++) {
	const at = roots[round % 2] ?? here.root
	const folder = at === here.root ? 'here' : 'there'
	for (let i = 0; i < files; i++)
		writeFileSync(join(at, folder, `file ${i}.txt`), `round ${round} of file ${i}\n`.repeat(40))
	const {pushed, pulled} = await askForSync(place)
	moved += pushed + pulled
	if (round === firstRound) for (const node of nodes) node.early = peakKbOf(node.pid)
	if (round % 100 === 0 || round === firstRound) {
		const memory = nodes.map(
			({name, pid}) => `${name} ${Math.round(rssKbOf(pid) / 1024)} MB now, ${Math.round(peakKbOf(pid) / 1024)} at most`,
		)
		console.log(`round ${round}: ${memory.join('; ')}`)
	}
}
const seconds = (performance.now() - startedAt) / 1000
let isFlat = true
for (const {name, pid, early} of nodes) {
	const late = peakKbOf(pid)
	const growth = late / early
	isFlat &&= growth <= mostGrowth
	const text = `${(early / 1024).toFixed(1)} MB after round ${firstRound}, ${(late / 1024).toFixed(1)} MB after round ${rounds}`
	console.log(`${name} ${text}: ${((growth - 1) * 100).toFixed(1)} % more`)
}
const codes = [await client.stop(), await server.stop()]
console.log(`${rounds} rounds in ${seconds.toFixed(0)} s, ${moved} contents moved`)
const failure = !isFlat ? 'memory grows' : codes.some((code) => code !== 0) ? `the nodes ended with ${codes}` : ''
console.log(failure === '' ? 'rounds: memory is flat' : `rounds FAILED: ${failure}`)
process.exit(failure === '' ? 0 : 1)
