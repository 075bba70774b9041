// The upper part of the screen: the state of the node as ranked lines. A small screen takes the lowest ranks. Decides no heights, draws
// no panel.
import type {NodeState} from '../../../node/status/node-state.js'
import {bytes, count, truncate, truncateStart, width} from '../../format.js'
import {safeText} from '../../safe.js'
import {dim, justify, type Line, rule, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {watchingText} from '../texts/facts.js'
import {age, sinceMs} from '../texts/times.js'
import {activityLines} from './activity.js'
import {labelledLine, type Ranked} from './grid.js'
import {peerLines} from './peer.js'
import {rateLines} from './rates.js'

function titleLine({screen: {columns}, state, nowMs}: Model): Line {
	if (state === null) return [span(' filesync', 'focus')]
	const name = truncate(safeText(state.device.name), columns >> 1)
	const since = `up ${age(sinceMs(state.started, nowMs))}`
	const right = columns >= 80 ? `${safeText(state.software)} · ${since}` : columns >= 36 ? since : ''
	// Three blanks around the name, two before the text at the right, one after it.
	const room = columns - width(name) - width(right) - 6
	const left = [span(' '), span(name, 'strong'), dim(`  ${truncateStart(safeText(state.folder), room)}`)]
	return justify(left, right === '' ? [] : [dim(right)], columns - 1)
}

/** The rule below the title; tells if the shown state is old. */
function titleRule({screen: {columns}, lost, state, nowMs}: Model): Line {
	if (lost === null) return rule(columns)
	const since = state === null ? '' : ` for ${age(sinceMs(state.at, nowMs))}`
	return rule(columns, [span(`no news${since}: ${safeText(lost)}`, 'warn')])
}

function folderLine(model: Model, state: NodeState): Line {
	const {files, folders, links, bytes: size} = state.totals
	const parts = [
		count(files, 'file'),
		count(folders, 'folder'),
		...(links > 0 ? [count(links, 'link')] : []),
		bytes(size),
		watchingText(state),
	]
	return labelledLine(model, 'folder', [span(parts.slice(0, -1).join(' · ')), dim(` · ${parts.at(-1)}`)])
}

const blank: Ranked = {rank: 20, line: []}

/** All lines, from top to bottom. */
export function headerLines(model: Model): readonly Ranked[] {
	const {state, lost} = model
	const title: Ranked[] = [
		{rank: 3, line: titleLine(model)},
		{rank: lost === null ? 9 : 0, line: titleRule(model)},
	]
	if (state === null) return title
	return [
		...title,
		...peerLines(model, state),
		blank,
		...activityLines(model, state),
		blank,
		{rank: 10, line: folderLine(model, state)},
		...rateLines(model, state),
		blank,
	]
}
