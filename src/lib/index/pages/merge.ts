// Owns how sorted changes become pages: rows of the old pages are copied, changed records put between them, what is too large split,
// what is too small joined with its neighbour. Builds a new directory and the values to write; writes nothing itself.

import type {RecordBatch} from '../../core/entries/batch.js'
import {BatchBuilder} from '../../core/entries/batch-builder.js'
import type {IndexRecord} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import {type Directory, type PageEntry, positionOf} from './directory.js'
import {maxRecords, minRecords, targetRecords, type WrittenPage, written} from './written-page.js'

/** Pages read at once while changes are applied. */
const readAhead = 32
/** Changed pages kept for the cache of the index; of the pages made in bulk only the last. */
const keptPages = 64

/** What becomes of a path; `record` null: it is removed. */
export interface Op {
	readonly path: RelPath
	readonly record: IndexRecord | null
}

type ReadPages = (entries: readonly PageEntry[]) => Promise<readonly RecordBatch[]>

interface Group {
	readonly at: number
	readonly entry: PageEntry | undefined
	readonly ops: readonly Op[]
}

/** What a batch makes of the pages. */
export interface Pages {
	/** The directory afterwards. */
	readonly directory: Directory
	/** What to write, by page id. */
	readonly written: ReadonlyMap<number, WrittenPage>
	/** Ids of pages that are no more. */
	readonly dropped: ReadonlySet<number>
	/** Entries of the old directory that are not in the new one. */
	readonly replaced: readonly PageEntry[]
	readonly nextPage: number
}

/** Rows of an old page, or one record that is new or changed. */
type Piece = {readonly page: RecordBatch; readonly from: number; readonly to: number} | IndexRecord

const rowsOf = (piece: Piece): number => ('page' in piece ? piece.to - piece.from : 1)

/** One merge of changes into a directory. `apply` once, then read the results. */
export class Merge implements Pages {
	readonly directory: PageEntry[] = []
	readonly written = new Map<number, WrittenPage>()
	readonly dropped = new Set<number>()
	readonly replaced: PageEntry[] = []
	/** Pages likely to be asked for next, for the cache. */
	readonly pages = new Map<PageEntry, RecordBatch>()
	nextPage: number
	readonly #old: Directory
	readonly #read: ReadPages
	#cursor = 0
	/** Rows of pages too small to stand alone; the next page takes them in. */
	#carry: readonly Piece[] = []

	constructor(old: Directory, nextPage: number, read: ReadPages) {
		this.#old = old
		this.nextPage = nextPage
		this.#read = read
	}

	/** `ops` sorted by path, no path twice. */
	async apply(ops: readonly Op[]): Promise<void> {
		const groups = this.#group(ops)
		for (let i = 0; i < groups.length; i += readAhead) {
			const slice = groups.slice(i, i + readAhead)
			const entries = slice.flatMap(({entry}) => (entry === undefined ? [] : [entry]))
			const pages = await this.#read(entries)
			for (const [k, group] of slice.entries()) {
				await this.#advance(group.at)
				this.#change(group, pages[k])
				this.#cursor = group.at + 1
			}
		}
		await this.#advance(this.#old.length)
		await this.#flush()
	}

	#group(ops: readonly Op[]): readonly Group[] {
		const groups: Group[] = []
		let at = 0
		for (let from = 0; from < ops.length; ) {
			const path = ops[from]?.path
			if (path === undefined) break
			at = positionOf(this.#old, path, at)
			const next = this.#old[at + 1]?.first
			let to = from + 1
			for (let op = ops[to]; op !== undefined && (next === undefined || op.path < next); op = ops[to]) to++
			groups.push({at, entry: this.#old[at], ops: from === 0 && to === ops.length ? ops : ops.slice(from, to)})
			from = to
		}
		return groups
	}

	/** Takes over the untouched entries before `at`. */
	async #advance(at: number): Promise<void> {
		while (this.#carry.length > 0 && this.#cursor < at) {
			const entry = this.#old[this.#cursor++]
			if (entry !== undefined) this.#rebuild(entry, [whole(await this.#pageOf(entry))])
		}
		for (; this.#cursor < at; this.#cursor++) {
			const entry = this.#old[this.#cursor]
			if (entry !== undefined) this.directory.push(entry)
		}
	}

	#change({entry, ops}: Group, page: RecordBatch | undefined): void {
		if (entry === undefined || page === undefined) {
			this.#rebuild(undefined, recordsOf(ops))
			return
		}
		const isAlone = this.#carry.length === 0
		if (isAlone && page.count >= minRecords && ops.length >= minRecords && follows(page, ops)) {
			this.directory.push(entry)
			this.#emit(recordsOf(ops), this.nextPage++)
			return
		}
		const pieces = merged(page, ops)
		if (isAlone && pieces === undefined) this.directory.push(entry)
		else this.#rebuild(entry, pieces ?? [whole(page)])
	}

