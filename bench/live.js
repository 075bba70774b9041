// node bench/live.js: what a live node is like. From a file written to its being there at the peer, a burst of new files, a large
// tree under watch, and a sync between two live nodes. FileSync alone, on loopback, in /dev/shm or --dir; some three minutes.
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {introduce, makeNode, peakKbOf, serve, stopAll, sync, watch} from '../scripts/lib/demo-pair.js'

const at = process.argv.indexOf('--dir')
const parent = at > 0 ? (process.argv[at + 1] ?? '.') : '/dev/shm'
const home = mkdtempSync(join(parent, 'filesync-live-'))
const settings = {debounce_ms: 100, max_delete_percent: 100}
process.on('exit', () => {
	stopAll()
	rmSync(home, {recursive: true, force: true})
})

/** Waits until it is so, looking every millisecond. Returns the ms. @param {string} what @param {number} mostMs @param {() => boolean} isSo */
async function until(what, mostMs, isSo) {
	const startedAt = performance.now()
	while (!isSo()) {
		if (performance.now() - startedAt > mostMs) throw new Error(`${what}: not within ${mostMs / 1000} s`)
		await sleep(1)
	}
	return performance.now() - startedAt
}

/** @param {string} path */
const sizeOf = (path) => statSync(path, {throwIfNoEntry: false})?.size ?? -1

/** How many files stand below. @param {string} folder @returns {number} */
function filesIn(folder) {
	let files = 0
	for (const entry of readdirSync(folder, {withFileTypes: true})) {
		if (entry.name === '.filesync') continue
		files += entry.isDirectory() ? filesIn(join(folder, entry.name)) : 1
	}
	return files
}

/** Watches on folders that a process holds (Linux). @param {number | undefined} pid */
function inotifyWatches(pid) {
	let watches = 0
	for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
		try {
			watches += readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').split('\ninotify wd:').length - 1
		} catch {
			// It was closed meanwhile.
		}
	}
	return watches
}

/** @param {string} name */
async function pairOf(name) {
	const here = await makeNode(join(home, name, 'here'), 'here')
	const there = await makeNode(join(home, name, 'there'), 'there')
	introduce(there, here, {port: null, settings})
	const join2 = (/** @type {number} */ port) => introduce(here, there, {port, settings})
	return {here, there, join: join2}
}

/** @param {string} root @param {number} files @param {number} folders */
function plant(root, files, folders) {
	for (let i = 0; i < files; i++) {
		const folder = join(root, `part-${Math.floor((i % folders) / 100)}`, `folder-${i % folders}`)
		if (i < folders) mkdirSync(folder, {recursive: true})
		writeFileSync(join(folder, `file-${i}.txt`), `number ${i}\n`)
	}
}

const ms = (/** @type {number} */ value) => `${value.toFixed(0)} ms`
const mb = (/** @type {number | undefined} */ pid) => `${(peakKbOf(pid) / 1000).toFixed(0)} MB`

/** Written to visible, each way; then a burst into new folders, and a sync after it. */
async function latencyAndBurst() {
	const {here, there, join: meet} = await pairOf('small')
	const serving = await serve(there)
	meet(serving.port)
	const watching = await watch(here)
	for (const [way, from, to] of [
		['here → there', here.root, there.root],
		['there → here', there.root, here.root],
	]) {
		const took = []
		for (let i = 0; i < 50; i++) {
			const name = `${way?.startsWith('here') ? 'a' : 'b'}-${i}.txt`
			const content = `written ${i}\n`
			writeFileSync(join(from ?? '', name), content)
			took.push(await until(name, 10_000, () => sizeOf(join(to ?? '', name)) === content.length))
			await sleep(150)
		}
		took.sort((a, b) => a - b)
		console.log(
			`written to visible, ${way}, debounce 100 ms, 50 files: median ${ms(took[25] ?? 0)}, worst ${ms(took[49] ?? 0)}`,
		)
	}
	const startedAt = performance.now()
	for (let folder = 0; folder < 100; folder++) {
		mkdirSync(join(here.root, `burst-${folder}`))
		for (let i = 0; i < 300; i++) writeFileSync(join(here.root, `burst-${folder}`, `${i}.txt`), `${folder} ${i}\n`)
	}
	const wroteMs = performance.now() - startedAt
	while (filesIn(there.root) < 30_100) {
		if (performance.now() - startedAt > 120_000) throw new Error(`only ${filesIn(there.root)} of 30,100 files came`)
		await sleep(100)
	}
	const cameMs = performance.now() - startedAt
	await sleep(3000)
	const {result} = await sync(here)
	const moved = result.pushed + result.pulled + result.deleted_local + result.deleted_remote
	console.log(
		`30,000 files in 100 new folders (written in ${ms(wroteMs)}): all there after ${ms(cameMs)}; watch ${mb(watching.pid)}, serve ${mb(serving.pid)} at most; the sync after it moves ${moved}`,
	)
	await watching.stop()
	await serving.stop()
}

/** 100,000 files in 5,000 folders under watch; then a sync between the two live nodes. */
async function largeTree() {
	const {here, there, join: meet} = await pairOf('large')
	plant(here.root, 100_000, 5000)
	let serving = await serve(there)
	meet(serving.port)
	await sync(here)
	await serving.stop()
	serving = await serve(there)
	meet(serving.port)
	const startedAt = performance.now()
	const watching = await watch(here)
	const connectedMs = performance.now() - startedAt
	const folders = 5000 + 50 + 1
	await until('all watches', 30_000, () => inotifyWatches(watching.pid) >= folders)
	const readyMs = performance.now() - startedAt
	await sleep(2000)
	console.log(
		`100,000 files in 5,000 folders under watch: connected after ${ms(connectedMs)}, all watches after ${ms(readyMs)}, ${inotifyWatches(watching.pid)} watches for ${folders} folders, ${mb(watching.pid)} at most`,
	)
	await sleep(8000)
	const took = []
	for (let i = 0; i < 5; i++) {
		const done = await sync(here)
		took.push(done.ms)
		if (done.result.pushed + done.result.pulled > 0) throw new Error('something was moved')
	}
	took.sort((a, b) => a - b)
	console.log(
		`sync between live nodes, 100,000 files, nothing changed: median ${ms(took[2] ?? 0)} of 5, worst ${ms(took[4] ?? 0)}`,
	)
	await watching.stop()
	await serving.stop()
}

await latencyAndBurst()
await largeTree()
process.exit(0)
