// How long a scan of a tree takes in a worker thread, and what it costs in memory, against barer ways to do it.
// Usage: node bench/scan.js [files] [folders] (default 100,000 in 1,000; after `npx tsc -p tsconfig.test.json`). Makes its tree in a temporary
// folder (FILESYNC_BENCH_DIR, else /dev/shm where there is one) and removes it.
import {spawnSync} from 'node:child_process'
import {existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const builds = process.env.FILESYNC_BENCH_BUILD ?? new URL('../.build/src/', import.meta.url).href
const rounds = 5

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

function makeTree(root, files, folders) {
	const content = 'x'.repeat(600)
	for (let d = 0; d < folders; d++) {
		const folder = join(root, `dir-${String(d % 40).padStart(3, '0')}`, `sub.${String(d).padStart(5, '0')}`)
		mkdirSync(folder, {recursive: true})
		for (let f = 0; f < files / folders; f++) writeFileSync(join(folder, `file ${f}-${d}.txt`), content)
	}
}

const ways = {
	async worker(root) {
		const {Thread} = await import(new URL('lib/tree/worker/thread.js', builds).href)
		const {ScanColumns} = await import(new URL('lib/tree/scan/columns.js', builds).href)
		const thread = new Thread('bench')
		const ms = []
		let rows = 0
		for (let i = 0; i < rounds; i++) {
			const started = performance.now()
			const columns = new ScanColumns(await thread.call('scan', {root, ignoreLines: []}))
			rows = columns.length
			ms.push(performance.now() - started)
		}
		const rssMb = process.memoryUsage.rss() / 1e6
		await thread.close()
		return {ms, rows, rssMb}
	},
	async 'worker, 3 rules'(root) {
		const {Thread} = await import(new URL('lib/tree/worker/thread.js', builds).href)
		const thread = new Thread('bench')
		const ms = []
		let rows = 0
		for (let i = 0; i < rounds; i++) {
			const started = performance.now()
			rows = (await thread.call('scan', {root, ignoreLines: ['*.tmp', 'node_modules/', '/build']})).count
			ms.push(performance.now() - started)
		}
		const rssMb = process.memoryUsage.rss() / 1e6
		await thread.close()
		return {ms, rows, rssMb}
	},
	async 'fast-glob with stats'(root) {
		const {default: fastGlob} = await import('fast-glob')
		const ms = []
		let rows = 0
		for (let i = 0; i < 3; i++) {
			const started = performance.now()
			rows = fastGlob.sync('**', {
				cwd: root,
				dot: true,
				onlyFiles: false,
				followSymbolicLinks: false,
				stats: true,
			}).length
			ms.push(performance.now() - started)
		}
		return {ms, rows, rssMb: process.memoryUsage.rss() / 1e6}
	},
	async 'fast-glob, names only'(root) {
		const {default: fastGlob} = await import('fast-glob')
		const ms = []
		let rows = 0
		for (let i = 0; i < rounds; i++) {
			const started = performance.now()
			rows = fastGlob.sync('**', {cwd: root, dot: true, onlyFiles: false, followSymbolicLinks: false}).length
			ms.push(performance.now() - started)
		}
		return {ms, rows, rssMb: process.memoryUsage.rss() / 1e6}
	},
	async 'bare readdir and lstat, sorted'(root) {
		const ms = []
		let rows = 0
		for (let i = 0; i < rounds; i++) {
			const started = performance.now()
			const paths = []
			const todo = ['']
			for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
				for (const entry of readdirSync(root + folder, {withFileTypes: true})) {
					const path = `${folder}/${entry.name}`
					if (entry.isDirectory()) todo.push(path)
					lstatSync(root + path)
					paths.push(path)
				}
			}
			rows = paths.sort().length
			ms.push(performance.now() - started)
		}
		return {ms, rows, rssMb: process.memoryUsage.rss() / 1e6}
	},
}

const [first, second, third] = process.argv.slice(2)
if (first === '--way') {
	const {ms, rows, rssMb} = await ways[second](third)
	const cold = ms[0]
	console.log(
		`${second.padEnd(32)} ${String(rows).padStart(8)} rows  cold ${cold.toFixed(0).padStart(5)} ms  median ${median(ms).toFixed(0).padStart(5)} ms  RSS ${rssMb.toFixed(0).padStart(4)} MB`,
	)
} else {
	const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
	const root = mkdtempSync(join(process.env.FILESYNC_BENCH_DIR ?? memory, 'filesync-bench-scan-'))
	try {
		makeTree(root, Number(first ?? 100_000), Number(second ?? 1000))
		for (const way of Object.keys(ways))
			spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--way', way, root], {stdio: 'inherit'})
	} finally {
		rmSync(root, {recursive: true, force: true})
	}
}
