// Formats numbers, times and columns. Pure: the clock comes in as an argument. Always English, so that output is the same everywhere.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `0 B`, `1023 B`, `1.5 MiB`, `12 GiB`: one decimal below ten. */
export function bytes(count: number): string {
	let value = Math.max(0, count)
	let unit = 0
	// From 1023.5 on it would print as 1024 of the unit.
	while (value >= (unit === 0 ? 1024 : 1023.5) && unit < units.length - 1) {
		value /= 1024
		unit++
	}
	const digits = unit === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)
	return `${digits} ${units[unit]}`
}

/** `1.5 MiB/s`. `overMs`: time that `count` bytes took. */
export const rate = (count: number, overMs: number): string => `${bytes(overMs > 0 ? (count * 1000) / overMs : 0)}/s`

/** `12 ms`, `1.5 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function duration(ms: number): string {
	const value = Math.max(0, ms)
	if (value < 999.5) return `${value.toFixed(0)} ms`
	if (value < 9_950) return `${(value / 1000).toFixed(1)} s`
	const sec = Math.round(value / 1000)
	if (sec < 60) return `${sec} s`
	const pair = (big: number, small: number, bigUnit: string, smallUnit: string) =>
		small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`
	if (sec < 3600) return pair(Math.floor(sec / 60), sec % 60, 'min', 's')
	const min = Math.round(sec / 60)
	if (min < 1440) return pair(Math.floor(min / 60), min % 60, 'h', 'min')
	const hours = Math.round(min / 60)
	return pair(Math.floor(hours / 24), hours % 24, 'd', 'h')
}

/** Time left, in whole seconds, at least one: fractions would flicker. */
export function secondsLeft(ms: number): string {
	const sec = Math.max(1, Math.ceil(ms / 1000))
	return sec < 60 ? `${sec} s` : duration(sec * 1000)
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** `1 file`, `1,234 files`; `plural` if it is not formed with an s. */
export const count = (value: number, one: string, plural = `${one}s`): string =>
	`${grouped(value)} ${value === 1 ? one : plural}`

/** `just now`, `5 min ago`, `in 3 h`, `2 d ago`: one unit, rounded down. Both in milliseconds since 1970. */
export function relativeTime(atMs: number, nowMs: number): string {
	const sec = Math.floor(Math.abs(nowMs - atMs) / 1000)
	if (sec < 5) return 'just now'
	const text =
		sec < 60
			? `${sec} s`
			: sec < 3600
				? `${Math.floor(sec / 60)} min`
				: sec < 86_400
					? `${Math.floor(sec / 3600)} h`
					: `${grouped(Math.floor(sec / 86_400))} d`
	return atMs <= nowMs ? `${text} ago` : `in ${text}`
}

// East Asian wide and full-width blocks and the emoji planes. Approximates UAX #11 as terminals do; ambiguous characters are narrow.
const wide =
	/[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]/u
const zero = /\p{Mn}|\p{Me}|[\u200b-\u200d]/u
const plainAscii = /^[\x20-\x7e]*$/

/** Created for the first text that is not ASCII: that takes V8 20 ms. */
let segmenter: Intl.Segmenter | undefined

function segmentsOf(text: string): Intl.Segments {
	segmenter ??= new Intl.Segmenter('en', {granularity: 'grapheme'})
	return segmenter.segment(text)
}

function graphemeWidth(grapheme: string): number {
	let width = 0
	for (const char of grapheme) width = Math.max(width, zero.test(char) ? 0 : wide.test(char) ? 2 : 1)
	return width
}

/** Columns that `text` takes on a terminal. `text` must be free of escapes (see `safeText`). */
export function width(text: string): number {
	if (plainAscii.test(text)) return text.length
	let columns = 0
	for (const {segment} of segmentsOf(text)) columns += graphemeWidth(segment)
	return columns
}

function cut(segments: Iterable<string>, columns: number): string[] {
	const kept: string[] = []
	let used = 0
	for (const segment of segments) {
		used += graphemeWidth(segment)
		if (used > columns) break
		kept.push(segment)
	}
	return kept
}

/** The graphemes of a text. */
export const split = (text: string): string[] => Array.from(segmentsOf(text), ({segment}) => segment)

/** At most `columns` wide; cut at the end, with `…` for the rest. */
export function truncate(text: string, columns: number): string {
	if (width(text) <= columns) return text
	return columns < 1 ? '' : `${cut(split(text), columns - 1).join('')}…`
}

/** As `truncate`, but cuts the beginning: for paths, whose last part matters most. */
export function truncateStart(text: string, columns: number): string {
	if (width(text) <= columns) return text
	return columns < 1
		? ''
		: `…${cut(split(text).reverse(), columns - 1)
				.reverse()
				.join('')}`
}

/** As `truncate`, but cuts the middle. */
export function truncateMiddle(text: string, columns: number): string {
	if (width(text) <= columns) return text
	if (columns < 1) return ''
	const head = cut(split(text), (columns - 1) >> 1)
	const tail = cut(split(text).reverse(), columns - 1 - width(head.join(''))).reverse()
	return `${head.join('')}…${tail.join('')}`
}

/** Exactly `columns` wide: cut, or padded with blanks at the end (for `'right'`: at the beginning). */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
	const shown = truncate(text, columns)
	const blanks = ' '.repeat(columns - width(shown))
	return align === 'left' ? shown + blanks : blanks + shown
}

/** Column where the text of a line begins: after its indent, and after `Try: ` or a first column that ends with two blanks. */
const hanging = /^(?: *Try: | +|\S+(?: \S+)? {2,})/

/**
 * Wraps lines longer than `columns` between words; the rest is indented to the beginning of the line's text. A word that is longer than a
 * line stays whole.
 */
export function wrap(text: string, columns: number): string {
	return text
		.split('\n')
		.map((line) => wrapLine(line, columns))
		.join('\n')
}

function wrapLine(line: string, columns: number): string {
	if (width(line) <= columns) return line
	const head = hanging.exec(line)?.[0] ?? ''
	const indent = ' '.repeat(Math.min(width(head) || 2, columns >> 1))
	const rows: string[] = []
	let row = head
	for (const word of line.slice(head.length).split(' ')) {
		const isFirst = row === head || row === indent
		if (!isFirst && width(row) + 1 + width(word) > columns) {
			rows.push(row)
			row = indent + word
		} else row += isFirst ? word : ` ${word}`
	}
	return [...rows, row].join('\n')
}
