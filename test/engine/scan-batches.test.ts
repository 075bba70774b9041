// A scan that is compared while it is under way comes to what one does that is compared at its end; one that fails changes nothing.
import {deepEqual, equal, rejects} from 'node:assert/strict'
import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import fc from 'fast-check'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import {Index} from '../../src/lib/index/index.js'
import {Replica} from '../../src/lib/replica/replica.js'
import {type ScanBatch, ScanColumns, type ScanProgress, type ScanResult, Thread} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import type {Transferred} from '../../src/lib/tree/worker/transfer.js'
import {recordsOf, rescanOnce} from './support/rescan.js'
import {makeTemp, removeTemp} from './support/temp.js'

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))

/** A tree as paths with contents; a path that another needs as a folder is left out. */
const tree = fc.dictionary(
	fc.constantFrom('a', 'a!', 'a/b', 'a/b/c', 'a/d', 'a0', 'e', 'e/f', 'e/f/g', 'h', 'i/j', 'k'),
	fc.string({maxLength: 3}),
	{maxKeys: 10},
)

function plant(root: string, files: Readonly<Record<string, string>>): void {
	rmSync(root, {recursive: true, force: true})
	mkdirSync(root)
	for (const path of Object.keys(files).sort().reverse()) {
		const full = join(root, path)
		mkdirSync(dirname(full), {recursive: true})
		try {
			writeFileSync(full, files[path] ?? '')
		} catch {
			// It is a folder already.
		}
	}
}

/** What a scan in batches hands over. */
function portionsOf(root: string, batchRows: number): ScanResult[] {
	const batches: ScanResult[] = []
	const last = scan({root, ignoreLines: [], batchRows}, (event: ScanProgress | Transferred<ScanBatch>) => {
		if (!('phase' in event)) batches.push(event.value.rows)
	})
	return [...batches, last.value]
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T, void> {
	yield* list
}

/** All but the sequence numbers, which follow the order of writing. */
const shown = (records: readonly IndexRecord[]) => records.map(({seq: _, racy: __, ...rest}) => rest)

class Site {
	readonly root: string
	readonly index: Index
	readonly #reader: Thread

	constructor(root: string, index: Index, reader: Thread) {
		this.root = root
		this.index = index
		this.#reader = reader
	}

	bring(batches: AsyncIterable<ScanColumns>, counts: Promise<void> = Promise.resolve()) {
		const {root, index} = this
		return rescanOnce({root, index, reader: () => this.#reader, batches, counts})
	}
}

async function withSites(task: (whole: Site, parts: Site) => Promise<void>): Promise<void> {
	const home = makeTemp()
	const reader = new Thread('test')
	const root = join(home, 'tree')
	const same = new Uint8Array(12).fill(7)
	const open = (name: string) => Index.open({dir: join(home, name), random: () => same, nowSec: () => 1_700_000_000})
	const [one, other] = [await open('whole'), await open('parts')]
	try {
		await task(new Site(root, one, reader), new Site(root, other, reader))
	} finally {
		await one.close()
		await other.close()
		await reader.close()
		removeTemp(home)
	}
}

describe('engine: a scan in portions', () => {
	it('comes to what a scan in one piece comes to, for random trees', async function () {
		this.timeout(120_000)
		await fc.assert(
			fc.asyncProperty(fc.array(tree, {minLength: 1, maxLength: 3}), fc.integer({min: 1, max: 6}), (trees, rows) =>
				withSites(async (whole, parts) => {
					for (const files of trees) {
						plant(whole.root, files)
						await whole.bring(each([new ScanColumns(scan({root: whole.root, ignoreLines: []}).value)]))
						const batches = portionsOf(parts.root, rows)
						equal(
							batches.every(({count}) => count <= rows),
							true,
						)
						await parts.bring(each(batches.map((result) => new ScanColumns(result))))
						deepEqual(shown(await recordsOf(parts.index)), shown(await recordsOf(whole.index)))
					}
				}),
			),
			{numRuns: 25},
		)
	})

	for (const [what, isEmpty] of [
		['an empty index', true],
		['an index with records', false],
	] as const) {
		it(`leaves ${what} as it was when what was seen does not count`, () =>
			withSites(async (site) => {
				plant(site.root, {a: '1', 'b/c': '2', 'b/d': '3'})
				const before = portionsOf(site.root, 2).map((result) => new ScanColumns(result))
				if (!isEmpty) await site.bring(each(before))
				const known = await recordsOf(site.index)
				plant(site.root, {a: '11', 'b/e': '2', f: '4'})
				const gone = new Error('unmounted')
				const counts = Promise.reject(gone)
				counts.catch(() => {})
				const batches = portionsOf(site.root, 1).map((result) => new ScanColumns(result))
				await rejects(site.bring(each(batches), counts), gone)
				deepEqual(await recordsOf(site.index), known)
				await rejects(
					site.bring(
						(async function* () {
							yield* batches.slice(0, 2)
							throw gone
						})(),
						counts,
					),
					gone,
				)
				deepEqual(await recordsOf(site.index), known)
			}))
	}

	it('does not count when the folder is another one at its end', async () => {
		const home = makeTemp()
		const root = join(home, 'tree')
		plant(root, Object.fromEntries(Array.from({length: 50}, (_, i) => [`d${i % 7}/f${i}`, 'x'])))
		const replica = await Replica.open({
			root,
			indexDir: join(home, 'index'),
			ignore: [],
			trashDays: 0,
			nowMs: Date.now,
			random,
			firstSync: false,
		})
		try {
			for (const known of [0, 50]) {
				const {signal} = new AbortController()
				const scanning = replica.scan(signal)
				// Its first look at the marker is over by then, and no answer of the thread can have come: that takes a turn of the loop.
				for (let i = 0; i < 50; i++) await undefined
				renameSync(join(root, '.filesync'), join(home, 'aside'))
				await rejects(scanning, {code: 'ROOT_REPLACED'})
				renameSync(join(home, 'aside'), join(root, '.filesync'))
				equal(replica.counts.files, known)
				await replica.scan(signal)
				equal(replica.counts.files, 50)
			}
		} finally {
			await replica.close()
			removeTemp(home)
		}
	})
})
