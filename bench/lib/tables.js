// The tables that the bench prints and publishes: cells of text, as columns for a terminal or as Markdown. Pure.
import {seconds, whole} from '../../scripts/lib/demo-show.js'
import {titleOf, yardsticks} from './contenders.js'
import {verdictText} from './rows.js'

const none = '–'

/** @param {number} kb */
const megabytes = (kb) => `${Math.round((kb * 1024) / 1e6)}`
/** @param {number} bytes */
const wire = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

/** @typedef {readonly (readonly string[])[]} Cells first the titles */

/** @param {Cells} rows */
export function asText(rows) {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)))
	const pad = (/** @type {readonly string[]} */ row) =>
		row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ')
	const [titles = [], ...rest] = rows
	return [pad(titles), widths.map((width) => '-'.repeat(width)).join('   '), ...rest.map(pad)].join('\n')
}

/** @param {Cells} rows */
export function asMarkdown(rows) {
	const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`
	const [titles = [], ...rest] = rows
	return [line(titles), line(titles.map((_, i) => (i === 0 ? '---' : '--:'))), ...rest.map(line)].join('\n')
}

/** Medians side by side, the ratio, the goal. @param {readonly import('./rows.js').Row[]} rows @param {readonly string[]} names programs @returns {Cells} */
export function timesTable(rows, names) {
	const cell = (/** @type {import('./rows.js').Row} */ {ms, once}, /** @type {string} */ name) =>
		ms[name] === undefined ? none : `${seconds(ms[name])}${once.includes(name) ? ' (once)' : ''}`
	return [
		['work', ...names.map(titleOf), 'FileSync / best other', 'target', ''],
		...rows.map((row) => [
			row.what,
			...names.map((name) => cell(row, name)),
			row.ratio === undefined ? none : `${row.ratio.toFixed(2)} (${titleOf(row.best?.name ?? '')})`,
			row.verdicts.map(({goal}) => goal).join(', '),
			verdictText(row.verdicts),
		]),
	]
}

/** Peaks in MB by process or side, and bytes on the wire. @param {readonly import('./rows.js').Row[]} rows @param {readonly string[]} names programs @returns {Cells} */
export function memoryTable(rows, names) {
	const peaks = (/** @type {Record<string, number>} */ some = {}) =>
		Object.entries(some)
			.filter(([, kb]) => kb > 0)
			.map(([process, kb]) => `${process} ${megabytes(kb)}`)
			.join(', ') || none
	const bytes = (/** @type {number | undefined} */ some) => (some === undefined ? none : wire(some))
	return [
		['peak memory in MB', ...names.map(titleOf), ...wireNames.map((name) => `wire ${titleOf(name)}`)],
		...rows.map((row) => [
			row.what,
			...names.map((name) => peaks(row.peaksKb[name])),
			...wireNames.map((name) => bytes(row.wireBytes[name])),
		]),
	]
}
/** Who tells how much it sent. */
const wireNames = ['filesync', 'rsync']

/** @param {readonly import('./growth-rows.js').GrowthRow[]} rows @returns {Cells} */
export const growthTable = (rows) => [
	['files', 'first sync', 'per file', 'nothing changed', 'per file', 'memory of sync', 'of serve'],
	...rows.map(({files, firstMs, noopMs, peakKb}) => [
		whole(files),
		seconds(firstMs),
		`${((firstMs / files) * 1000).toFixed(0)} µs`,
		seconds(noopMs),
		`${((noopMs / files) * 1000).toFixed(0)} µs`,
		`${megabytes(peakKb.sync)} MB`,
		`${megabytes(peakKb.serve)} MB`,
	]),
]

/** One line per yardstick that is no program to compare with. @param {readonly import('./rows.js').Row[]} rows @returns {string[]} */
export function notes(rows) {
	return rows.flatMap(({what, ms}) => {
		const [pipe, own] = [ms[yardsticks.pipe], ms['filesync']]
		if (pipe === undefined || own === undefined) return []
		return [
			`A bare TLS 1.3 pipe between two Node processes: ${seconds(pipe)} (${what}); FileSync reaches ${(pipe / own).toFixed(2)} of its rate.`,
		]
	})
}
