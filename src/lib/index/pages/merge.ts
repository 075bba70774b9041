// Owns how sorted changes become pages: patches a page where few lines change, rebuilds it where many do, splits the
// large, joins the small. Builds a new directory and the values to write; writes nothing itself.
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import {Tally} from './counts.js'
import {type Directory, entryOf, type PageEntry, positionOf} from './directory.js'
import {pageOf, type WrittenPage} from './encode-page.js'
import {Page} from './page.js'
import {encodeLine} from './tuple.js'
import {VectorTable} from './vectors.js'

/** Records of a page as made by a split: small enough to rewrite for one change, large enough to be read fast. */
export const targetRecords = 256
/** A page above this is split. */
const maxRecords = 512
/** A page below this is joined with a neighbour. */
const minRecords = 64
/** Up to one change in so many records a page is patched line by line, else decoded as a whole. */
export const sparseShare = 8
/** Pages read at once while changes are applied. */
const readAhead = 32
/** Patched pages kept for the cache of the index; of the pages made in bulk only the last. */
const keptPages = 64

/** What becomes of a path; `record` null: it is removed. */
export interface Op {
	readonly path: RelPath
	readonly record: IndexRecord | null
}

type ReadPages = (entries: readonly PageEntry[]) => Promise<readonly Page[]>

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

/** One merge of changes into a directory. `apply` once, then read the results. */
export class Merge implements Pages {
	readonly directory: PageEntry[] = []
	readonly written = new Map<number, WrittenPage>()
	readonly dropped = new Set<number>()
	readonly replaced: PageEntry[] = []
	/** Pages likely to be asked for next, for the cache. */
	readonly pages = new Map<PageEntry, Page>()
	nextPage: number
	readonly #old: Directory
	readonly #read: ReadPages
	#cursor = 0
	/** Records of pages too small to stand alone; the next page takes them in. */
	#carry: readonly IndexRecord[] = []

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
			if (entry !== undefined) this.#rebuild(entry, await this.#recordsOf(entry))
		}
		for (; this.#cursor < at; this.#cursor++) {
			const entry = this.#old[this.#cursor]
			if (entry !== undefined) this.directory.push(entry)
		}
	}

	#change({entry, ops}: Group, page: Page | undefined): void {
		if (entry === undefined || page === undefined) {
			this.#rebuild(undefined, merged([], ops))
			return
		}
		if (this.#carry.length === 0 && ops.length * sparseShare <= page.count && this.#patch(entry, page, ops)) return
		if (this.#carry.length === 0 && page.count >= minRecords && ops.length >= minRecords && this.#follows(page, ops)) {
			this.directory.push(entry)
			this.#emit(recordsOf(ops), this.nextPage++)
			return
		}
		this.#rebuild(entry, merged(page.records(), ops))
	}

	/** True when all ops stand after the page and are records: a walk in path order appends, and rewrites nothing. */
	#follows(page: Page, ops: readonly Op[]): boolean {
		const first = ops[0]
		return first !== undefined && page.pathAt(page.count - 1) < first.path && ops.every(({record}) => record !== null)
	}

	/** Changes single lines; false when the page is better rebuilt. */
	#patch(entry: PageEntry, page: Page, ops: readonly Op[]): boolean {
		const lines = [...page.lines()]
		const seqs = [...page.seqs]
		const table = new VectorTable(page.vectors)
		const tally = new Tally(entry.counts)
		let oldestGone = entry.oldestGone
		let changed = false
		// From the last, so that the positions of those before stay true.
		for (const {path, record} of ops.toReversed()) {
			const found = page.indexOf(path)
			if (found < 0 && record === null) continue
			changed = true
			if (found >= 0) tally.add(page.recordAt(found).state, -1)
			const position = found < 0 ? ~found : found
			if (record === null) {
				lines.splice(position, 1)
				seqs.splice(position, 1)
				continue
			}
			lines.splice(position, found < 0 ? 0 : 1, encodeLine(record, table))
			seqs.splice(position, found < 0 ? 0 : 1, record.seq)
			tally.add(record.state)
			if (record.state.kind === 'gone') oldestGone = Math.min(oldestGone ?? record.state.since, record.state.since)
		}
		if (!changed) {
			this.directory.push(entry)
			return true
		}
		// Vectors that no line uses any more stay in the table until they outweigh the rest.
		if (lines.length < minRecords || lines.length > maxRecords || table.vectors.length > 2 * lines.length) return false
		this.replaced.push(entry)
		const patched = Page.ofLines(lines, seqs, table.vectors)
		const value = patched.encode()
		const fresh = entryOf(entry.id, patched, value, tally.counts(), tally.gone === 0 ? null : oldestGone)
		// Most of its lines were not decoded, so what a scan shows of them is for the next one to find out.
		this.#place({entry: fresh, value, fingerprint: undefined})
		this.#keep(fresh, patched)
		return true
	}

	/** Writes `records` in place of `entry`'s, together with what was carried. */
	#rebuild(entry: PageEntry | undefined, records: readonly IndexRecord[]): void {
		const all = this.#carry.length === 0 ? records : [...this.#carry, ...records]
		this.#carry = []
		if (entry !== undefined) this.replaced.push(entry)
		if (all.length >= minRecords) {
			this.#emit(all, entry?.id ?? this.nextPage++)
			return
		}
		this.#carry = all
		if (entry !== undefined) this.dropped.add(entry.id)
	}

	/** Cuts records into pages of even size; the first gets `id`. */
	#emit(records: readonly IndexRecord[], id: number): void {
		const pieces = records.length <= maxRecords ? 1 : Math.round(records.length / targetRecords)
		for (let i = 0; i < pieces; i++) {
			const from = Math.floor((i * records.length) / pieces)
			const to = Math.floor(((i + 1) * records.length) / pieces)
			const slice = pieces === 1 ? records : records.slice(from, to)
			const {page, written} = pageOf(i === 0 ? id : this.nextPage++, slice)
			this.#place(written)
			if (i === pieces - 1) this.#keep(written.entry, page)
		}
	}

	#place(page: WrittenPage): void {
		this.directory.push(page.entry)
		this.written.set(page.entry.id, page)
		this.dropped.delete(page.entry.id)
	}

	#keep(entry: PageEntry, page: Page): void {
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
		const records = fresh ? this.pages.get(before)?.records() : await this.#recordsOf(before)
		if (records === undefined) throw new Error('the page written last is not kept')
		if (!fresh) this.replaced.push(before)
		this.pages.delete(before)
		this.#emit([...records, ...carry], before.id)
	}

	async #recordsOf(entry: PageEntry): Promise<readonly IndexRecord[]> {
		const [page] = await this.#read([entry])
		if (page === undefined) throw new Error('a page was asked for and not read')
		return page.records()
	}
}

function recordsOf(ops: readonly Op[]): readonly IndexRecord[] {
	const records: IndexRecord[] = []
	for (const {record} of ops) if (record !== null) records.push(record)
	return records
}

/** The records with the changes in, all sorted by path. */
function merged(records: readonly IndexRecord[], ops: readonly Op[]): readonly IndexRecord[] {
	const result: IndexRecord[] = []
	let i = 0
	for (const op of ops) {
		for (let record = records[i]; record !== undefined && record.path < op.path; record = records[++i])
			result.push(record)
		if (records[i]?.path === op.path) i++
		if (op.record !== null) result.push(op.record)
	}
	for (let record = records[i]; record !== undefined; record = records[++i]) result.push(record)
	return result
}
