// Numbers of the last minute as a row of small bars. Pure.

// No full block: rows above each other stay apart.
const blocks = '▁▂▃▄▅▆▇'

/** Seconds that a sparkline tells of. */
const spanSec = 60

/** Bytes a second that fill a bar at least: so the pings of a quiet connection stay low. */
const lowestTop = 16 * 1024

/** What a full bar stands for, shared by the sparklines that are compared. */
export const sparkTop = (...series: readonly (readonly number[])[]): number =>
	series.reduce((top, values) => values.reduce((most, value) => Math.max(most, value), top), lowestTop)

/** Cells that a sparkline of at most `cells` takes: each stands for a whole number of seconds. */
export const sparkCells = (cells: number): number => (cells < 1 ? 0 : Math.ceil(spanSec / Math.ceil(spanSec / cells)))

/**
 * `values`: one a second, newest last. The newest is at the right end; a cell shows the highest of its seconds, `·` for
 * nothing moved and a blank for no number. Exactly `sparkCells(cells)` wide.
 */
export function sparkline(values: readonly number[], cells: number, top: number): string {
	const count = sparkCells(cells)
	const perCell = Math.ceil(spanSec / Math.max(1, count))
	let text = ''
	for (let i = count; i > 0; i--) {
		const end = values.length - (i - 1) * perCell
		const some = values.slice(Math.max(0, end - perCell), Math.max(0, end))
		const most = some.reduce((high, value) => Math.max(high, value), 0)
		if (some.length === 0) text += ' '
		else text += most > 0 ? blocks.charAt(Math.min(blocks.length - 1, Math.floor((most / top) * blocks.length))) : '·'
	}
	return text
}
