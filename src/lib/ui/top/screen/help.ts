// The help: every key, what it does and why it may not work now; then facts about the node itself.
import {safeText} from '../../safe.js'
import {cutLine, dim, type Line, rule, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {type ActionKey, whyNot} from '../model/usable.js'
import {distance, type Move} from './scroll.js'

const keys: readonly {readonly keys: string; readonly does: string; readonly asks?: ActionKey}[] = [
	{keys: 's', does: 'sync now; while offline: try now', asks: 's'},
	{keys: 'p', does: 'pause, and resume', asks: 'p'},
	{keys: 'c', does: 'clear the log', asks: 'c'},
	{keys: '/', does: 'filter: Enter keeps it, Esc clears it', asks: '/'},
	{keys: 'tab', does: 'next panel: log, conflicts, problems, transfers'},
	{keys: 'j k ↑ ↓', does: 'scroll by a line'},
	{keys: 'PgUp PgDn', does: 'scroll by a page'},
	{keys: 'g G', does: 'to the top, to the end'},
	{keys: 'Ctrl-L', does: 'draw the screen anew'},
	{keys: '?', does: 'this help; Esc closes it'},
]

const row = (name: string, value: string, style: 'accent' | 'dim'): Line => [
	span(` ${name.padEnd(11)}`, style),
	span(value),
]

function helpLines(model: Model): readonly Line[] {
	const {state, inside} = model
	const lines: Line[] = keys.map(({keys: names, does, asks}) => {
		const reason = asks === undefined ? null : whyNot(model, asks)
		return [...row(names, does, 'accent'), dim(reason === null ? '' : ` (now: ${reason})`)]
	})
	lines.push(row('q Esc', `leave; the node ${inside ? 'ends with this view' : 'goes on'}`, 'accent'))
	if (state === null) return lines
	const facts: [string, string | null][] = [
		['folder', state.folder],
		['config', state.config],
		['listens at', state.listens],
		['dials', state.dials],
		['device', `${state.device.name} (${state.device.id})`],
		['node', `${state.software}, pid ${state.pid}`],
	]
	lines.push([])
	for (const [name, value] of facts) lines.push(row(name, value === null ? 'no' : safeText(value), 'dim'))
	return lines
}

const mostScroll = (model: Model, rows: number): number => Math.max(0, helpLines(model).length - (rows - 1))

/** Scroll position of the help after `move`. `rows`: height of the help, including its title. */
export const helpScroll = (model: Model, rows: number, move: Move): number =>
	Math.min(mostScroll(model, rows), Math.max(0, (model.help ?? 0) + distance(move, rows - 1)))

/** Exactly `rows` lines. */
export function helpView(model: Model, rows: number): readonly Line[] {
	const {columns} = model.screen
	const most = mostScroll(model, rows)
	const first = Math.min(most, model.help ?? 0)
	const more = most > 0 ? [dim(first < most ? 'j: more' : 'k: back')] : []
	const title = rule(columns, [span('▸ help', 'focus')], more)
	const shown = helpLines(model).slice(first, first + rows - 1)
	return [title, ...Array.from({length: rows - 1}, (_, i) => cutLine(shown[i] ?? [], columns))]
}
