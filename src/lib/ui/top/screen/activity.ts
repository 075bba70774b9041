// The lines about syncing: the running round, or the state of the two folders and the last sync. Pure.
import type {NodeState, RoundState} from '../../../node/status/node-state.js'
import {duration, width} from '../../format.js'
import {bar, percent} from '../draw/bar.js'
import {dim, type Line, type Span, type Style, span} from '../draw/line.js'
import type {Model} from '../model/model.js'
import {agoText, lastSyncText, roundFacts, standing, stepText} from '../texts/facts.js'
import {folded, labelledLine, type Ranked, valueWidth} from './grid.js'

/** A longer bar shows no more. */
const longestBar = 40
const shortestBar = 6

/** Wide enough for every phase, so that the bar does not jump. */
const phaseWidth = 9

const tones: Readonly<Record<ReturnType<typeof standing>['tone'], {mark: Span; style: Style}>> = {
	good: {mark: span('✓ ', 'accent'), style: 'plain'},
	quiet: {mark: span('○ ', 'dim'), style: 'plain'},
	warn: {mark: span('! ', 'warn'), style: 'warn'},
}
const busy = span('◌ ', 'accent')

function roundLines(model: Model, state: NodeState, round: RoundState): Ranked[] {
	const {share, counts, left, running} = roundFacts(state, round, model.nowMs)
	const phase = span(round.phase.padEnd(phaseWidth), 'strong')
	const step = `${stepText(round.phase)} · ${running}`
	if (share === null) return [{rank: 2, line: labelledLine(model, 'sync', [phase, dim(step)], busy)}]
	const tail = `${percent(share)}${left === '' ? '' : ` · ${left}`}`
	const cells = Math.min(longestBar, valueWidth(model) - phaseWidth - width(tail))
	const head: Line = [phase, ...(cells < shortestBar ? [] : bar(share, cells)), span(tail)]
	const detail = [...counts, ...(model.screen.columns >= 100 ? [step] : [])]
	// The number of files stays longest; the bar shows the bytes, too.
	while (detail.length > 1 && width(detail.join(' · ')) > valueWidth(model)) detail.splice(1, 1)
	return [
		{rank: 2, line: labelledLine(model, 'sync', head, busy)},
		{rank: 4, line: labelledLine(model, '', [dim(detail.join(' · '))])},
	]
}

/** `12 syncs, last 2 min ago: 3 pushed (120 ms)`, shortened to the width. */
function lastLine(model: Model, {last_sync: last, totals: {syncs}}: NodeState): Line {
	if (last === null) return []
	const text = `${agoText(last, model.nowMs)}: ${lastSyncText(last)}`
	const head = syncs > 1 ? `${syncs.toLocaleString('en')} syncs, last ` : 'last sync '
	const tail = ` (${duration(last.duration_ms)})`
	const forms = [`${head}${text}${tail}`, `${head}${text}`, text]
	return labelledLine(model, '', [dim(forms.find((form) => width(form) <= valueWidth(model)) ?? text)])
}

/** Usually two lines, so that the lines below do not jump with each round. */
export function activityLines(model: Model, state: NodeState): readonly Ranked[] {
	const {text, tone} = standing(state)
	const {mark, style} = tones[tone]
	const lines = state.round === null ? [] : roundLines(model, state, state.round)
	// During a round, only what stops the next one gets a line.
	if (state.round === null || state.paused || state.held !== null)
		for (const [i, part] of folded(model, text, state.round === null ? 2 : 1).entries()) {
			const isHead = lines.length === 0
			lines.push({
				rank: isHead ? 2 : 4,
				line: labelledLine(model, isHead ? 'sync' : '', [span(part, style)], i === 0 ? mark : undefined),
			})
		}
	if (state.round === null || lines.length < 2) lines.push({rank: 6, line: lastLine(model, state)})
	return lines
}
