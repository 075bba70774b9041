// Measures the index database alone: write, read all, changes since, single look-ups, open; and memory above the
// records themselves. `node bench/index.js [records] [folder of lib/]`, default 100000 and what `npx tsc -p tsconfig.test.json` compiled.
import {randomBytes} from 'node:crypto'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'

const count = Number(process.argv[2] ?? 100_000)
const lib = resolve(process.argv[3] ?? '.build/src', 'lib')
const load = (file) => import(pathToFileURL(join(lib, file)).href)
const {Index} = await load('index/index.js')

const megabytes = (bytes) => Math.round(bytes / 1e6)
const results = []
async function timed(name, task) {
	const start = performance.now()
	const value = await task()
	results.push([name, performance.now() - start])
	return value
}

/** The records `from` to `to` of a tree of 64 files a folder, in path order, as a first scan makes them. */
function* recordsOf(from, to, version, index) {
	for (let i = from; i < to; i++) {
		const number = String(i).padStart(8, '0')
		const mtimeMs = 1_700_000_000_000 + i * 1.234567
		yield {
			path: `projects/folder-${number.slice(0, 6)}/file-${number}.txt`,
			state: {kind: 'file', size: i, mtime: Math.round(mtimeMs * 1000), mode: 0o644, hash: randomHash(i)},
			version,
			seq: index.takeSeq(),
			disk: {size: i, mtimeMs, ctimeMs: mtimeMs + 1.5, ino: 1_000_000 + i, mode: 0o100644},
			racy: false,
			was: null,
		}
	}
}
const salt = randomBytes(24).toString('base64url')
const randomHash = (i) => (salt + Math.imul(i, 2654435761).toString(36) + salt).slice(0, 43)

const dir = await mkdtemp(join(tmpdir(), 'filesync-bench-'))
const options = {
	dir: join(dir, 'index'),
	random: (bytes) => randomBytes(bytes),
	nowSec: () => Math.floor(Date.now() / 1000),
}
try {
	let index = await timed('open, new', () => Index.open(options))
	const version = [[index.device, 1_700_000_000]]
	const batch = 1000
	let writing = 0
	for (let from = 0; from < count; from += batch) {
		const records = [...recordsOf(from, Math.min(count, from + batch), version, index)]
		const start = performance.now()
		await index.write({records}, {sync: from + batch >= count})
		writing += performance.now() - start
	}
	results.push([`write ${count} in batches of ${batch}`, writing])
	const rssAfterWrite = process.memoryUsage().rss
	await timed('close', () => index.close())
	index = await timed('open', () => Index.open(options))
	const readAll = async () => {
		let read = 0
		for await (const records of index.all()) read += records.length
		if (read !== count) throw new Error(`read ${read} of ${count}`)
	}
	await timed('read all', readAll)
	await timed('read all, again', readAll)
	const rssAfterRead = process.memoryUsage().rss
	const mark = index.seq
	const scattered = []
	let position = 0
	for await (const records of index.all())
		for (const record of records) if (position++ % Math.ceil(count / 100) === 0) scattered.push(record)
	const changed = scattered.map((record) => ({...record, seq: index.takeSeq()}))
	await timed(`update ${changed.length} scattered, synced`, () => index.write({records: changed}))
	const since = async () => {
		let read = 0
		for await (const records of index.since(mark)) read += records.length
		if (read !== changed.length) throw new Error(`read ${read} of ${changed.length}`)
	}
	await timed('since, cached', since)
	await index.close()
	index = await Index.open(options)
	await timed('since, cold', since)
	await timed('since, again', since)
	await timed('getMany of those', () => index.getMany(scattered.map(({path}) => path)))
	await timed('get one', () => index.get(scattered[0].path))
	await index.close()
	await rm(options.dir, {recursive: true})
	index = await Index.open(options)
	const all = [...recordsOf(0, Math.min(count, 100_000), version, index)]
	await timed(`write ${all.length} in one batch`, () => index.write({records: all}))
	await timed('start over', () => index.startOver())
	await index.close()
	for (const [name, ms] of results) console.log(`${name.padEnd(40)} ${ms.toFixed(1).padStart(9)} ms`)
	console.log(`resident after writing ${megabytes(rssAfterWrite)} MB, after reading ${megabytes(rssAfterRead)} MB`)
} finally {
	await rm(dir, {recursive: true, force: true})
}
