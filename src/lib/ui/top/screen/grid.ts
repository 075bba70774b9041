// The grid of the upper part: labels, values, and a rank for each line. Knows no node.
import {wrap} from '../../format.js'
import {dim, type Line, type Span, span} from '../draw/line.js'
import type {Model} from '../model/model.js'

/** Lines with a low rank stay on small screens. Blank lines are left out first. */
export interface Ranked {
	readonly rank: number
	readonly line: Line
}

/** Narrowest screen with a column of labels. */
const labelled = 60
/** Width of the labels, including the blank before them. */
const gutter = 9
/** Width of a mark: one character and a blank. */
const markWidth = 2
const noMark = span(' '.repeat(markWidth))

export const hasLabels = ({screen}: Model): boolean => screen.columns >= labelled

/** Width of a value, in columns. */
export const valueWidth = (model: Model): number =>
	model.screen.columns - 1 - (hasLabels(model) ? gutter : 1) - markWidth

/** `line` after its label and mark; without the label on a narrow screen. */
export const labelledLine = (model: Model, label: string, line: Line, mark: Span = noMark): Line => [
	dim(hasLabels(model) ? ` ${label}`.padEnd(gutter) : ' '),
	mark,
	...line,
]

/** Lines per text at most, by the rows of the screen. */
const foldable = (rows: number): number => (rows < 12 ? 1 : rows < 20 ? 2 : Infinity)

/** `text` wrapped to the width of a value, in at most `most` lines; fewer on a low screen. */
export const folded = (model: Model, text: string, most: number): readonly string[] => {
	const lines = wrap(text, Math.max(1, valueWidth(model)))
		.split('\n')
		.map((line) => line.trim())
	const allowed = Math.min(most, foldable(model.screen.rows))
	return lines.length <= allowed ? lines : [...lines.slice(0, allowed - 1), lines.slice(allowed - 1).join(' ')]
}
