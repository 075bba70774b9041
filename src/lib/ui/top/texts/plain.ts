// A node's state as plain lines without control codes, for `--once`, pipes, cron mail and grep. Pure.
import type {NodeState} from '../../../node/status/node-state.js'
import {bytes, count, duration, wrap} from '../../format.js'
import {safeText} from '../../safe.js'
import {leftMs, percent, shareOf} from '../draw/bar.js'
import {
	agoText,
	awayText,
	clockText,
	isStopped,
	lastSyncText,
	leaderText,
	retryText,
	roundFacts,
	standing,
	stepText,
	watchingText,
} from './facts.js'
import {age, remaining, sinceMs} from './times.js'

/** Rows of each list, the newest ones; the rest is counted. */
const listed = 20

const labelWidth = 13

/** One fact per line, so that grep finds it by its label. */
const row = (label: string, value: string): string => `${label.padEnd(labelWidth)}${value}`

function peerRows(state: NodeState, nowMs: number): string[] {
	const {link, listens, dials} = state
	const rows = [row('listens at', safeText(listens ?? 'no')), row('dials', safeText(dials ?? 'no'))]
	if (link.state !== 'connected') {
		rows.push(row('peer', `${awayText(state, nowMs)}${isStopped(link) ? `; ${retryText(link, nowMs)}` : ''}`))
		if (isStopped(link)) rows.push(...link.advice.map((advice) => row('try', safeText(advice))))
		return rows
	}
	const since = `connected to ${safeText(link.name)} (${safeText(link.address)}) for ${age(sinceMs(link.since, nowMs))}`
	const answers = link.round_trip_ms === null ? '' : `, answers in ${link.round_trip_ms} ms`
	rows.push(row('peer', `${since}; ${leaderText(link)}${answers}`), row('fingerprint', safeText(link.fingerprint)))
	const clock = clockText(link)
	if (clock !== null) rows.push(row('clock', clock.why === '' ? clock.text : `${clock.text}: ${clock.why}`))
	return rows
}

function syncRows(state: NodeState, nowMs: number): string[] {
	const {round, last_sync: last, totals, rates} = state
	const rows = [
		row('sync', round === null ? standing(state).text : 'a sync is under way'),
		row('paused', state.paused ? 'yes' : 'no'),
	]
	rows.push(row('pending', count(state.pending.changes, 'change')))
	if (round !== null) {
		const {share, counts, left, running} = roundFacts(state, round, nowMs)
		const parts = [round.phase, stepText(round.phase), share === null ? '' : percent(share).trim(), ...counts, left]
		rows.push(row('round', `${parts.filter((part) => part !== '').join(', ')} (running for ${running})`))
	}
	for (const {path, way, bytes_done: done, bytes_total: total, since} of state.transfers) {
		const ms = leftMs(done, total, (done * 1000) / Math.max(1, sinceMs(since, nowMs)))
		const left = ms === null ? '' : `, ${remaining(ms)} left`
		const far = `${percent(shareOf(done, total)).trim()} of ${bytes(total)}${left}`
		rows.push(row('transfer', `${way} ${far}: ${safeText(path)}`))
	}
	rows.push(
		row(
			'last sync',
			last === null
				? 'never'
				: `${agoText(last, nowMs)} (${safeText(last.at)})${last.ok ? '' : ', not complete'}: ${lastSyncText(last)} (${duration(last.duration_ms)})`,
		),
		row(
			'index',
			`${count(totals.files, 'file')}, ${count(totals.folders, 'folder')}, ${count(totals.links, 'link')}, ${bytes(totals.bytes)}; ${watchingText(state)}`,
		),
		row(
			'wire',
			`${count(totals.syncs, 'sync', 'syncs')}, ${bytes(totals.sent_bytes)} sent, ${bytes(totals.received_bytes)} received`,
		),
		row('rates', `up ${bytes(rates.up.at(-1) ?? 0)}/s, down ${bytes(rates.down.at(-1) ?? 0)}/s`),
	)
	return rows
}

/** At most `listed` of `lines`, the newest at the end. */
function some(label: string, lines: readonly string[], what: string): string[] {
	const more = lines.length - listed
	return [
		...(more > 0 ? [row(label, `${count(more, `more ${what}`)} (all of them: --json)`)] : []),
		...lines.slice(-listed).map((line) => row(label, line)),
	]
}

const listRows = ({conflicts, problems, log}: NodeState): string[] => [
	...some(
		'conflict',
		conflicts.map(
			({at, path, copy, winner}) =>
				`${safeText(at)} ${safeText(path)}: ${winner === 'local' ? 'this side' : 'the peer'} keeps the name, the other is kept as ${safeText(copy)}`,
		),
		'conflict',
	),
	...some(
		'problem',
		problems.map(
			({path, side, code, message}) =>
				`${side === 'remote' ? 'peer: ' : ''}${safeText(path)}: ${safeText(message)} [${safeText(code)}]`,
		),
		'problem',
	),
	...some(
		'log',
		log.map(({at, level, text}) => `${safeText(at)} ${level.padEnd(5)} ${safeText(text)}`),
		'line',
	),
]

/**
 * The whole state, one fact a line after its label; times relative to `state.at`. Lines longer than `columns` wrap between words;
 * `Infinity`: none wraps.
 */
export function plainFrame(state: NodeState, columns: number): string {
	const nowMs = Date.parse(state.at) || 0
	const rows = [
		row('device', `${safeText(state.device.name)} (${safeText(state.device.id)})`),
		row('node', `${safeText(state.software)}, pid ${state.pid}, up ${age(sinceMs(state.started, nowMs))}`),
		row('at', safeText(state.at)),
		row('folder', safeText(state.folder)),
		row('config', safeText(state.config)),
		...peerRows(state, nowMs),
		...syncRows(state, nowMs),
		...listRows(state),
	]
	return wrap(rows.join('\n'), columns)
}