	/** Writes these rows in place of `entry`'s, together with what was carried. */
	#rebuild(entry: PageEntry | undefined, pieces: readonly Piece[]): void {
		const all = this.#carry.length === 0 ? pieces : [...this.#carry, ...pieces]
		this.#carry = []
		if (entry !== undefined) this.replaced.push(entry)
		if (countOf(all) >= minRecords) {
			this.#emit(all, entry?.id ?? this.nextPage++)
			return
		}
		this.#carry = all
		if (entry !== undefined) this.dropped.add(entry.id)
	}

	/** Cuts rows into pages of even size; the first gets `id`. */
	#emit(pieces: readonly Piece[], id: number): void {
		const count = countOf(pieces)
		const pages = count <= maxRecords ? 1 : Math.round(count / targetRecords)
		let at = 0
		/** Rows taken from the piece `at`. */
		let taken = 0
		for (let i = 0; i < pages; i++) {
			let missing = Math.floor(((i + 1) * count) / pages) - Math.floor((i * count) / pages)
			const builder = new BatchBuilder(missing)
			while (missing > 0) {
				const piece = pieces[at]
				if (piece === undefined) throw new Error('a page was to get more rows than there are')
				const some = Math.min(missing, rowsOf(piece) - taken)
				if ('page' in piece) builder.copy(piece.page, piece.from + taken, piece.from + taken + some)
				else builder.addRecord(piece)
				missing -= some
				taken += some
				if (taken === rowsOf(piece)) {
					at++
					taken = 0
				}
			}
			const page = builder.records()
			const fresh = written(i === 0 ? id : this.nextPage++, page)
			this.directory.push(fresh.entry)
			this.written.set(fresh.entry.id, fresh)
			this.dropped.delete(fresh.entry.id)
			if (i === pages - 1) this.#keep(fresh.entry, page)
		}
	}

	#keep(entry: PageEntry, page: RecordBatch): void {
		this.pages.set(entry, page)
		if (this.pages.size <= keptPages) return
		const [oldest] = this.pages.keys()
		if (oldest !== undefined) this.pages.delete(oldest)
	}

	/** Nothing follows that could take in what is carried: the page before does, or it stands alone. */
	async #flush(): Promise<void> {
		if (this.#carry.length === 0) return
		const carry = this.#carry
		this.#carry = []
		const before = this.directory.pop()
		if (before === undefined) return this.#emit(carry, this.nextPage++)
		const fresh = this.written.has(before.id)
		const page = fresh ? this.pages.get(before) : await this.#pageOf(before)
		if (page === undefined) throw new Error('the page written last is not kept')
		if (!fresh) this.replaced.push(before)
		this.pages.delete(before)
		this.#emit([whole(page), ...carry], before.id)
	}

	async #pageOf(entry: PageEntry): Promise<RecordBatch> {
		const [page] = await this.#read([entry])
		if (page === undefined) throw new Error('a page was asked for and not read')
		return page
	}
}

const whole = (page: RecordBatch): Piece => ({page, from: 0, to: page.count})

const countOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, piece) => sum + rowsOf(piece), 0)

const recordsOf = (ops: readonly Op[]): IndexRecord[] => ops.flatMap(({record}) => record ?? [])

/** True when all ops stand after the page and are records: a walk in path order appends, and rewrites nothing. */
function follows(page: RecordBatch, ops: readonly Op[]): boolean {
	const first = ops[0]
	return first !== undefined && page.pathAt(page.count - 1) < first.path && ops.every(({record}) => record !== null)
}

/** The rows with the changes in; undefined where nothing changes. */
function merged(page: RecordBatch, ops: readonly Op[]): readonly Piece[] | undefined {
	const pieces: Piece[] = []
	let from = 0
	let isChanged = false
	for (const {path, record} of ops) {
		const row = page.rowOf(path)
		if (row < 0 && record === null) continue
		isChanged = true
		const to = row < 0 ? ~row : row
		if (to > from) pieces.push({page, from, to})
		if (record !== null) pieces.push(record)
		from = row < 0 ? to : to + 1
	}
	if (page.count > from) pieces.push({page, from, to: page.count})
	return isChanged ? pieces : undefined
}
