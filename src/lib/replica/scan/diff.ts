// Brings the index up to the disk: one walk over scan and index side by side, both in path order, while the scan is still under way.
// Writes nothing before the scan as a whole is known to count.

import {entryKinds, type RecordBatch} from '../../core/entries/batch.js'
import {BatchBuilder} from '../../core/entries/batch-builder.js'
import {type Hash, type IndexRecord, isLive, type Seen} from '../../core/entries/entry.js'
import {isRacy, observe, observeContent, type Shown, sameContent, stateOf} from '../../core/folder/observe.js'
import {fingerprintOfRows, type Index, type PageEntry} from '../../index/index.js'
import type {HashResult, IgnoreRules, ScanColumns, ScanProblem, Thread} from '../../tree/index.js'
import {deletedRecord, editedRecord, isFileRecord, type RecordSource} from '../records.js'
import {type ComparedPage, cutAt, type OpenPage, openPage} from './compared-page.js'
import type {GoneEntries} from './gone-entries.js'
import {Updates} from './record-batch.js'

/** Files of one hashing call. */
const hashBatch = 500

export interface DiffParts {
	readonly root: string
	readonly index: Index
	/** The thread that hashes; started only when there is something to hash. */
	readonly reader: () => Thread
	readonly rules: IgnoreRules
	readonly source: RecordSource
	/** Makes the records of paths that had none, where the rules changed since the last scan; null: they did not. */
	readonly newcomers: RecordSource | null
	readonly signal: AbortSignal
	/** What was looked at, in path order; what is unreadable is known up to the last row of each batch. */
	readonly batches: AsyncIterable<ScanColumns>
	/** The records that stand for what was looked at, in path order, by page. */
	readonly pages: AsyncIterable<ComparedPage>
	/** Resolves once all was looked at and counts; until then nothing is written. */
	readonly counts: Promise<void>
	/** Gets what is found gone, and may know what the scan before this one found. */
	readonly gone: GoneEntries
	/** Does the disk keep modes? Else what it shows says nothing of a file. */
	readonly keepsModes: boolean
	/** Told of paths that are not as recorded, as soon as they are met. */
	readonly onChange: (paths: number) => void
}

interface Known {
	readonly record: IndexRecord
	readonly seen: Seen
}

/** Asks for the hashes of files, in batches; the answer is in the order of `items`. */
export async function hashSeen(
	reader: () => Thread,
	root: string,
	items: readonly Seen[],
	signal: AbortSignal,
): Promise<HashResult[]> {
	const outcomes: HashResult[] = []
	for (let at = 0; at < items.length; at += hashBatch) {
		signal.throwIfAborted()
		const some = items.slice(at, at + hashBatch).map(({path, disk}) => ({path, ...disk}))
		outcomes.push(...(await reader().call('hashFiles', {root, items: some})))
	}
	return outcomes
}

/** What a rescan could not take in: those paths keep the record they had. */
export interface DiffResult {
	readonly changed: number
	readonly problems: readonly ScanProblem[]
}

/**
 * Compares every path that was looked at with its record and writes what changed. Nothing that could not be looked at is taken as
 * deleted; of what a rule leaves out the record is dropped. Rejects as `counts` and `batches` do, and has written nothing then.
 */
export async function diffScan(parts: DiffParts): Promise<DiffResult> {
	return new Diff(parts).page()
}

/** How far the walk over the index has come. */
interface Walk {
	readonly pull: () => Promise<ComparedPage | undefined>
	next: ComparedPage | undefined
	/** The page before it, and its first row that was not met yet. */
	page: RecordBatch
	at: number
}

const noRecords = new BatchBuilder(0).records()

/** The rows of a batch from `from` on: their page may go on in the next one. */
interface Rest {
	readonly columns: ScanColumns
	readonly from: number
}

/** Rows of files without a record: numbers, because there may be many. */
interface Added {
	readonly columns: ScanColumns
	readonly rows: number[]
}

