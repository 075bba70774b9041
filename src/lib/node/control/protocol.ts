// Messages of the control socket: one JSON object a line. The client sends one request line; all other lines are replies.
// Both ends are programs of one user, so only the version and the shape of a request are checked.
import {FileSyncError, isErrorCode} from '../../errors/index.js'
import type {NodeAction, NodeState} from '../status/node-state.js'
import type {StatusResult} from '../status/status-result.js'
import type {SyncEvent, SyncOptions} from '../use/events.js'
import type {SyncResult} from '../use/sync-result.js'

/** Raised when a message changes its meaning. */
export const controlVersion = 1

/** Longest request line in bytes. */
export const maxRequestBytes = 64 * 1024

export type ControlRequest =
	| {readonly do: 'sync'; readonly options: SyncOptions}
	| {readonly do: 'status'; readonly offline: boolean}
	| {readonly do: 'states'; readonly everyMs: number}
	| {readonly do: 'act'; readonly action: NodeAction}

export type ControlReply =
	| {readonly kind: 'hello'; readonly control: number; readonly software: string}
	| {readonly kind: 'event'; readonly event: SyncEvent}
	| {readonly kind: 'result'; readonly result: SyncResult}
	| {readonly kind: 'status'; readonly status: StatusResult}
	| {readonly kind: 'state'; readonly state: NodeState}
	| {readonly kind: 'done'}
	| {
			readonly kind: 'error'
			readonly code: string
			readonly message: string
			readonly advice: readonly string[]
	  }

export const encodeLine = (value: ControlRequest | ControlReply): string => `${JSON.stringify(value)}\n`

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value)

const actions: ReadonlySet<unknown> = new Set<NodeAction>(['sync', 'pause', 'resume', 'clear-log'])
const isAction = (value: unknown): value is NodeAction => actions.has(value)
const isDirection = (value: unknown): value is SyncOptions['direction'] =>
	value === 'both' || value === 'push' || value === 'pull'

/** Parses a request line; undefined: this version knows no such request. */
export function parseRequest(line: string): ControlRequest | undefined {
	let value: unknown
	try {
		value = JSON.parse(line)
	} catch {
		return undefined
	}
	if (!isRecord(value)) return undefined
	switch (value['do']) {
		case 'sync': {
			const {options} = value
			if (!isRecord(options) || !isDirection(options['direction'])) return undefined
			const {direction, force, dryRun, allowDeletes, firstSync, verbose} = options
			return {
				do: 'sync',
				options: {
					direction,
					force: force === true,
					dryRun: dryRun === true,
					allowDeletes: allowDeletes === true,
					firstSync: firstSync === true,
					verbose: verbose === true,
				},
			}
		}
		case 'status':
			return {do: 'status', offline: value['offline'] === true}
		case 'states': {
			const {everyMs} = value
			return typeof everyMs === 'number' && everyMs >= 50 && everyMs <= 60_000 ? {do: 'states', everyMs} : undefined
		}
		case 'act':
			return isAction(value['action']) ? {do: 'act', action: value['action']} : undefined
		default:
			return undefined
	}
}

/** Parses a reply of a node whose hello had the right version. Throws SyntaxError. */
export const parseReply = (line: string): ControlReply => JSON.parse(line) as ControlReply

export function errorReply(error: unknown): ControlReply {
	const known = error instanceof FileSyncError ? error : undefined
	return {
		kind: 'error',
		code: known?.code ?? 'INTERNAL',
		message: known?.message ?? String(error),
		advice: known?.advice ?? [],
	}
}

export const errorOf = ({code, message, advice}: Extract<ControlReply, {kind: 'error'}>): FileSyncError =>
	new FileSyncError(isErrorCode(code) ? code : 'INTERNAL', message, advice)
