// The runs of the index as a scan compares them: which rows of a portion belong to one, and whether all of them are there.
// Pure; reads no record.
import type {KnownRun, RunEntry} from '../../index/index.js'
import type {ScanColumns} from '../../tree/index.js'

/** A run as `Index.known` tells it, or some records alone. */
export type ComparedRun = Omit<KnownRun, 'entry' | 'first'> & {readonly entry: RunEntry | null; readonly first: string}

/** A run whose rows are all in one portion: as many as it has live records, with nothing between them and the next run. */
export interface OpenRun {
	readonly run: ComparedRun
	/** Its first row, and the one behind its last. */
	readonly from: number
	readonly to: number
}

/** Where a run begins, from `row` on. */
function firstRow({first}: ComparedRun, columns: ScanColumns, row: number): number {
	let at = row
	while (at < columns.length && columns.pathAt(at) < first) at++
	return at
}

/** undefined: the rows are others, or not all in this portion. */
export function openRun(run: ComparedRun, columns: ScanColumns, row: number): OpenRun | undefined {
	const {end, live} = run
	if (end === undefined) return undefined
	const from = firstRow(run, columns, row)
	const to = from + live
	// The row behind it tells that it has no more.
	if (to >= columns.length || columns.pathAt(to) < end) return undefined
	if (live > 0 && columns.pathAt(to - 1) >= end) return undefined
	return {run, from, to}
}

/** Where a run begins of which there may be more rows in the next portion; undefined: what there is of it is all here. */
export function cutAt(run: ComparedRun, columns: ScanColumns, row: number): number | undefined {
	if (run.end === undefined) return undefined
	const from = firstRow(run, columns, row)
	// The row behind it tells that it has no more.
	return from + run.live >= columns.length ? from : undefined
}
