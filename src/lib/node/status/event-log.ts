// Events of a node as lines of its log for `top` and `status`. Names stay raw: the code that shows them escapes them.
import type {Problem} from '../../core/entries/entry.js'
import type {ServeEvent, WatchEvent} from '../use/events.js'
import type {SyncResult} from '../use/sync-result.js'
import type {LogLine} from './node-state.js'
import type {ProblemNews} from './problem-news.js'
import type {StatusRecorder} from './status-recorder.js'

/** Lines for the actions of one round at most, and for its conflicts and problems. */
const listed = 20

const verbs = {
	push: '→',
	pull: '←',
	delete_local: '← deleted',
	delete_remote: '→ deleted',
	rename_local: '← renamed',
	rename_remote: '→ renamed',
	metadata_local: '← changed',
	metadata_remote: '→ changed',
	conflict: 'conflict',
} as const

const whereOf = ({path, side}: Problem): string => `${path}${side === 'remote' ? ' (peer)' : ''}`

/** Conflicts come first, so that other actions never crowd them out. A problem is logged when it begins and when it is over. */
function logResult(result: SyncResult, {begun, over}: ProblemNews, recorder: StatusRecorder): void {
	const {actions = [], conflicts} = result
	for (const {path, copy} of conflicts.slice(0, listed))
		recorder.log('warn', `conflict ${path} (the other is kept as ${copy})`)
	if (conflicts.length > listed) recorder.log('warn', `… and ${conflicts.length - listed} more conflicts`)
	const others = actions.filter(({action}) => action !== 'conflict')
	for (const {action, path, from} of others.slice(0, listed))
		recorder.log('info', `${verbs[action]} ${path}${from === undefined ? '' : ` (was ${from})`}`)
	if (others.length > listed) recorder.log('info', `… and ${others.length - listed} more`)
	for (const problem of begun.slice(0, listed))
		recorder.log('error', `${whereOf(problem)}: ${problem.message} [${problem.code}]`)
	if (begun.length > listed) recorder.log('error', `… and ${begun.length - listed} more problems`)
	for (const problem of over.slice(0, listed)) recorder.log('info', `no problem any more: ${whereOf(problem)}`)
	if (over.length > listed) recorder.log('info', `… and ${over.length - listed} more`)
}

type Line = readonly [level: LogLine['level'], text: string]

/** Events that both inbound and outbound connections have; undefined: no line. */
function sharedLine(event: SharedEvent): Line | undefined {
	switch (event.kind) {
		case 'recovered':
			return ['info', `Syncs with ${event.name} again`]
		case 'warning':
			return ['warn', event.message]
		case 'waiting':
		case 'opened':
			return undefined
	}
}

type SharedEvent = Extract<ServeEvent | WatchEvent, {kind: 'recovered' | 'warning' | 'waiting' | 'opened'}>

function outboundLine(event: Exclude<WatchEvent, {kind: 'synced'}>): Line | undefined {
	switch (event.kind) {
		case 'connecting':
			return undefined
		case 'connected':
			return ['info', `Connected to ${event.name}`]
		case 'yielded':
			return ['info', `${event.name} dialled this node; its connection is used`]
		case 'offline':
			return ['warn', `Offline: ${event.message}`]
		case 'failed':
			return ['error', `Sync failed: ${event.message}`]
		default:
			return sharedLine(event)
	}
}

function inboundLine(event: Exclude<ServeEvent, {kind: 'reported'}>): Line | undefined {
	switch (event.kind) {
		case 'ready':
			return ['info', `Listening on port ${event.port}`]
		case 'connected':
			return ['info', `${event.name} connected from ${event.address}`]
		case 'disconnected':
			return ['info', `${event.name} left`]
		case 'synced': {
			const {name, applied, sent, failed} = event
			if (applied + sent + failed === 0) return undefined
			const lost = failed > 0 ? `, ${failed} could not be handled` : ''
			return [failed > 0 ? 'error' : 'info', `Synced with ${name}: ${applied} changes here, ${sent} files sent${lost}`]
		}
		case 'refused':
			return ['warn', `Refused ${event.address}: ${event.reason}`]
		case 'failed':
			return ['error', `Sync with ${event.name} failed: ${event.message}`]
		default:
			return sharedLine(event)
	}
}

/** Logs an event of the outbound connection. */
export function logOutboundEvent(event: WatchEvent, recorder: StatusRecorder): void {
	if (event.kind === 'synced') logResult(event.result, event.news, recorder)
	else logLine(outboundLine(event), recorder)
}

/** Logs an event of the inbound connections. */
export function logInboundEvent(event: ServeEvent, recorder: StatusRecorder): void {
	if (event.kind === 'reported') logResult(event.result, event.news, recorder)
	else logLine(inboundLine(event), recorder)
}

function logLine(line: Line | undefined, recorder: StatusRecorder): void {
	if (line !== undefined) recorder.log(...line)
}
