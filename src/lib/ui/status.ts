// The text of `status`: a pure function of its result.
import type {StatusResult} from '../node/status/status-result.js'
import {bytes, count, duration, relativeTime} from './format.js'
import {countsText} from './present.js'
import {safeText} from './safe.js'

const row = (name: string, value: string): string => `${name.padEnd(13)}${value}`

function certificateRows({certificates}: StatusResult): string[] {
	const line = ({subject, fingerprint, not_after, state, days_left}: StatusResult['certificates']['own']): string => {
		const until = not_after.slice(0, 10)
		const expiry = state === 'expired' ? `EXPIRED on ${until}` : `valid until ${until} (${count(days_left, 'day')})`
		// In two halves: a whole one is wider than a terminal, and users read it aloud to compare.
		const halves = [fingerprint.slice(0, 48), fingerprint.slice(48)].map((half) => `\n${' '.repeat(13)}${half}`)
		return `${safeText(subject)}, ${expiry}${halves.join('')}`
	}
	return [row('own cert', line(certificates.own)), ...certificates.peers.map((peer) => row('peer cert', line(peer)))]
}

const away: Readonly<Record<string, string>> = {
	PEER_MISMATCH: 'shows another certificate',
	PEER_REFUSED: "refuses this device's certificate",
	SELF_CONNECTION: 'is this device itself',
	SAME_FOLDER: 'works on this very folder',
}

function peerRow({peer, config, error}: StatusResult): string {
	if (config.peer === null) {
		const there = peer?.reachable === true ? `; ${safeText(peer.name ?? 'one')} is connected` : ''
		return row('peer', `none configured (serve only)${there}`)
	}
	const address = safeText(config.peer)
	if (peer === null) return row('peer', `${address}, not asked`)
	if (!peer.reachable) return row('peer', `${address}, ${away[error?.code ?? ''] ?? 'does not answer'}`)
	const parts = [peer.name === null ? address : `${safeText(peer.name)} (${address})`, 'answers']
	if (peer.round_trip_ms !== null) parts[1] = `answers in ${peer.round_trip_ms} ms`
	if (peer.clock_offset_ms !== null) parts.push(clock(peer.clock_offset_ms))
	return row('peer', parts.join(', '))
}

const clock = (offsetMs: number): string =>
	Math.abs(offsetMs) < 1000
		? 'clocks agree'
		: `its clock is ${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`

function pendingRows({pending}: StatusResult): string[] {
	if (pending === null) return []
	const rows = [
		row('to do', countsText(pending) || (pending.conflicts.length === 0 ? 'nothing, both sides agree' : '')),
	]
	for (const {path, winner} of pending.conflicts)
		rows.push(
			row('conflict', `${safeText(path)} (${winner === 'local' ? 'this side' : 'the peer'} would keep the name)`),
		)
	for (const {path, side, message, code} of pending.problems)
		rows.push(
			row('problem', `${side === 'remote' ? 'peer: ' : ''}${safeText(path)}: ${safeText(message)} [${safeText(code)}]`),
		)
	return rows
}

/** The running node: whether there is one, its connection and since when, what waits, what failed. */
function nodeRows({running, node}: StatusResult, nowMs: number): string[] {
	if (node === null) return [row('running', running === null ? 'no' : safeText(running))]
	const {link, last_sync: last, held, paused, conflicts, pending, watching} = node
	const ago = (instant: string): string => relativeTime(Date.parse(instant), nowMs)
	const rows = [row('running', `yes, process ${node.pid}, started ${ago(node.started)}; ${watchings[watching]}`)]
	switch (link.state) {
		case 'connected':
			rows.push(
				row(
					'link',
					`connected to ${safeText(link.name)} (${safeText(link.address)}), ${ago(link.since)}; ${link.leader === 'here' ? 'this side' : 'the peer'} leads`,
				),
			)
			break
		case 'offline':
			rows.push(row('link', `OFFLINE, ${ago(link.since)}: ${safeText(link.reason)}`))
			for (const advice of link.advice) rows.push(row('', `try: ${safeText(advice)}`))
			break
		case 'failing':
			rows.push(row('link', `NOT SYNCING, ${ago(link.since)}: ${safeText(link.reason)}`))
			for (const advice of link.advice) rows.push(row('', `try: ${safeText(advice)}`))
			break
		case 'connecting':
			rows.push(row('link', 'connecting'))
			break
		case 'waiting':
			rows.push(row('link', `waits for the peer, ${ago(link.since)}`))
	}
	if (paused) rows.push(row('paused', 'yes; resume in filesync top with p'))
	if (held !== null) rows.push(row('held', safeText(held)))
	if (pending.changes > 0) rows.push(row('waiting', `${count(pending.changes, 'change')} here, not synced yet`))
	else if (pending.checking)
		rows.push(row('waiting', 'the whole folder will be scanned soon: there may be changes here'))
	if (last !== null && !last.ok) rows.push(row('last try', `left something over, ${ago(last.at)}`))
	for (const {path, copy, at} of conflicts.slice(-5))
		rows.push(row('conflict', `${safeText(path)}, ${ago(at)}; the other is kept as ${safeText(copy)}`))
	return rows
}

const watchings = {
	starting: 'begins to watch',
	live: 'sees changes at once',
	polling: 'looks every 15 s, because the system has no more watches',
} as const

/** `nowMs`: milliseconds since 1970, for "5 min ago". */
export function statusText(result: StatusResult, nowMs: number): string {
	const {config, index, last_sync: lastSync} = result
	const rows = [
		row('folder', safeText(config.local_dir)),
		row('config', safeText(config.file)),
		row('listens on', safeText(config.listen)),
		...certificateRows(result),
	]
	if (index !== null)
		rows.push(
			row(
				'index',
				`${count(index.files, 'file')}, ${count(index.folders, 'folder')}, ${count(index.links, 'link')}, ${bytes(index.bytes)}`,
			),
		)
	rows.push(...nodeRows(result, nowMs))
	if (index !== null)
		rows.push(
			row('last sync', lastSync === null ? 'never' : `${relativeTime(Date.parse(lastSync), nowMs)} (${lastSync})`),
		)
	rows.push(peerRow(result), ...pendingRows(result))
	return rows.join('\n')
}
