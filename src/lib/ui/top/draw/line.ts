// A line of the screen as spans with a style each, and its conversion to terminal text.
// Texts in spans are escaped already (see `safeText`).

import {ascii, type Capabilities} from '../../capabilities.js'
import {pad, truncate, width} from '../../format.js'

export type Style = 'plain' | 'dim' | 'strong' | 'accent' | 'focus' | 'warn' | 'error'

export interface Span {
	readonly text: string
	readonly style: Style
}
export type Line = readonly Span[]

/** SGR parameters. Only colours of the terminal's own theme, which its user can read. */
const codes: Readonly<Record<Style, string>> = {
	plain: '',
	dim: '2',
	strong: '1',
	accent: '36',
	focus: '1;36',
	warn: '33',
	error: '31',
}

export const span = (text: string, style: Style = 'plain'): Span => ({text, style})
export const dim = (text: string): Span => ({text, style: 'dim'})

export const lineWidth = (line: Line): number => line.reduce((sum, {text}) => sum + width(text), 0)

/** At most `columns` wide; cut at the end, with `…` for the rest. */
export function cutLine(line: Line, columns: number): Line {
	const kept: Span[] = []
	let left = columns
	for (const {text, style} of line) {
		const wide = width(text)
		if (wide > left) {
			kept.push({text: truncate(text, left), style})
			break
		}
		kept.push({text, style})
		left -= wide
	}
	return kept
}

/** `right` at the right edge and `left` cut to the rest; without `right` if that rest is less than half. */
export function justify(left: Line, right: Line, columns: number): Line {
	const room = columns - lineWidth(right) - 2
	if (right.length === 0 || room < columns / 2) return cutLine(left, columns)
	const shown = cutLine(left, room)
	return [...shown, span(' '.repeat(columns - lineWidth(shown) - lineWidth(right))), ...right]
}

/** A thin line across the screen with `title` near its left end and `right` near the other. */
export function rule(columns: number, title: Line = [], right: Line = []): Line {
	const head: Line = title.length === 0 ? [] : [dim('── '), ...title, span(' ')]
	const tail: Line = right.length === 0 ? [] : [span(' '), ...right, dim(' ──')]
	const room = columns - lineWidth(head) - lineWidth(tail)
	if (room >= 2) return [...head, dim('─'.repeat(room)), ...tail]
	return tail.length === 0 ? cutLine(head, columns) : rule(columns, title)
}

/** Exactly `columns` wide. */
export const cell = (text: string, columns: number, style: Style = 'plain', align: 'left' | 'right' = 'left'): Span =>
	span(pad(text, columns, align), style)

/** A line as terminal text: no control codes but SGR, at most `columns` wide, all styles ended. */
export function paint(line: Line, columns: number, {unicode, colour}: Capabilities): string {
	const narrow = (one: Line): Line => (unicode ? one : one.map(({text, style}) => ({text: ascii(text), style})))
	// To ASCII twice: letters before they are measured, and the mark that the cut adds.
	return narrow(cutLine(narrow(line), columns))
		.map(({text, style}) =>
			colour && text !== '' && codes[style] !== '' ? `\x1b[${codes[style]}m${text}\x1b[0m` : text,
		)
		.join('')
}
