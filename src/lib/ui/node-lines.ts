// Events of a node as the lines that `serve` and `watch` print. Pure; escapes all names.
import type {LogLevel} from '../config/index.js'
import type {Problem} from '../core/entries/entry.js'
import type {ProblemNews} from '../node/status/problem-news.js'
import type {ServeEvent, StartEvent, WatchEvent} from '../node/use/events.js'
import type {SyncResult} from '../node/use/sync-result.js'
import {count, duration} from './format.js'
import {actionLine, countsText} from './present.js'
import {safeText} from './safe.js'

/** Actions of one sync that `watch` lists; more are only counted. */
const listed = 50

const advised = (message: string, advice: readonly string[]): string =>
	[safeText(message), ...advice.map((line) => `  try: ${safeText(line)}`)].join('\n')

/** A line of `serve`. The three lines of `ready` are a contract with users' scripts. */
export function serveText(event: ServeEvent): string {
	switch (event.kind) {
		case 'ready':
			return [
				`Using server certificate: ${safeText(event.certFile)}`,
				'SSL context created with server certificate and peer verification.',
				`Server listening on port ${event.port}...`,
			].join('\n')
		case 'connected':
			return `Connected: ${safeText(event.name)} from ${safeText(event.address)} (${event.fingerprint})`
		case 'disconnected':
			return `Disconnected: ${safeText(event.name)}`
		case 'synced': {
			const failed = event.failed > 0 ? `, ${count(event.failed, 'path')} could not be handled` : ''
			return `Synced with ${safeText(event.name)}: ${count(event.applied, 'change')} here, ${count(event.sent, 'file')} sent${failed} (${duration(event.durationMs)})`
		}
		case 'reported':
			return [...conflictLines(event.result), ...newsLines(event.news)].join('\n')
		case 'refused':
			// The reason may already begin with the address.
			return `Refused ${safeText(event.address)}: ${safeText(event.reason.replace(`${event.address} `, ''))}`
		case 'failed':
			return advised(`Sync with ${event.name} failed: ${event.message}`, event.advice)
		case 'recovered':
			return `Syncs with ${safeText(event.name)} again.`
		case 'warning':
			return advised(`Warning: ${event.message}`, event.advice)
		case 'waiting':
		case 'opened':
			return startText(event)
	}
}

/** Names every conflict, however many other actions there are. */
function conflictLines({conflicts}: SyncResult): string[] {
	const lines = conflicts.slice(0, listed).map((conflict) => actionLine({action: 'conflict', ...conflict}))
	return conflicts.length <= listed ? lines : [...lines, `and ${count(conflicts.length - listed, 'more conflict')}`]
}

/** Problems that are new and problems that are over; those that stay were reported before. */
function newsLines({begun, over}: ProblemNews): string[] {
	const where = ({side, path}: Problem): string => `${side === 'remote' ? 'peer: ' : ''}${safeText(path)}`
	const lines = begun
		.slice(0, listed)
		.map((problem) => `Problem: ${where(problem)}: ${safeText(problem.message)} [${safeText(problem.code)}]`)
	if (begun.length > listed) lines.push(`and ${count(begun.length - listed, 'more problem')}`)
	lines.push(...over.slice(0, listed).map((problem) => `No problem any more: ${where(problem)}`))
	if (over.length > listed) lines.push(`and ${count(over.length - listed, 'more path')}`)
	return lines
}

/** A line while the folder cannot be used yet. */
function startText(event: StartEvent): string {
	return event.kind === 'opened'
		? 'The folder can be used now.'
		: advised(`Waiting for the folder: ${event.message}; trying again by itself`, event.advice)
}

/** A line of `watch`; empty: nothing is printed. */
export function watchText(event: WatchEvent): string {
	switch (event.kind) {
		case 'connecting':
			return `Connecting to ${safeText(event.host)}:${event.port}...`
		case 'yielded':
			return `${safeText(event.name)} dialled this node, too; its connection is used.`
		case 'connected':
			return `Connected to ${safeText(event.name)}. Watching for changes; Ctrl-C ends.`
		case 'offline':
			return advised(`Offline: ${event.message}; trying again by itself`, event.advice)
		case 'failed':
			return advised(`Sync failed: ${event.message}; trying again by itself`, event.advice)
		case 'recovered':
			return `Syncs with ${safeText(event.name)} again.`
		case 'waiting':
		case 'opened':
			return startText(event)
		case 'warning':
			return advised(`Warning: ${event.message}`, event.advice)
		case 'synced': {
			const {actions = [], duration_ms: ms} = event.result
			const counts = countsText(event.result)
			const lines = actions.length <= listed ? actions.map(actionLine) : conflictLines(event.result)
			lines.push(...newsLines(event.news))
			if (counts !== '') lines.push(`Synced: ${counts} (${duration(ms)})`)
			return lines.join('\n')
		}
	}
}

/** The log level of an event. `ready` is always printed, because scripts wait for it. */
export function serveLevel(event: ServeEvent): LogLevel {
	switch (event.kind) {
		case 'ready':
		case 'failed':
			return 'error'
		case 'refused':
		case 'warning':
		case 'waiting':
			return 'warn'
		case 'reported':
			return resultLevel(event)
		default:
			return 'info'
	}
}

/** A conflict or a new problem makes it a warning. */
const resultLevel = ({result, news}: {readonly result: SyncResult; readonly news: ProblemNews}): LogLevel =>
	news.begun.length > 0 || result.conflicts.length > 0 ? 'warn' : 'info'

export function watchLevel(event: WatchEvent): LogLevel {
	switch (event.kind) {
		case 'failed':
			return 'error'
		case 'offline':
		case 'warning':
		case 'waiting':
			return 'warn'
		case 'synced':
			return resultLevel(event)
		default:
			return 'info'
	}
}
