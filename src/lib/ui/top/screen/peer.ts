// The lines about the connection to the peer. Pure.
import type {LinkState, NodeState} from '../../../node/status/node-state.js'
import {duration} from '../../format.js'
import {safeText} from '../../safe.js'
import {dim, type Line, type Span, type Style, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {awayText, clockText, isStopped, leaderText, retryText, shortFingerprint, stoppedWord} from '../texts/facts.js'
import {age, sinceMs} from '../texts/times.js'
import {folded, hasLabels, labelledLine, type Ranked, valueWidth} from './grid.js'

const marks: Readonly<Record<LinkState['state'], Span>> = {
	waiting: span('○ ', 'dim'),
	connecting: span('◌ ', 'accent'),
	connected: span('● ', 'accent'),
	offline: span('✗ ', 'error'),
	failing: span('✗ ', 'error'),
}

/** Lines of advice shown; the first are the most helpful. */
const mostAdvice = 3

/** Width of a whole fingerprint, in columns. */
const wholeFingerprint = 95

function connectedLines(model: Model, link: Extract<LinkState, {state: 'connected'}>): Ranked[] {
	const since = age(sinceMs(link.since, model.nowMs))
	const hasRoom = valueWidth(model) >= wholeFingerprint + 'fingerprint '.length
	const clock = clockText(link)
	const address = safeText(link.address)
	const detail = [
		leaderText(link),
		...(link.round_trip_ms === null ? [] : [`answers in ${duration(link.round_trip_ms)}`]),
		...(clock === null || clock.why !== '' ? [] : [clock.text]),
		...(hasRoom ? [] : [shortFingerprint(link.fingerprint)]),
		...(hasLabels(model) ? [] : [address]),
	]
	const head: Line = [
		span('connected to '),
		span(safeText(link.name), 'strong'),
		dim(`${hasLabels(model) ? ` (${address})` : ''} for ${since}`),
	]
	const lines: Ranked[] = [
		{rank: 1, line: labelledLine(model, 'peer', head, marks.connected)},
		{rank: 7, line: labelledLine(model, '', [dim(detail.join(' · '))])},
	]
	if (hasRoom) lines.push({rank: 11, line: labelledLine(model, '', [dim(`fingerprint ${safeText(link.fingerprint)}`)])})
	if (clock !== null && clock.why !== '') {
		const text = hasLabels(model) ? `${clock.text}: ${clock.why}` : clock.text
		for (const part of folded(model, text, 2))
			lines.push({rank: 5, line: labelledLine(model, '', [span(part, 'warn')])})
	}
	return lines
}

function awayLines(model: Model, state: NodeState, link: Exclude<LinkState, {state: 'connected'}>): Ranked[] {
	const stopped = isStopped(link) ? link : null
	const isOffline = stopped !== null
	const lines: Ranked[] = []
	const add = (rank: number, text: string, style: Style): void => {
		for (const part of folded(model, text, 3)) lines.push({rank, line: labelledLine(model, '', [span(part, style)])})
	}
	const away = awayText(state, model.nowMs)
	const [first = '', ...more] = isOffline ? folded(model, away, 3) : [away]
	const word = stoppedWord(link)
	const head: Line = word === '' ? [span(first)] : [span(word, 'error'), span(first.slice(word.length))]
	lines.push({rank: 1, line: labelledLine(model, 'peer', head, marks[link.state])})
	for (const text of more) lines.push({rank: 4, line: labelledLine(model, '', [span(text)])})
	if (stopped !== null)
		add(3, `${retryText(stopped, model.nowMs)}${state.dials === null ? '' : ` · ${safeText(state.dials)}`}`, 'plain')
	else if (link.state === 'waiting' && state.listens !== null) add(7, `listens at ${safeText(state.listens)}`, 'dim')
	// The reason stays during a new try, so that the lines below do not move.
	const fault = stopped ?? (link.state === 'connecting' ? model.fault : null)
	if (!isOffline && fault !== null) add(4, `last try: ${safeText(fault.reason)}`, 'dim')
	for (const advice of fault?.advice.slice(0, mostAdvice) ?? []) add(8, `try: ${safeText(advice)}`, 'dim')
	return lines
}

export const peerLines = (model: Model, state: NodeState): readonly Ranked[] =>
	state.link.state === 'connected' ? connectedLines(model, state.link) : awayLines(model, state, state.link)
