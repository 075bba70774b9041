// Scrolls the panel in focus, or tells why it does not move. Pure.

import {isTail, type Model} from '../model/model.js'
import {layout} from './layout.js'

export type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'top' | 'end'

/** Rows that `move` scrolls towards the end, with `height` rows on the screen; infinite for the ends. */
export function distance(move: Move, height: number): number {
	// One row of the previous page stays visible.
	const page = Math.max(1, height - 1)
	return {up: -1, down: 1, pageUp: -page, pageDown: page, top: -Infinity, end: Infinity}[move]
}

/** The model after `move`; `reason`: why it did not move. */
export function moved(model: Model, move: Move): {model: Model; reason: string | null} {
	const {focus} = model
	const box = layout(model).boxes.find(({panel}) => panel === focus)
	if (box === undefined) return {model, reason: `${focus}: no room on this screen`}
	if (box.rows.count === 0) return {model, reason: `${focus}: nothing to scroll`}
	if (box.mostScroll === 0) return {model, reason: `${focus}: all of it is shown`}
	const by = distance(move, box.height) * (isTail(focus) ? -1 : 1)
	const scroll = Math.min(box.mostScroll, Math.max(0, box.scroll + by))
	if (scroll === box.scroll)
		return {model, reason: `${focus}: this is the ${by * (isTail(focus) ? -1 : 1) < 0 ? 'top' : 'end'}`}
	return {model: {...model, scroll: {...model.scroll, [focus]: scroll}}, reason: null}
}
