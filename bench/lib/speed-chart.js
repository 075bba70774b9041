// The chart of the workloads: a bar per workload, FileSync's time by that of the best other program, with the target. Pure.
import {seconds} from '../../scripts/lib/demo-show.js'
import {titleOf} from './contenders.js'
import {picture, rect, stroke, text} from './svg.js'

const width = 960
const labelWidth = 392
const barsWidth = 326
/** What fits beside the bars in most fonts. */
const labelChars = 58
const rowHeight = 27
const barHeight = 15
const top = 92
const left = labelWidth + 12
/** Longer bars are cut off here, and say so by their number. */
const longestRatio = 2

/** @typedef {import('./rows.js').Row & {ratio: number, best: {name: string, ms: number}}} Bar */

/** Shortens to what fits beside the bars. @param {string} words */
const fitting = (words) => (words.length <= labelChars ? words : `${words.slice(0, labelChars - 1)}…`)

/** @param {readonly import('./rows.js').Verdict[]} verdicts @returns {import('./svg.js').Colour} */
function colourOf(verdicts) {
	if (verdicts.some(({met}) => met === false)) return 'bad'
	return verdicts.length > 0 && verdicts.every(({met}) => met === true) ? 'good' : 'plain'
}

/** @param {Bar} row @param {number} y of its middle @param {(ratio: number) => number} x @param {number | undefined} target */
function bar({what, ratio, best, ms, verdicts}, y, x, target) {
	const end = x(Math.min(ratio, longestRatio))
	const tick = target === undefined ? [] : [stroke([x(target), y - 11], [x(target), y + 11], 'ink', 2.5)]
	return [
		text([labelWidth, y + 4.5], fitting(what), {anchor: 'end'}),
		rect({x: left, y: y - barHeight / 2, width: Math.max(2, end - left), height: barHeight}, colourOf(verdicts), 2),
		...tick,
		text([left + barsWidth + 42, y + 4.5], ratio.toFixed(2), {anchor: 'end', bold: true}),
		text(
			[left + barsWidth + 52, y + 4.5],
			`${seconds(ms['filesync'] ?? 0)}, ${titleOf(best.name)} ${seconds(best.ms)}`,
			{
				colour: 'soft',
				size: 12,
			},
		),
	]
}

/** @param {number} y */
function legend(y) {
	/** @type {[import('./svg.js').Colour, string, number][]} */
	const keys = [
		['good', 'target met', 0],
		['bad', 'not met', 108],
		['plain', 'no target', 196],
	]
	return [
		...keys.flatMap(([colour, words, x]) => [
			rect({x: left + x, y: y - 10, width: 12, height: 12}, colour, 2),
			text([left + x + 18, y], words, {size: 12, colour: 'soft'}),
		]),
		stroke([left + 290, y - 12], [left + 290, y + 4], 'ink', 2.5),
		text([left + 298, y], 'target', {size: 12, colour: 'soft'}),
	]
}

/**
 * @param {readonly import('./rows.js').Row[]} rows @param {Readonly<Record<string, number>>} targets ratios by workload
 * @param {string} about date and machine
 */
export function speedChart(rows, targets, about) {
	const bars = rows
		.filter((row) => row.ratio !== undefined && row.best?.name !== 'node')
		.map((row) => /** @type {Bar} */ (row))
	const longest = Math.min(longestRatio, Math.max(1.1, ...bars.map(({ratio}) => ratio)))
	const x = (/** @type {number} */ ratio) => left + (ratio / longest) * barsWidth
	const bottom = top + bars.length * rowHeight
	const height = bottom + 62
	const grid = [0, 0.5, 1, 1.5, 2]
		.filter((ratio) => ratio <= longest)
		.flatMap((ratio) => [
			stroke([x(ratio), top - 6], [x(ratio), bottom], ratio === 1 ? 'soft' : 'grid', ratio === 1 ? 1.5 : 1),
			text([x(ratio), bottom + 18], String(ratio), {anchor: 'middle', size: 12, colour: 'soft'}),
		])
	return picture({width, height, title: "FileSync's time by the best other program's"}, [
		text([20, 32], "FileSync's time by that of the best other program", {size: 18, bold: true}),
		text([20, 54], `Shorter is faster; 1 is as fast. Medians. ${about}`, {size: 12, colour: 'soft'}),
		text([x(1), top - 12], 'as fast', {size: 12, colour: 'soft', anchor: 'middle'}),
		...grid,
		...bars.flatMap((row, i) => bar(row, top + (i + 0.5) * rowHeight, x, targets[row.workload])),
		...legend(bottom + 44),
	])
}
