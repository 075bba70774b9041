// The rates of the last minute as a row of small bars. Pure.

// No full block, so that two rows do not touch.
const blocks = '▁▂▃▄▅▆▇'

/** Seconds that a sparkline shows. */
const spanSec = 60

/** Smallest rate of a full bar (bytes a second), so that the pings of an idle connection stay low. */
const lowestTop = 16 * 1024

/** The rate of a full bar, shared by sparklines that are compared. */
export const sparkTop = (...series: readonly (readonly number[])[]): number =>
	series.reduce((top, values) => values.reduce((most, value) => Math.max(most, value), top), lowestTop)

/** Width of a sparkline of at most `cells`: each cell stands for a whole number of seconds. */
export const sparkCells = (cells: number): number => (cells < 1 ? 0 : Math.ceil(spanSec / Math.ceil(spanSec / cells)))

/**
 * `values`: one a second, newest last. The newest is at the right end. A cell shows the highest rate of its seconds, `·` for zero, a blank
 * for no value. Exactly `sparkCells(cells)` wide.
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