class Diff {
	readonly #parts: DiffParts
	readonly #updates: Updates
	readonly #problems: ScanProblem[] = []
	/** Only a look at the content can tell. */
	readonly #unclear: Known[] = []
	/** Files whose content is new; written at the end, when it is known which of them may be renames. */
	readonly #replaced: Known[] = []
	readonly #added: Added[] = []
	/** What was seen of pages of which all is as recorded. */
	readonly #seen: [PageEntry, string][] = []
	/** Of the page that is being compared all was as recorded until now. */
	#isClean = true
	/** Contents that went away or were replaced, and folders. */
	readonly #gone: GoneEntries
	/** New folders of a disk without modes: they have the mode of the folder that they were, which is known at the end. */
	readonly #newFolders: {readonly record: IndexRecord | undefined; readonly seen: Seen}[] = []
	/** If no file is known, nor one that went just now, nothing was renamed: what is found can be written at once. */
	readonly #mayMove: boolean
	/** When the first content was about to be read: each is as it was then, or its stamp shows it. */
	#readMs: number

	constructor(parts: DiffParts) {
		this.#parts = parts
		this.#updates = new Updates(parts.index, parts.counts)
		this.#gone = parts.gone
		this.#mayMove = parts.index.counts.files > 0 || !parts.gone.isEmpty
		this.#readMs = parts.source.nowMs()
	}

