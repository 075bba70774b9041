// Owns the first filling of an empty index: records that come in path order become runs at once and are held as bytes, some 120
// a record, until whoever fills it says that they count. Writes nothing itself.
import type {IndexRecord} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'
import {Tally} from './counts.js'
import {entryOf, type RunEntry} from './directory.js'
import {type Runs, targetRecords} from './merge.js'
import {Run} from './run.js'
import type {IndexState} from './state.js'
import {encodeLine} from './tuple.js'
import {VectorTable} from './vectors.js'

/** One run, ready to be written. */
export interface FilledRun {
	readonly entry: RunEntry
	readonly value: Buffer
}

/** Made by `Index.fill`, written by `Index.finishFill`. */
export class Fill {
	/** Id of the first run; those that follow count on. */
	readonly firstRun: number
	/** Records taken so far. */
	count = 0
	readonly #runs: FilledRun[] = []
	#lines: string[] = []
	#seqs: number[] = []
	#vectors = new VectorTable()
	#tally = new Tally()
	#oldestGone: number | null = null
	#last: RelPath | '' = ''

	constructor(firstRun: number) {
		this.firstRun = firstRun
	}

	/** Throws RangeError for a path that does not come after the one before, or a number that is not finite: bugs of the caller. */
	add(record: IndexRecord): void {
		const {path, state, version, seq} = record
		if (path <= this.#last && this.count > 0) throw new RangeError('records that fill an index come in path order')
		this.#lines.push(encodeLine(record, this.#vectors.indexOf(version)))
		this.#seqs.push(seq)
		this.#tally.add(state)
		if (state.kind === 'gone') this.#oldestGone = Math.min(this.#oldestGone ?? state.since, state.since)
		this.#last = path
		this.count++
		if (this.#lines.length >= targetRecords) this.#cut()
	}

	/** All runs, in path order. Nothing is added from then on; the last may be a small one, which its first change joins with another. */
	end(): readonly FilledRun[] {
		if (this.#lines.length > 0) this.#cut()
		return this.#runs
	}

	#cut(): void {
		const run = Run.ofLines(this.#lines, this.#seqs, this.#vectors.vectors)
		const value = run.encode()
		const id = this.firstRun + this.#runs.length
		this.#runs.push({entry: entryOf(id, run, value, this.#tally.counts(), this.#oldestGone), value})
		this.#lines = []
		this.#seqs = []
		this.#vectors = new VectorTable()
		this.#tally = new Tally()
		this.#oldestGone = null
	}
}

/** The runs of an index with more of them at its end. */
export function appended({directory, meta}: IndexState, runs: readonly FilledRun[]): Runs {
	return {
		directory: [...directory, ...runs.map(({entry}) => entry)],
		written: new Map(runs.map((run) => [run.entry.id, run])),
		dropped: new Set(),
		replaced: [],
		nextRun: meta.nextRun + runs.length,
	}
}
