// The two lowest lines: a rule with messages and the filter, and the keys. Pure.

import {truncateStart, width} from '../../format.js'
import {safeText} from '../../safe.js'
import {cutLine, dim, type Line, rule, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {type ActionKey, labelOf, whyNot} from '../model/usable.js'

function messageRule({screen: {columns}, toast, filter}: Model): Line {
	if (toast !== null) return rule(columns, [span(safeText(toast.text), toast.level === 'warn' ? 'warn' : 'accent')])
	if (!filter.typing && filter.text === '') return rule(columns)
	// Keeps the end, where the user types.
	const text = truncateStart(safeText(filter.text), Math.max(4, columns - 16))
	return rule(columns, [dim('filter: '), span(text, 'strong'), span(filter.typing ? '▏' : '', 'accent')])
}

interface Entry {
	readonly key: string
	readonly label: string
	readonly usable: boolean
	/** If not all fit, the highest ranks are left out first. */
	readonly rank: number
}

function entries(model: Model): readonly Entry[] {
	if (model.filter.typing)
		return [
			{key: 'Enter', label: 'keep', usable: true, rank: 2},
			{key: 'Esc', label: 'clear', usable: true, rank: 1},
			{key: 'Ctrl-C', label: 'quit', usable: true, rank: 3},
		]
	const action = (key: ActionKey, rank: number): Entry => ({
		key,
		label: labelOf(model, key),
		usable: whyNot(model, key) === null,
		rank,
	})
	return [
		action('s', 3),
		action('p', 4),
		action('c', 7),
		action('/', 6),
		{key: 'tab', label: 'panel', usable: true, rank: 5},
		{key: '↑↓', label: 'scroll', usable: true, rank: 8},
		{key: '?', label: model.help === null ? 'help' : 'close', usable: true, rank: 2},
		{key: 'q', label: 'quit', usable: true, rank: 1},
	]
}

function keyBar(model: Model): Line {
	const {columns} = model.screen
	const gap = ' '.repeat(columns < 60 ? 1 : 2)
	const all = [...entries(model)]
	const wide = ({key, label}: Entry): number => width(key) + 1 + width(label) + gap.length
	while (all.length > 1 && all.reduce((sum, one) => sum + wide(one), 1 - gap.length) > columns) {
		const last = Math.max(...all.map(({rank}) => rank))
		all.splice(
			all.findIndex(({rank}) => rank === last),
			1,
		)
	}
	const line = all.flatMap(({key, label, usable}, i) => [
		span(i === 0 ? ' ' : gap),
		span(key, usable ? 'focus' : 'dim'),
		span(` ${label}`, usable ? 'plain' : 'dim'),
	])
	return cutLine(line, columns)
}

export const footer = (model: Model): readonly Line[] => [messageRule(model), keyBar(model)]
