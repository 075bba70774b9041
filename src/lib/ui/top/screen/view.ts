// The model as the lines of a screen. Pure. Only puts the parts in order.

import {type Line, paint, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {footer} from './footer.js'
import {helpView} from './help.js'
import {layout, least} from './layout.js'
import {panelLines} from './panels.js'

function body(model: Model): readonly Line[] {
	const {header, boxes, helpRows} = layout(model)
	if (helpRows > 0) return [...header, ...helpView(model, helpRows)]
	if (model.state === null)
		return [...header, [span(model.lost === null ? ' waiting for the node' : ' the node is not there')]]
	return [...header, ...panelLines(model, boxes)]
}

/** Exactly `rows` lines, each at most `columns` wide, without control codes but SGR. */
export function view(model: Model): string[] {
	const {rows, columns, capabilities} = model.screen
	const isSmall = rows < least.rows || columns < least.columns
	const upper = isSmall ? [[span(`needs ${least.columns}x${least.rows}: too small`)]] : body(model)
	const lower = isSmall ? [] : footer(model)
	const room = rows - lower.length
	return Array.from({length: Math.max(0, rows)}, (_, i) =>
		paint((i < room ? upper[i] : lower[i - room]) ?? [], columns, capabilities),
	)
}
