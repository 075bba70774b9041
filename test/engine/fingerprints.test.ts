// What a scan saw of a whole run spares reading it the next time, and never hides a change: two indexes follow the same tree,
// one of which has no fingerprints.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import fc from 'fast-check'
import type {RecordBatch} from '../../src/lib/core/entries/batch.js'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {Index} from '../../src/lib/index/index.js'
import type {ComparedPage} from '../../src/lib/replica/scan/compared-page.js'
import {type ScanBatch, ScanColumns, type ScanProgress, Thread} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import type {Transferred} from '../../src/lib/tree/worker/transfer.js'
import {recordsOf, rescanOnce} from './support/rescan.js'
import {makeTemp, removeTemp} from './support/temp.js'

const files = 1500
/** So large a folder holds runs that begin and end in it: what changes there shows in them alone. */
const perFolder = 700
const pathOf = (i: number): string => `d${Math.floor(i / perFolder)}/f${String(i % perFolder).padStart(3, '0')}`
/** Seconds; far from now, so that no record asks for another look. */
const old = 1_600_000_000

/** One thing that somebody does to the file of a number. Some throw where it cannot be. */
const edits: Readonly<Record<string, (root: string, i: number) => void>> = {
	longer: (root, i) => writeFileSync(join(root, pathOf(i)), 'longer than it was'),
	'as long': (root, i) => writeFileSync(join(root, pathOf(i)), 'b'),
	'as long and as old': (root, i) => {
		writeFileSync(join(root, pathOf(i)), 'c')
		utimesSync(join(root, pathOf(i)), old, old)
	},
	touched: (root, i) => utimesSync(join(root, pathOf(i)), old + 1, old + 1),
	'another mode': (root, i) => chmodSync(join(root, pathOf(i)), 0o600),
	deleted: (root, i) => rmSync(join(root, pathOf(i))),
	'new beside': (root, i) => writeFileSync(join(root, `${pathOf(i)}!`), 'n'),
	'new at the end': (root) => writeFileSync(join(root, 'zzz'), 'n'),
	renamed: (root, i) => renameSync(join(root, pathOf(i)), join(root, `${pathOf(i)}~`)),
	exchanged: (root, i) => {
		const [one, other] = [join(root, pathOf(i)), join(root, pathOf(i + 1))]
		renameSync(one, `${one}#`)
		renameSync(other, one)
		renameSync(`${one}#`, other)
	},
	'a link now': (root, i) => {
		rmSync(join(root, pathOf(i)), {recursive: true})
		symlinkSync('a', join(root, pathOf(i)))
	},
	'a link elsewhere': (root, i) => {
		rmSync(join(root, 'link'), {force: true})
		symlinkSync(String(i), join(root, 'link'))
	},
	'a folder now': (root, i) => {
		rmSync(join(root, pathOf(i)))
		mkdirSync(join(root, pathOf(i)))
	},
	'its folder gone': (root, i) => rmSync(dirname(join(root, pathOf(i))), {recursive: true, force: true}),
	'its folder back': (root, i) => {
		mkdirSync(dirname(join(root, pathOf(i))), {recursive: true})
		writeFileSync(join(root, pathOf(i)), 'a')
	},
}

function plant(root: string): void {
	for (let i = 0; i < files; i++) {
		const at = join(root, pathOf(i))
		if (i % perFolder === 0) mkdirSync(dirname(at), {recursive: true})
		writeFileSync(at, 'a')
		utimesSync(at, old, old)
	}
}

/** What a scan hands over, for any number of readers. */
function lookAt(root: string, batchRows: number): () => AsyncGenerator<ScanColumns, void> {
	const batches: ScanColumns[] = []
	const last = scan({root, ignoreLines: [], batchRows}, (event: ScanProgress | Transferred<ScanBatch>) => {
		if (!('phase' in event)) batches.push(new ScanColumns(event.value.rows))
	})
	batches.push(new ScanColumns(last.value))
	return async function* () {
		yield* batches
	}
}

class Site {
	/** Runs met by the last scan, and how many of them were read. */
	met = 0
	read = 0
	readonly index: Index
	readonly #root: string
	readonly #reader: Thread
	readonly #hasSights: boolean

	constructor(root: string, index: Index, reader: Thread, hasSights: boolean) {
		this.#root = root
		this.index = index
		this.#reader = reader
		this.#hasSights = hasSights
	}

	async #page(run: ComparedPage): Promise<RecordBatch> {
		this.read++
		return run.read()
	}

	async *#pages(): AsyncGenerator<ComparedPage, void> {
		this.met = 0
		this.read = 0
		for await (const run of this.index.known()) {
			this.met++
			yield {...run, fingerprint: this.#hasSights ? run.fingerprint : undefined, read: () => this.#page(run)}
		}
	}

	async bring(batches: AsyncIterable<ScanColumns>): Promise<IndexRecord[]> {
		await rescanOnce({
			root: this.#root,
			index: this.index,
			reader: () => this.#reader,
			batches,
			pages: this.#pages(),
		})
		return recordsOf(this.index)
	}
}

async function withSites(task: (root: string, seeing: Site, blind: Site) => Promise<void>): Promise<void> {
	const home = makeTemp()
	const reader = new Thread('test')
	const root = join(home, 'tree')
	plant(root)
	const same = new Uint8Array(12).fill(7)
	const open = (name: string) => Index.open({dir: join(home, name), random: () => same, nowSec: () => 1_700_000_000})
	const [one, other] = [await open('seeing'), await open('blind')]
	try {
		await task(root, new Site(root, one, reader, true), new Site(root, other, reader, false))
	} finally {
		await one.close()
		await other.close()
		await reader.close()
		removeTemp(home)
	}
}

