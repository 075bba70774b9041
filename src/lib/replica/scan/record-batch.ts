// Owns when the records of a rescan are written: in batches, and none before what was looked at counts.
import type {IndexRecord} from '../../core/entries/entry.js'
import {bumpVersion} from '../../core/entries/versions.js'
import type {RelPath} from '../../core/paths.js'
import type {Fill, Index} from '../../index/index.js'
import type {ScanColumns} from '../../tree/index.js'
import type {RecordSource} from '../records.js'

/** Records of one index transaction. */
const batchRecords = 5000

/** Pages of an index that is filled which are held in memory, some 25 KB each. */
const heldPages = 64

/** Writes changed records in batches, none before they count. */
export class Updates {
	readonly #index: Index
	readonly #counts: Promise<void>
	readonly #fill: Fill | undefined
	#records: IndexRecord[] = []
	/** Paths of which the record goes. */
	#dropped: RelPath[] = []
	count = 0

	constructor(index: Index, counts: Promise<void>) {
		this.#index = index
		this.#counts = counts
		this.#fill = index.fill()
	}

	add(record: IndexRecord): void {
		this.count++
		if (this.#fill === undefined) this.#records.push(record)
		else this.#fill.add(record)
	}

	/** The index is empty: all that is found has no record, and is taken in columns. */
	get isFilling(): boolean {
		return this.#fill !== undefined
	}

	/** While filling: the rows from `from` on have no record. */
	addRows(columns: ScanColumns, from: number, source: RecordSource, keepsModes: boolean): void {
		const fill = this.#fill
		if (fill === undefined) throw new Error('only an empty index is filled')
		const version = bumpVersion([], source.device, source.nowMs() / 1000)
		for (let at = from; at < columns.length; ) {
			const rows = columns.rows(at, Math.min(columns.length, at + fill.room))
			const count = rows.kinds.length
			fill.addSeen(rows, {version, firstSeq: source.takeSeq(count), keepsModes})
			at += count
		}
		this.count += columns.length - from
	}

	/** The index forgets the path; not to be mistaken for a tombstone. */
	drop(path: RelPath): void {
		this.count++
		this.#dropped.push(path)
	}

	/** A batch is full: flush before more is added. */
	get isFull(): boolean {
		return this.#records.length + this.#dropped.length >= batchRecords || (this.#fill?.held ?? 0) >= heldPages
	}

	async flush(): Promise<void> {
		if (this.#fill !== undefined && this.#fill.held >= heldPages) await this.#index.keepFilled(this.#fill)
		if (this.#records.length + this.#dropped.length === 0) return
		await this.#counts
		const change = {records: this.#records, remove: this.#dropped}
		this.#records = []
		this.#dropped = []
		await this.#index.write(change)
	}

	/** Nothing more comes. */
	async end(): Promise<void> {
		await this.#counts
		await this.flush()
		if (this.#fill !== undefined && this.#fill.count > 0) await this.#index.finishFill(this.#fill)
	}
}
