// Owns reading pages: a view of one moment, a small cache of decoded pages, reading ahead. Never writes.
import type {RecordBatch} from '../../core/entries/batch.js'
import type {IndexRecord} from '../../core/entries/entry.js'
import {Interner} from '../../core/entries/vector-table.js'
import type {RelPath} from '../../core/paths.js'
import {Damage} from '../store/checks.js'
import type {Snapshot, Store} from '../store/store.js'
import {type Directory, type PageEntry, pageKey, positionOf} from './directory.js'
import {decodePage} from './written-page.js'

/** Pages kept decoded: some 16,000 records, about 10 MB. */
const cachedPages = 16

/** Pages per read: large enough to pay for the hop to LevelDB's thread, some 25 KB each. */
const pagesPerRead = 8

/** The directory and LevelDB at one moment: no later write is seen. Must be closed. */
export interface View {
	readonly directory: Directory
	readonly snapshot: Snapshot
}

export class Reader {
	readonly #store: Store
	readonly #interner = new Interner()
	/** By entry: entries are immutable, so what is cached for one is never stale. Oldest first. */
	readonly #cache = new Map<PageEntry, RecordBatch>()

	constructor(store: Store) {
		this.#store = store
	}

	/** Remembers pages that were just written. */
	keep(pages: Iterable<readonly [PageEntry, RecordBatch]>): void {
		for (const [entry, page] of pages) this.#remember(entry, page)
	}

	/** Forgets entries that no directory holds any more. */
	forget(entries: readonly PageEntry[]): void {
		for (const entry of entries) this.#cache.delete(entry)
	}

	/** The pages of the entries, in their order. Throws Damage. */
	async read(entries: readonly PageEntry[], snapshot?: Snapshot, remember = false): Promise<readonly RecordBatch[]> {
		const missing = entries.filter((entry) => !this.#cache.has(entry))
		const found = entries.map((entry) => this.#cache.get(entry))
		const values =
			missing.length === 0
				? []
				: await this.#store.getMany(
						missing.map(({id}) => pageKey(id)),
						snapshot,
					)
		let next = 0
		return entries.map((entry, i) => {
			const cached = found[i]
			if (cached !== undefined) {
				if (remember) this.#remember(entry, cached)
				return cached
			}
			const value = values[next++]
			if (value === undefined) throw new Damage('a page of records is missing')
			const page = decodePage(value, entry.crc, this.#interner)
			if (page.count !== entry.count) throw new Damage('a page holds another number of records than the directory says')
			if (remember) this.#remember(entry, page)
			return page
		})
	}

	/** The pages of the entries one by one, the next few being read meanwhile. Not cached: it is a walk over all. */
	async *walk(entries: readonly PageEntry[], snapshot: Snapshot): AsyncGenerator<RecordBatch, void, undefined> {
		const readFrom = (start: number): Promise<readonly RecordBatch[]> => {
			const pages = this.read(entries.slice(start, start + pagesPerRead), snapshot)
			// Expected below, or by nobody when the consumer stops early.
			pages.catch(() => undefined)
			return pages
		}
		let ahead = readFrom(0)
		try {
			for (let at = 0; at < entries.length; at += pagesPerRead) {
				const pages = await ahead
				if (at + pagesPerRead < entries.length) ahead = readFrom(at + pagesPerRead)
				yield* pages
			}
		} finally {
			await ahead.catch(() => undefined)
		}
	}

	/** The records of the paths that the view holds. */
	async lookUp(paths: readonly RelPath[], {directory, snapshot}: View): Promise<Map<RelPath, IndexRecord>> {
		const wanted = new Map<PageEntry, RelPath[]>()
		for (const path of paths) {
			const entry = directory[positionOf(directory, path)]
			if (entry === undefined) continue
			const list = wanted.get(entry)
			if (list === undefined) wanted.set(entry, [path])
			else list.push(path)
		}
		const found = new Map<RelPath, IndexRecord>()
		const entries = [...wanted.keys()]
		for (let at = 0; at < entries.length; at += pagesPerRead) {
			const slice = entries.slice(at, at + pagesPerRead)
			for (const [i, page] of (await this.read(slice, snapshot, true)).entries()) {
				const entry = slice[i]
				for (const path of (entry && wanted.get(entry)) ?? []) {
					const row = page.rowOf(path)
					if (row >= 0) found.set(path, page.recordAt(row))
				}
			}
		}
		return found
	}

	#remember(entry: PageEntry, page: RecordBatch): void {
		this.#cache.delete(entry)
		this.#cache.set(entry, page)
		if (this.#cache.size <= cachedPages) return
		const [oldest] = this.#cache.keys()
		if (oldest !== undefined) this.#cache.delete(oldest)
	}
}