	async page(): Promise<DiffResult> {
		await this.#walk()
		await this.#parts.counts
		const added = this.#added.flatMap(({columns, rows}) => rows.map((row) => columns.seenAt(row)))
		const suspects = [...this.#replaced.map(({seen}) => seen), ...added].filter(({disk}) =>
			this.#gone.hasSize(disk.size),
		)
		const moved = new Map<string, Hash>()
		const unread = suspects.filter((seen) => {
			const hash = this.#gone.movedHash(seen)
			if (hash !== undefined) moved.set(seen.path, hash)
			return hash === undefined
		})
		const hashes = await this.#hash([...this.#unclear.map(({seen}) => seen), ...unread])
		for (const [path, hash] of moved) hashes.set(path, hash)
		await this.#writeUnclear(hashes)
		for (const {record, seen} of this.#replaced) await this.#writeLate(record, seen, hashes)
		for (const seen of added) await this.#writeLate(undefined, seen, hashes)
		for (const {record, seen} of this.#newFolders) await this.#writeLate(record, seen, hashes)
		await this.#updates.end()
		await this.#parts.index.see(this.#seen)
		return {changed: this.#updates.count, problems: this.#problems}
	}

	/** Index and disk side by side, both in path order. */
	async #walk(): Promise<void> {
		const {signal} = this.#parts
		const pages = this.#parts.pages[Symbol.asyncIterator]()
		const pull = async (): Promise<ComparedPage | undefined> => {
			signal.throwIfAborted()
			const {done, value} = await pages.next()
			return done === true ? undefined : value
		}
		try {
			const walk: Walk = {pull, next: await pull(), page: noRecords, at: 0}
			// A page is compared where all its rows are: those at the end of a batch wait for the next one.
			let last: Rest | undefined
			for await (const batch of this.#parts.batches) {
				this.#problems.push(...batch.problems)
				last = await this.#walkNext(walk, last, batch)
			}
			if (last === undefined) return
			await this.#walkBatch(walk, last.columns, last.from, false)
			for (;;) {
				for (; walk.at < walk.page.count; walk.at++) this.#noteMissing(walk, last.columns)
				if (this.#updates.isFull) await this.#updates.flush()
				if (walk.next === undefined) break
				walk.page = await walk.next.read()
				walk.at = 0
				walk.next = await pull()
			}
		} finally {
			await pages.return?.()
		}
	}

	/**
	 * What is left of the batch before this one, and this one; returns what is left of it. The page that waited is compared on a copy
	 * of its own rows: to put all rows of this batch behind them would copy the whole scan, bit by bit.
	 */
	async #walkNext(walk: Walk, rest: Rest | undefined, batch: ScanColumns): Promise<Rest> {
		const kept = rest === undefined ? 0 : rest.columns.length - rest.from
		let from = 0
		if (rest !== undefined && kept > 0) {
			const seam = rest.columns.followedBy(rest.from, batch, (walk.next?.live ?? 0) + 1)
			const stop = await this.#walkBatch(walk, seam, 0, true)
			if (seam.length === kept + batch.length) return {columns: seam, from: stop}
			if (stop < kept) {
				// So much of the page is gone that rows of the next one are left, too.
				const all = rest.columns.followedBy(rest.from + stop, batch)
				return {columns: all, from: await this.#walkBatch(walk, all, 0, true)}
			}
			from = stop - kept
		}
		return {columns: batch, from: await this.#walkBatch(walk, batch, from, true)}
	}

	/** From row `from` on. Returns the row where it stopped: behind the last, or where a page begins that may go on in the next batch. */
	async #walkBatch(walk: Walk, columns: ScanColumns, from: number, isMoreToCome: boolean): Promise<number> {
		const added: Added = {columns, rows: []}
		let open: OpenPage | undefined
		let row = from
		for (;;) {
			if (walk.at === walk.page.count) {
				if (open !== undefined && this.#isClean && row === open.to) this.#noteFingerprint(open, columns)
				open = undefined
				for (let beyond: number | undefined; walk.next !== undefined; row = beyond, walk.next = await walk.pull()) {
					beyond = this.#passOver(walk.next, added, row)
					if (beyond === undefined) break
				}
				const cut = walk.next && isMoreToCome ? cutAt(walk.next, columns, row) : undefined
				if (cut !== undefined) {
					while (row < cut) this.#noteNew(added, row++)
					break
				}
				if (walk.next !== undefined && row < columns.length) {
					open = openPage(walk.next, columns, row)
					this.#isClean = true
					walk.page = await walk.next.read()
					walk.at = 0
					walk.next = await walk.pull()
					continue
				}
			}
			if (row === columns.length) break
			if (walk.next === undefined && walk.at === walk.page.count && this.#updates.isFilling) {
				const {newcomers, source, keepsModes} = this.#parts
				this.#noteChange(columns.length - row)
				this.#updates.addRows(columns, row, newcomers ?? source, keepsModes)
				row = columns.length
				if (this.#updates.isFull) await this.#updates.flush()
				break
			}
			const path = columns.pathAt(row)
			const known = walk.at < walk.page.count ? walk.page.pathAt(walk.at) : undefined
			if (known === undefined || path < known) this.#noteNew(added, row++)
			else {
				if (path === known) this.#compareRow(walk, columns, row++)
				else this.#noteMissing(walk, columns)
				walk.at++
			}
			if (this.#updates.isFull) await this.#updates.flush()
		}
		if (added.rows.length > 0) this.#added.push(added)
		return row
	}

	/** Passes over a page that the disk shows as it did when all of it was as recorded. Returns the row behind it, if so. */
	#passOver(page: ComparedPage, added: Added, row: number): number | undefined {
		const {columns} = added
		if (page.fingerprint === undefined) return undefined
		const open = openPage(page, columns, row)
		if (open === undefined || fingerprintOfRows(columns.rows(open.from, open.to)) !== page.fingerprint) return undefined
		for (let before = row; before < open.from; before++) this.#noteNew(added, before)
		return open.to
	}

	#noteFingerprint({page, from, to}: OpenPage, columns: ScanColumns): void {
		if (page.entry !== null) this.#seen.push([page.entry, fingerprintOfRows(columns.rows(from, to))])
	}

	/** The record where the walk stands. `columns`: a batch that goes beyond its path, or the last one. */
	#noteMissing({page, at}: Walk, columns: ScanColumns): void {
		const live = page.columns.kinds[at] !== entryKinds.gone
		if (live) this.#isClean = false
		// A tombstone went out of scope only where the rules changed.
		else if (this.#parts.newcomers === null) return
		const record = page.recordAt(at)
		if (this.#isOutOfScope(record)) {
			this.#updates.drop(record.path)
			return
		}
		if (!live || columns.isUnknown(record.path)) return
		this.#gone.note(record)
		this.#updates.add(deletedRecord(this.#parts.source, record))
	}

	/** What was deleted may have been a folder or not. */
	#isOutOfScope({path, state}: IndexRecord): boolean {
		const {rules} = this.#parts
		return rules.ignores(path, state.kind === 'dir') || (!isLive(state) && rules.ignores(path, true))
	}

	#noteNew({columns, rows}: Added, row: number): void {
		const seen = columns.seenAt(row)
		this.#noteChange()
		if (this.#mayMove && seen.kind === 'file' && seen.disk.size > 0) rows.push(row)
		else this.#writeNew(undefined, seen)
	}

	#compareRow({page, at}: Walk, columns: ScanColumns, row: number): void {
		if (!columns.isStill(row, page, at)) this.#compare(page.recordAt(at), columns.seenAt(row))
	}

	#compare(record: IndexRecord, seen: Seen): void {
		const observation = observe(record, seen, this.#parts.keepsModes)
		if (observation.is === 'restamped') this.#updates.add({...record, disk: seen.disk})
		if (observation.is !== 'same') this.#noteChange()
		if (observation.is === 'unclear') this.#unclear.push({record, seen})
		if (observation.is !== 'changed') return
		this.#gone.note(record)
		if (seen.kind === 'file' && seen.disk.size > 0) this.#replaced.push({record, seen})
		else this.#writeNew(record, seen)
	}

	#noteChange(paths = 1): void {
		this.#isClean = false
		this.#parts.onChange(paths)
	}

	/** By path. What could not be hashed is missing; a failure is a problem, a change under our eyes is not. */
	async #hash(files: readonly Seen[]): Promise<Map<string, Hash>> {
		const {reader, root, signal, source} = this.#parts
		this.#readMs = source.nowMs()
		const outcomes = await hashSeen(reader, root, files, signal)
		const hashes = new Map<string, Hash>()
		for (const [i, outcome] of outcomes.entries()) {
			const path = files[i]?.path
			if (path === undefined) continue
			if (outcome.kind === 'hash') hashes.set(path, outcome.hash)
			else if (outcome.kind === 'failed') this.#problems.push({path, code: outcome.code, message: outcome.message})
		}
		return hashes
	}

