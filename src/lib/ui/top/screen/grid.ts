// The grid of the upper part: a column of labels, values behind it, and how much each line weighs. Knows no node.
import {wrap} from '../../format.js'
import {dim, type Line, type Span, span} from '../draw/line.js'
import type {Model} from '../model/model.js'

/** The lower the rank, the smaller a screen it is still on. Blank lines come last of all. */
export interface Ranked {
	readonly rank: number
	readonly line: Line
}

/** Narrower screens have no column of labels. */
const labelled = 60
/** Columns of the labels, the blank before them too. */
const gutter = 9
/** Columns of the marks: a sign and a blank. */
const markWidth = 2
const noMark = span(' '.repeat(markWidth))

export const hasLabels = ({screen}: Model): boolean => screen.columns >= labelled

/** Columns that a value may take. */
export const valueWidth = (model: Model): number =>
	model.screen.columns - 1 - (hasLabels(model) ? gutter : 1) - markWidth

/** `line` behind its label and mark, or behind the mark alone where there is no room for labels. */
export const labelledLine = (model: Model, label: string, line: Line, mark: Span = noMark): Line => [
	dim(hasLabels(model) ? ` ${label}`.padEnd(gutter) : ' '),
	mark,
	...line,
]

/** Lines that one text may take at most, by the screen's rows. */
const foldable = (rows: number): number => (rows < 12 ? 1 : rows < 20 ? 2 : Infinity)

/** `text` on at most `most` lines of the width of a value; on fewer where there are few rows. */
export const folded = (model: Model, text: string, most: number): readonly string[] => {
	const lines = wrap(text, Math.max(1, valueWidth(model)))
		.split('\n')
		.map((line) => line.trim())
	const allowed = Math.min(most, foldable(model.screen.rows))
	return lines.length <= allowed ? lines : [...lines.slice(0, allowed - 1), lines.slice(allowed - 1).join(' ')]
}
