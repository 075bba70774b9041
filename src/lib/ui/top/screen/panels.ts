// The panels: a rule with a title each, and rows below. Pure; the layout decides the heights.
import {count, width} from '../../format.js'
import {safeText} from '../../safe.js'
import {dim, type Line, rule, span} from '../draw/line.js'
import {type Model, type Panel, panels} from '../model/model.js'
import type {Box} from './layout.js'
import {rowsOf} from './panel-rows.js'

/** Columns of a rule besides the texts on it. */
const ruled = 10

const nothing: Readonly<Record<Panel, string>> = {
	log: 'nothing logged yet',
	conflicts: 'no conflicts since the start',
	problems: 'no problems in the last sync',
	transfers: 'no large file is under way',
}

const one: Readonly<Record<Panel, string>> = {
	log: 'line',
	conflicts: 'conflict',
	problems: 'problem',
	transfers: 'transfer',
}

/** `2 conflicts · 1 problem`: panels with content that do not fit on the screen. */
function hidden(model: Model, boxes: readonly Box[]): string {
	const names = panels.flatMap((panel) => {
		const {total} = rowsOf(model, panel)
		return panel === 'log' || total === 0 || boxes.some((box) => box.panel === panel) ? [] : [count(total, one[panel])]
	})
	return names.join(' · ')
}

/** `481–500 of 500` if not all rows are shown, `3 of 500 match` with a filter, else empty. */
function range({rows, height, first}: Box): string {
	const match = rows.count < rows.total ? ' match' : ''
	if (rows.count <= height) return match === '' ? '' : `${rows.count} of ${rows.total}${match}`
	const shown = height === 1 ? `${first + 1}` : `${first + 1}–${first + height}`
	return `${shown} of ${rows.count}${match}`
}

function title(model: Model, box: Box, boxes: readonly Box[]): Line {
	const {columns} = model.screen
	const isFocus = box.panel === model.focus
	const head = `${isFocus ? '▸ ' : ''}${box.panel}`
	const others = isFocus ? hidden(model, boxes) : ''
	// A panel that is not on the screen matters more than rows that can be scrolled to.
	const rights = [[others, range(box)].filter((text) => text !== '').join(' · '), others, range(box)]
	const right = rights.find((text) => width(head) + width(text) + ruled <= columns) ?? ''
	return rule(columns, [span(head, isFocus ? 'focus' : 'strong')], right === '' ? [] : [dim(right)])
}

function emptyText({filter}: Model, {panel, rows}: Box): string {
	return rows.total > 0 ? `nothing here matches ${safeText(filter.text)}` : nothing[panel]
}

export function panelLines(model: Model, boxes: readonly Box[]): readonly Line[] {
	return boxes.flatMap((box) => [
		title(model, box, boxes),
		...Array.from({length: box.height}, (_, i): Line => {
			if (box.rows.count === 0) return i === 0 ? [dim(` ${emptyText(model, box)}`)] : []
			return box.first + i < box.rows.count ? box.rows.draw(box.first + i) : []
		}),
	])
}
