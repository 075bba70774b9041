// Divides the rows of the screen. Pure. Used for drawing and for scrolling, so that both agree.

import type {Line} from '../draw/line.js'
import {isTail, type Model, type Panel, panels} from '../model/model.js'
import {headerLines} from './header.js'
import {type Rows, rowsOf} from './panel-rows.js'

/** Smaller screens only show a line that says so. */
export const least = {rows: 5, columns: 20}

/** Message rule and key bar. */
const footerRows = 2
/** Rows of a panel without focus, including its title: enough for its newest rows. */
const asideRows = 4
/** Rows of the panel in focus, including its title, before others get any. */
const focusRows = 6

export interface Box {
	readonly panel: Panel
	/** Rows below the title, at least 1. */
	readonly height: number
	readonly rows: Rows
	/** Index of the first row shown. */
	readonly first: number
	/** As `Model.scroll`, but bounded. */
	readonly scroll: number
	readonly mostScroll: number
}

export interface Layout {
	readonly header: readonly Line[]
	/** From top to bottom. Empty if the screen is too small. */
	readonly boxes: readonly Box[]
	/** Rows of the help, including its title; 0: not shown. */
	readonly helpRows: number
}

/** Fewest lines of the panels, by the rows of the screen. */
const forPanels = (rows: number): number => (rows >= 20 ? 9 : rows >= 10 ? 5 : rows >= 8 ? 3 : 0)

/** Lowest screen with blank lines between the blocks of the header. */
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

/** Lines of each panel, including titles; panels without content or room have none. */
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
