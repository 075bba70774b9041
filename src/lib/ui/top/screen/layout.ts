// Who gets which lines of the screen. Pure: drawing and scrolling both ask here, so they cannot disagree.

import type {Line} from '../draw/line.js'
import {isTail, type Model, type Panel, panels} from '../model/model.js'
import {headerLines} from './header.js'
import {type Rows, rowsOf} from './panel-rows.js'

/** Screens below draw one line that says so. */
export const least = {rows: 5, columns: 20}

/** Message rule and key bar. */
const footerRows = 2
/** Of a panel that is not in focus, title included: enough to see what is newest there. */
const asideRows = 4
/** Of the panel in focus, title included, before others get any. */
const focusRows = 6

export interface Box {
	readonly panel: Panel
	/** Rows below the title, at least 1. */
	readonly height: number
	readonly rows: Rows
	/** Index of the first row shown. */
	readonly first: number
	/** As `Model.scroll`, but within bounds. */
	readonly scroll: number
	readonly mostScroll: number
}

export interface Layout {
	readonly header: readonly Line[]
	/** From top to bottom. Empty on a screen with no room for any. */
	readonly boxes: readonly Box[]
	/** Rows of the help with its title; 0 when it is not shown. */
	readonly helpRows: number
}

/** Lines that the panels have at least, by the screen's rows. */
const forPanels = (rows: number): number => (rows >= 20 ? 9 : rows >= 10 ? 5 : rows >= 8 ? 3 : 0)

/** From here on blank lines part the blocks of the header. */
const airyRows = 30

function header(model: Model): readonly Line[] {
	const {rows} = model.screen
	const all = headerLines(model).filter(({line}) => line.length > 0 || rows >= airyRows)
	const room = Math.max(1, rows - footerRows - forPanels(rows))
	const limit = all
		.map(({rank}, order) => ({rank, order}))
		.sort((a, b) => a.rank - b.rank || a.order - b.order)
		.slice(0, room)
	const kept = new Set(limit.map(({order}) => order))
	return all.filter((_, order) => kept.has(order)).map(({line}) => line)
}

/** Lines of each panel, titles included; none for what has no content or finds no room. */
function heights(model: Model, rows: ReadonlyMap<Panel, Rows>, room: number): Map<Panel, number> {
	const {focus} = model
	const wanted = (panel: Panel): number => 1 + Math.max(1, rows.get(panel)?.count ?? 0)
	const others = (['transfers', 'problems', 'conflicts', 'log'] as const).filter(
		(panel) => panel !== focus && (panel === 'log' || (rows.get(panel)?.total ?? 0) > 0),
	)
	const given = new Map<Panel, number>()
	let left = room
	const grow = (panel: Panel, to: number): void => {
		const more = Math.min(left, to - (given.get(panel) ?? 0))
		if (more <= 0) return
		given.set(panel, (given.get(panel) ?? 0) + more)
		left -= more
	}
	grow(focus, Math.min(focusRows, focus === 'log' ? focusRows : wanted(focus)))
	for (const panel of others) if (left >= 2) grow(panel, 2)
	const shown = others.filter((panel) => given.has(panel))
	for (const panel of shown) grow(panel, Math.min(asideRows, wanted(panel)))
	grow(focus, wanted(focus))
	grow(given.has('log') ? 'log' : focus, room)
	return given
}

function box(model: Model, panel: Panel, height: number, rows: Rows): Box {
	const mostScroll = Math.max(0, rows.count - height)
	const scroll = Math.min(mostScroll, Math.max(0, model.scroll[panel]))
	return {panel, height, rows, scroll, mostScroll, first: isTail(panel) ? mostScroll - scroll : scroll}
}

export function layout(model: Model): Layout {
	const {rows} = model.screen
	if (model.help !== null) {
		const title = headerLines(model)
			.slice(0, 1)
			.map(({line}) => line)
		return {header: title, boxes: [], helpRows: rows - footerRows - title.length}
	}
	const lines = header(model)
	const room = rows - footerRows - lines.length
	if (model.state === null || room < 2) return {header: lines, boxes: [], helpRows: 0}
	const all = new Map(panels.map((panel) => [panel, rowsOf(model, panel)]))
	const given = heights(model, all, room)
	const boxes = (['transfers', 'problems', 'conflicts', 'log'] as const).flatMap((panel) => {
		const found = all.get(panel)
		const height = given.get(panel)
		return found === undefined || height === undefined ? [] : [box(model, panel, height - 1, found)]
	})
	return {header: lines, boxes, helpRows: 0}
}