/** Sequence numbers follow the order of writing. */
const shown = (records: readonly IndexRecord[]) => records.map(({seq: _, ...rest}) => rest)

describe('engine: scan fingerprints of runs', () => {
	for (const rows of [4096, 100, 7])
		it(`a scan of what is as it was, in portions of ${rows}, reads hardly a run, and one edit costs one`, () =>
			withSites(async (root, site) => {
				await site.bring(lookAt(root, rows)())
				equal(site.met, 0, 'an empty index')
				await site.bring(lookAt(root, rows)())
				ok(site.met >= 3, `${site.met} runs`)
				equal(site.read, 1, 'the last run')
				writeFileSync(join(root, pathOf(10)), 'edited')
				const records = await site.bring(lookAt(root, rows)())
				equal(site.read, 2, 'the edited one and the last')
				const {state} = records.find(({path}) => path === pathOf(10)) ?? {}
				equal(state?.kind === 'file' && state.size, 6)
				await site.bring(lookAt(root, rows)())
				await site.bring(lookAt(root, rows)())
				equal(site.read, 1, 'it was seen again')
			}))

	it('a run with a file that asks for another look at its content is read each time', () =>
		withSites(async (root, site) => {
			// As old as the clock of the scan says it is now.
			utimesSync(join(root, pathOf(300)), 1_700_000_000.01, 1_700_000_000.01)
			await site.bring(lookAt(root, 4096)())
			const hash = createHash('sha256').update('a').digest('base64url')
			await site.index.learn([{path: pathOf(300) as RelPath, hash, racy: true}])
			for (let i = 0; i < 4; i++) await site.bring(lookAt(root, 4096)())
			equal(site.read, 2, 'that one and the last')
		}))

	for (const [name, edit] of Object.entries(edits))
		it(`hides no change: ${name}`, () =>
			withSites(async (root, seeing, blind) => {
				for (let i = 0; i < 3; i++) for (const site of [seeing, blind]) await site.bring(lookAt(root, 4096)())
				ok(seeing.read < seeing.met)
				for (const i of [3, 250, 700]) {
					if (name === 'its folder back') rmSync(dirname(join(root, pathOf(i))), {recursive: true, force: true})
					edit(root, i)
					const look = lookAt(root, 4096)
					deepEqual(shown(await seeing.bring(look())), shown(await blind.bring(look())))
				}
			}))

	for (const [end, at] of [
		['first', 0],
		['last', -1],
	] as const)
		it(`the ${end} file of a run that comes back comes after its tombstone`, () =>
			withSites(async (root, seeing, blind) => {
				const bring = async (): Promise<void> => {
					const look = lookAt(root, 4096)
					deepEqual(shown(await seeing.bring(look())), shown(await blind.bring(look())))
				}
				await bring()
				const paths: RelPath[] = []
				for await (const records of seeing.index.all()) {
					const path = records.filter(({state}) => state.kind === 'file').at(at)?.path
					if (path !== undefined) paths.push(path)
				}
				for (const path of paths) rmSync(join(root, path))
				for (let i = 0; i < 3; i++) await bring()
				ok(seeing.read < seeing.met)
				for (const path of paths) writeFileSync(join(root, path), 'back')
				await bring()
				const records = await seeing.index.getMany(paths)
				for (const path of paths) equal(records.get(path)?.version[0]?.[1], 1_700_000_002, path)
			}))

	for (const beyond of [1, 5, 12])
		it(`loses no row where a run is gone whose place is ${beyond} before the end of a portion, and a larger one follows`, () =>
			withSites(async (root, seeing, blind) => {
				const bring = async (batchRows: number): Promise<void> => {
					const inOne = await blind.bring(lookAt(root, Number.MAX_SAFE_INTEGER)())
					deepEqual(shown(await seeing.bring(lookAt(root, batchRows)())), shown(inOne))
				}
				await bring(4096)
				const pages: (readonly IndexRecord[])[] = []
				for await (const run of seeing.index.known()) pages.push((await run.read()).records())
				const [before = [], gone = []] = pages
				const paths = gone.flatMap(({path, state}) => (state.kind === 'file' ? [path] : []))
				for (const path of paths.slice(12)) rmSync(join(root, path))
				await bring(4096)
				for (const path of paths.slice(0, 12)) rmSync(join(root, path))
				await bring(before.length + beyond)
			}))

	it('hides no change of many, in portions of any size', async function () {
		this.timeout(120_000)
		const step = fc.record({
			doing: fc.array(fc.tuple(fc.constantFrom(...Object.keys(edits)), fc.integer({min: 0, max: files - 2})), {
				maxLength: 5,
			}),
			rows: fc.integer({min: 200, max: 2000}),
		})
		await fc.assert(
			fc.asyncProperty(fc.array(step, {minLength: 3, maxLength: 8}), (steps) =>
				withSites(async (root, seeing, blind) => {
					for (const {doing, rows} of [{doing: [], rows: 4096}, {doing: [], rows: 4096}, ...steps]) {
						for (const [name, i] of doing) {
							try {
								edits[name]?.(root, i)
							} catch {
								// What it would change is not there any more.
							}
						}
						// The other one looks at all in one piece.
						const inOne = await blind.bring(lookAt(root, Number.MAX_SAFE_INTEGER)())
						deepEqual(shown(await seeing.bring(lookAt(root, rows)())), shown(inOne))
					}
				}),
			),
			{numRuns: 15},
		)
	})
})