	async #writeUnclear(hashes: ReadonlyMap<string, Hash>): Promise<void> {
		const {source} = this.#parts
		for (const {record, seen} of this.#unclear) {
			const hash = hashes.get(seen.path)
			// Without a hash the record stands for now, and the next scan looks again.
			if (hash === undefined || !isFileRecord(record)) continue
			const observation = observeContent(record, seen, hash, this.#parts.keepsModes)
			if (observation.is === 'changed')
				this.#updates.add(
					editedRecord(source, record, seen.path, observation.state, seen.disk, observation.content, this.#readMs),
				)
			else this.#updates.add({...record, disk: seen.disk, racy: isRacy(seen.disk.mtimeMs, this.#readMs)})
			if (this.#updates.isFull) await this.#updates.flush()
		}
	}

	async #writeLate(record: IndexRecord | undefined, seen: Seen, hashes: ReadonlyMap<string, Hash>): Promise<void> {
		const hash = hashes.get(seen.path) ?? null
		this.#write(record, seen, hash, isStanding(record) ? record : this.#originOf(seen, hash))
		if (this.#updates.isFull) await this.#updates.flush()
	}

	/** What it was under another name. */
	#originOf({kind, path}: Seen, hash: Hash | null): IndexRecord | undefined {
		if (kind === 'dir') return this.#gone.folderOriginOf(path)
		return hash === null ? undefined : this.#gone.originOf(path, hash)
	}

	/** No file with a content. */
	#writeNew(record: IndexRecord | undefined, seen: Seen): void {
		const isLate = this.#mayMove && seen.kind === 'dir' && !this.#parts.keepsModes && !isStanding(record)
		if (isLate) this.#newFolders.push({record, seen})
		else this.#write(record, seen, null, record)
	}

	/** The path is new, or its content is. `before`: what it was, there or under another name. */
	#write(record: IndexRecord | undefined, seen: Seen, hash: Hash | null, before: Shown | undefined): void {
		const {source: own, newcomers, keepsModes} = this.#parts
		const state = stateOf(seen, hash, before, keepsModes)
		const source = record === undefined ? (newcomers ?? own) : own
		const isContent = record === undefined || state.kind === 'file' || sameContent(state, record.state) !== true
		this.#updates.add(editedRecord(source, record, seen.path, state, seen.disk, isContent, this.#readMs))
	}
}

const isStanding = (record: IndexRecord | undefined): boolean => record !== undefined && isLive(record.state)
