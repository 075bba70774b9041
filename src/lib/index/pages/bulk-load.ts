// Owns the first filling of an empty index: records that come in path order become runs at once and are held as bytes, some 120
// a record, until whoever fills it says that they count. Writes nothing itself.
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {IndexState} from '../state.js'
import {runOf, type WrittenRun} from './encode-page.js'
import {type Runs, targetRecords} from './merge.js'

/** Made by `Index.fill`, written by `Index.finishFill`. */
export class Fill {
	/** Id of the first run; those that follow count on. */
	readonly firstRun: number
	/** Records taken so far. */
	count = 0
	readonly #runs: WrittenRun[] = []
	/** Of the run that is not full yet. */
	#records: IndexRecord[] = []
	#last: RelPath | '' = ''

	constructor(firstRun: number) {
		this.firstRun = firstRun
	}

	/**
	 * Throws RangeError for a path that does not come after the one before, or a number that is not finite (by the end of its run): bugs
	 * of the caller.
	 */
	add(record: IndexRecord): void {
		const {path} = record
		if (path <= this.#last && this.count > 0) throw new RangeError('records that fill an index come in path order')
		this.#records.push(record)
		this.#last = path
		this.count++
		if (this.#records.length >= targetRecords) this.#cut()
	}

	/** All runs, in path order. Nothing is added from then on; the last may be a small one, which its first change joins with another. */
	end(): readonly WrittenRun[] {
		if (this.#records.length > 0) this.#cut()
		return this.#runs
	}

	#cut(): void {
		this.#runs.push(runOf(this.firstRun + this.#runs.length, this.#records).written)
		this.#records = []
	}
}

/** The runs of an index with more of them at its end. */
export function appended({directory, meta}: IndexState, runs: readonly WrittenRun[]): Runs {
	return {
		directory: [...directory, ...runs.map(({entry}) => entry)],
		written: new Map(runs.map((run) => [run.entry.id, run])),
		dropped: new Set(),
		replaced: [],
		nextRun: meta.nextRun + runs.length,
	}
}
