// The pages of the index as a scan compares them: which rows of a batch belong to one, and whether all of them are there.
// Pure; reads no record.
import type {PageEntry, WalkedPage} from '../../index/index.js'
import type {ScanColumns} from '../../tree/index.js'

/** A page as `Index.known` tells it, or some records alone. */
export type ComparedPage = Omit<WalkedPage, 'entry' | 'first'> & {
	readonly entry: PageEntry | null
	readonly first: string
}

/** A page whose rows are all in one batch: as many as it has live records, with nothing between them and the next page. */
export interface OpenPage {
	readonly page: ComparedPage
	/** Its first row, and the one behind its last. */
	readonly from: number
	readonly to: number
}

/** Where a page begins, from `row` on. */
function firstRow({first}: ComparedPage, columns: ScanColumns, row: number): number {
	let at = row
	while (at < columns.length && columns.pathAt(at) < first) at++
	return at
}

/** undefined: the rows are others, or not all in this batch. */
export function openPage(page: ComparedPage, columns: ScanColumns, row: number): OpenPage | undefined {
	const {end, live} = page
	if (end === undefined) return undefined
	const from = firstRow(page, columns, row)
	const to = from + live
	// The row behind it tells that it has no more.
	if (to >= columns.length || columns.pathAt(to) < end) return undefined
	if (live > 0 && columns.pathAt(to - 1) >= end) return undefined
	return {page, from, to}
}

/** Where a page begins of which there may be more rows in the next batch; undefined: what there is of it is all here. */
export function cutAt(page: ComparedPage, columns: ScanColumns, row: number): number | undefined {
	if (page.end === undefined) return undefined
	const from = firstRow(page, columns, row)
	// The row behind it tells that it has no more.
	return from + page.live >= columns.length ? from : undefined
}
