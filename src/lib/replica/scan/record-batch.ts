// Owns when the records of a rescan are written: in batches, and none before what was looked at counts.
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {Fill, Index} from '../../index/index.js'

/** Records of one index transaction. */
const batchRecords = 5000

/** Writes changed records in batches, none before they count. An empty index is filled: what it holds back is bytes, not objects. */
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

	/** The index forgets the path; not to be mistaken for a tombstone. */
	drop(path: RelPath): void {
		this.count++
		this.#dropped.push(path)
	}

	/** A batch is full: flush before more is added. */
	get isFull(): boolean {
		return this.#records.length + this.#dropped.length >= batchRecords
	}

	async flush(): Promise<void> {
		await this.#counts
		if (this.#records.length + this.#dropped.length === 0) return
		const change = {records: this.#records, remove: this.#dropped}
		this.#records = []
		this.#dropped = []
		await this.#index.write(change)
	}

	/** Nothing more comes. */
	async end(): Promise<void> {
		await this.flush()
		if (this.#fill !== undefined && this.#fill.count > 0) await this.#index.finishFill(this.#fill)
	}
}
