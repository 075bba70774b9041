// Owns the first filling of an empty index: records that come in path order become pages at once. A page may be stored before whoever
// fills the index says that its records count: without an entry in the directory no reader sees it. Writes nothing itself.
import {BatchBuilder, type NewRows} from '../../core/entries/batch-builder.js'
import type {IndexRecord} from '../../core/entries/entry.js'
import type {SeenRows} from '../../core/entries/seen.js'
import type {RelPath} from '../../core/paths.js'
import type {IndexState} from '../state.js'
import type {Put} from '../store/store.js'
import {pageKey} from './directory.js'
import type {Pages} from './merge.js'
import {targetRecords, type WrittenPage, written} from './written-page.js'

/** Made by `Index.fill`, written by `Index.finishFill`. */
export class Fill {
	/** Id of the first page; those that follow count on. */
	readonly firstPage: number
	/** Records taken so far. */
	count = 0
	readonly #pages: WrittenPage[] = []
	/** The first of them that is not stored. */
	#stored = 0
	/** Of the page that is not full yet. */
	#page = new BatchBuilder(targetRecords)
	#last: RelPath | '' = ''

	constructor(firstPage: number) {
		this.firstPage = firstPage
	}

	/**
	 * Throws RangeError for a path that does not come after the one before, or a number that is not finite: bugs of the
	 * caller.
	 */
	add(record: IndexRecord): void {
		const {path} = record
		if (path <= this.#last && this.count > 0) throw new RangeError('records that fill an index come in path order')
		this.#page.addRecord(record)
		this.#last = path
		this.count++
		if (this.#page.count === targetRecords) this.#cut()
	}

	/** So many rows are left of the page that is being filled. At least 1. */
	get room(): number {
		return targetRecords - this.#page.count
	}

	/** Rows that have no record yet, at most `room`. See `BatchBuilder.addSeen`; the order of paths is the scan's. */
	addSeen(rows: SeenRows, what: NewRows): void {
		this.#page.addSeen(rows, what)
		this.count += rows.kinds.length
		this.#last = this.#page.lastPath
		if (this.#page.count === targetRecords) this.#cut()
	}

	/** So many pages are held as bytes, some 25 KB each. */
	get held(): number {
		return this.#pages.length - this.#stored
	}

	/** The pages that are not stored, which the caller stores now. */
	takeHeld(): readonly Put[] {
		const puts: Put[] = []
		for (; this.#stored < this.#pages.length; this.#stored++) {
			const page = this.#pages[this.#stored]
			if (page === undefined || page.value === null) continue
			puts.push({key: pageKey(page.entry.id), value: page.value})
			this.#pages[this.#stored] = {...page, value: null}
		}
		return puts
	}

	/** All pages, in path order. Nothing is added from then on; the last may be a small one, which its first change joins with another. */
	end(): readonly WrittenPage[] {
		if (this.#page.count > 0) this.#cut()
		return this.#pages
	}

	#cut(): void {
		this.#pages.push(written(this.firstPage + this.#pages.length, this.#page.records()))
		this.#page = new BatchBuilder(targetRecords)
	}
}

/** The pages of an index with more of them at its end. */
export function appended({directory, meta}: IndexState, pages: readonly WrittenPage[]): Pages {
	return {
		directory: [...directory, ...pages.map(({entry}) => entry)],
		written: new Map(pages.map((page) => [page.entry.id, page])),
		dropped: new Set(),
		replaced: [],
		nextPage: meta.nextPage + pages.length,
	}
}
