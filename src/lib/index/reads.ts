// What a reader of the index sees: pages and records as they are at one moment, whatever is written meanwhile. Never writes.
import type {RecordBatch} from '../core/entries/batch.js'
import type {IndexRecord} from '../core/entries/entry.js'
import type {RelPath} from '../core/paths.js'
import {type Directory, positionOf} from './pages/directory.js'
import type {Fingerprints} from './pages/fingerprints.js'
import {Reader, type View} from './pages/reader.js'
import {type WalkedPage, walkedPages} from './pages/scan-walk.js'
import type {Store} from './store/store.js'

/** The readable half of an index. */
export abstract class IndexReads {
	protected readonly store: Store
	protected readonly reader: Reader
	protected readonly fingerprints: Fingerprints

	protected constructor(store: Store, fingerprints: Fingerprints) {
		this.store = store
		this.reader = new Reader(store)
		this.fingerprints = fingerprints
	}

	/** The state at one moment. */
	protected abstract view(): Promise<View>

	/** All records in path order, a page at a time, as they are when the first is asked for. */
	async *all(): AsyncGenerator<readonly IndexRecord[], void, undefined> {
		yield* this.#walk(
			(directory) => directory,
			(page) => page.records(),
		)
	}

	/** All pages in path order, as they are when the first is asked for; see `WalkedPage`. */
	async *known(): AsyncGenerator<WalkedPage, void, undefined> {
		const view = await this.store.guard(() => this.view())
		try {
			yield* walkedPages(view, await this.fingerprints.of(view.directory), this.reader, (task) =>
				this.store.guard(task),
			)
		} finally {
			await view.snapshot.close()
		}
	}

	/** The records changed after `seq`, in path order. Reads only pages that hold such. */
	async *since(seq: number): AsyncGenerator<readonly IndexRecord[], void, undefined> {
		yield* this.#walk(
			(directory) => directory.filter(({maxSeq}) => maxSeq > seq),
			(page) => recordsOf(page, (row) => (page.own.seqs[row] ?? 0) > seq),
		)
	}

	/** The records below these folders, not their own, in path order. No folder is below another of them. */
	async *below(folders: readonly RelPath[]): AsyncGenerator<readonly IndexRecord[], void, undefined> {
		// `/` is followed by `0`.
		const ranges = folders.map((folder) => ({from: `${folder}/`, to: `${folder}0`}))
		yield* this.#walk(
			(directory) => {
				const touched = ranges.flatMap(({from, to}) =>
					directory.slice(positionOf(directory, from), positionOf(directory, to) + 1),
				)
				return [...new Set(touched)].sort((a, b) => (a.first < b.first ? -1 : 1))
			},
			(page) =>
				recordsOf(page, (row) => ranges.some(({from, to}) => page.pathAt(row) >= from && page.pathAt(row) < to)),
		)
	}

	async get(path: RelPath): Promise<IndexRecord | undefined> {
		return (await this.getMany([path])).get(path)
	}

	/** The records of those paths that have one. */
	getMany(paths: readonly RelPath[]): Promise<Map<RelPath, IndexRecord>> {
		return this.store.guard(async () => {
			const view = await this.view()
			try {
				return await this.reader.lookUp(paths, view)
			} finally {
				await view.snapshot.close()
			}
		})
	}

	async *#walk(
		choose: (directory: Directory) => Directory,
		recordsOf: (page: RecordBatch) => readonly IndexRecord[],
	): AsyncGenerator<readonly IndexRecord[], void, undefined> {
		const view = await this.store.guard(() => this.view())
		const pages = this.reader.walk(choose(view.directory), view.snapshot)
		try {
			for (;;) {
				const records = await this.store.guard(async () => {
					const {value, done} = await pages.next()
					return done === true ? undefined : recordsOf(value)
				})
				if (records === undefined) return
				yield records
			}
		} finally {
			await pages.return()
			await view.snapshot.close()
		}
	}
}

/** The records of the rows that are wanted. */
function recordsOf(page: RecordBatch, isWanted: (row: number) => boolean): IndexRecord[] {
	const records: IndexRecord[] = []
	for (let row = 0; row < page.count; row++) if (isWanted(row)) records.push(page.recordAt(row))
	return records
}
