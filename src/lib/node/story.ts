// What happens at a node, as lines of its own log for `top` and `status`. Names stay raw: who shows them makes them safe.
import type {ServeEvent, WatchEvent} from './events.js'
import type {Journal} from './journal.js'
import type {SyncResult} from './result.js'
import type {LogLine} from './state.js'

/** Actions of one round that get a line each. */
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

function describeResult(result: SyncResult, journal: Journal): void {
	const {actions = [], problems} = result
	for (const {action, path, from, copy} of actions.slice(0, listed)) {
		const was = from === undefined ? '' : ` (was ${from})`
		const kept = copy === undefined ? '' : ` (the other is kept as ${copy})`
		journal.log(action === 'conflict' ? 'warn' : 'info', `${verbs[action]} ${path}${was}${kept}`)
	}
	if (actions.length > listed) journal.log('info', `… and ${actions.length - listed} more`)
	for (const {path, side, message, code} of problems.slice(0, listed))
		journal.log('error', `${path}${side === 'remote' ? ' (peer)' : ''}: ${message} [${code}]`)
	if (problems.length > listed) journal.log('error', `… and ${problems.length - listed} more problems`)
}

type Line = readonly [level: LogLine['level'], text: string]

/** What the dialling side did. */
export function describeLinkEvent(event: WatchEvent, journal: Journal): void {
	if (event.kind === 'synced') describeResult(event.result, journal)
	else {
		const line = linkLine(event)
		if (line !== undefined) journal.log(...line)
	}
}

function linkLine(event: Exclude<WatchEvent, {kind: 'synced'}>): Line | undefined {
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
		case 'recovered':
			return ['info', `Syncs with ${event.name} again`]
		case 'waiting':
		case 'opened':
			return undefined
		case 'warning':
			return ['warn', event.message]
	}
}

/** What the listening side did. */
export function describeGuestEvent(event: ServeEvent, journal: Journal): void {
	const line = guestLine(event)
	if (line !== undefined) journal.log(...line)
}

function guestLine(event: ServeEvent): Line | undefined {
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
		case 'recovered':
			return ['info', `Syncs with ${event.name} again`]
		case 'waiting':
		case 'opened':
			return undefined
		case 'warning':
			return ['warn', event.message]
	}
}
