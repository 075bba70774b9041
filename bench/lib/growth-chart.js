// The chart of growth: time per file, peak memory, and memory per file over the number of files. Pure.
import {whole} from '../../scripts/lib/demo-show.js'
import {path, picture, stroke, text} from './svg.js'

const width = 960
const height = 380
const top = 112
const bottom = 318
const panelWidth = 308
const plotWidth = 236
const gridLines = 4

/** @typedef {{colour: import('./svg.js').Colour, name: string, values: readonly number[]}} Curve */

/** The next round number: 1, 2, 2.5 or 5 times a power of ten. @param {number} value */
function roundUp(value) {
	const power = 10 ** Math.floor(Math.log10(value))
	return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power
}

/** @param {number} index @param {string} title @param {readonly number[]} files @param {readonly Curve[]} curves */
function panel(index, title, files, curves) {
	const left = 62 + index * panelWidth
	const highest = roundUp(Math.max(1e-9, ...curves.flatMap(({values}) => values)))
	const [least = 1, most = 1] = [Math.min(...files), Math.max(...files)].map(Math.log10)
	const x = (/** @type {number} */ count) =>
		left + 14 + (most === least ? 0.5 : (Math.log10(count) - least) / (most - least)) * (plotWidth - 28)
	const y = (/** @type {number} */ value) => bottom - (value / highest) * (bottom - top)
	const grid = Array.from({length: gridLines + 1}, (_, i) => (highest * i) / gridLines).flatMap((value) => [
		stroke([left, y(value)], [left + plotWidth, y(value)], value === 0 ? 'soft' : 'grid'),
		text([left - 6, y(value) + 4], String(Math.round(value * 100) / 100), {anchor: 'end', size: 11, colour: 'soft'}),
	])
	return [
		text([left - 42, top - 34], title, {bold: true}),
		...curves.map(({colour, name}, i) => text([left - 42 + i * 130, top - 15], `● ${name}`, {size: 12, colour})),
		...grid,
		...files.map((count) => text([x(count), bottom + 18], whole(count), {anchor: 'middle', size: 11, colour: 'soft'})),
		text([left + plotWidth / 2, bottom + 36], 'files', {anchor: 'middle', size: 11, colour: 'soft'}),
		...curves.map(({colour, values}) =>
			path(
				values.map((value, i) => /** @type {const} */ ([x(files[i] ?? 1), y(value)])),
				colour,
			),
		),
	]
}

/** @param {readonly import('./growth-rows.js').GrowthRow[]} rows @param {string} about date and machine */
export function growthChart(rows, about) {
	const files = rows.map((row) => row.files)
	/** @param {'sync' | 'serve'} side @param {(bytes: number, files: number) => number} of */
	const memory = (side, of) => rows.map((row) => of(row.peakKb[side] * 1024, row.files))
	/** @param {(bytes: number, files: number) => number} of @returns {Curve[]} */
	const sides = (of) => [
		{colour: 'good', name: 'sync', values: memory('sync', of)},
		{colour: 'bad', name: 'serve', values: memory('serve', of)},
	]
	/** @type {Curve[]} */
	const times = [
		{colour: 'good', name: 'first sync', values: rows.map((row) => (row.firstMs / row.files) * 1000)},
		{colour: 'bad', name: 'nothing changed', values: rows.map((row) => (row.noopMs / row.files) * 1000)},
	]
	return picture({width, height, title: 'Time and memory of FileSync over the number of files'}, [
		text([20, 32], 'Time and memory over the number of files', {size: 18, bold: true}),
		text([20, 54], `Files of 100 bytes. ${about}`, {size: 12, colour: 'soft'}),
		...panel(0, 'Time per file, µs', files, times),
		...panel(
			1,
			'Peak memory, MB',
			files,
			sides((bytes) => bytes / 1e6),
		),
		...panel(
			2,
			'Peak memory per file, kB',
			files,
			sides((bytes, count) => bytes / 1000 / count),
		),
	])
}
