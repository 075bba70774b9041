// Options of a sync, and the events of syncs and nodes. Types only.
import type {Direction} from '../../core/plan/plan.js'
import type {RoundEvent} from '../../sync/events.js'
import type {ProblemNews} from '../status/problem-news.js'
import type {SyncResult} from './sync-result.js'

export interface SyncOptions {
	readonly direction: Direction
	readonly force: boolean
	readonly dryRun: boolean
	readonly allowDeletes: boolean
	readonly firstSync: boolean
	readonly verbose: boolean
}

/** Events of a sync. Its phases come in this order: connect, scan, compare, transfer, commit. */
export type SyncEvent =
	| RoundEvent
	| {readonly kind: 'phase'; readonly phase: 'connect'}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	| {readonly kind: 'warning'; readonly message: string; readonly advice?: readonly string[]}
	/** A running node carries the sync out; it goes on if this process ends. */
	| {readonly kind: 'handed-over'}
	/** Number of changes that a push or pull leaves for a sync. */
	| {readonly kind: 'held'; readonly changes: number}

/** Events of a node's inbound connections. */
export type ServeEvent =
	| {readonly kind: 'ready'; readonly certFile: string; readonly host: string; readonly port: number}
	| {readonly kind: 'connected'; readonly name: string; readonly address: string; readonly fingerprint: string}
	| {readonly kind: 'disconnected'; readonly name: string; readonly reason: string | null}
	| {
			readonly kind: 'synced'
			readonly name: string
			readonly applied: number
			readonly sent: number
			readonly failed: number
			readonly durationMs: number
	  }
	/** The peer's report of a round that it led, as seen from this side; also if there was nothing to do. */
	| {readonly kind: 'reported'; readonly name: string; readonly result: SyncResult; readonly news: ProblemNews}
	| {readonly kind: 'refused'; readonly address: string; readonly reason: string}
	| {readonly kind: 'warning'; readonly message: string; readonly advice: readonly string[]}
	/** Why no sync with this peer succeeds: once until it is over or the reason changes. */
	| {readonly kind: 'failed'; readonly name: string; readonly message: string; readonly advice: readonly string[]}
	| {readonly kind: 'recovered'; readonly name: string}
	| StartEvent

/** The folder cannot be used yet, and the node waits for it. Once. */
export type StartEvent =
	| {readonly kind: 'waiting'; readonly code: string; readonly message: string; readonly advice: readonly string[]}
	| {readonly kind: 'opened'}

/** Events of a node's outbound connection. */
export type WatchEvent =
	| {readonly kind: 'connecting'; readonly host: string; readonly port: number}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	/** The peer cannot be reached: once until it is over or the reason changes. */
	| {readonly kind: 'offline'; readonly message: string; readonly advice: readonly string[]; readonly retryMs: number}
	/** The peer can be reached but no sync succeeds: once until one does. `code`: as in the errors of other commands. */
	| {
			readonly kind: 'failed'
			readonly code: string
			readonly message: string
			readonly advice: readonly string[]
			readonly retryMs: number
	  }
	| {readonly kind: 'recovered'; readonly name: string}
	| StartEvent
	| {readonly kind: 'synced'; readonly result: SyncResult; readonly news: ProblemNews}
	| {readonly kind: 'warning'; readonly message: string; readonly advice: readonly string[]}
	/** The peer dialled this node, too, and that connection stays. */
	| {readonly kind: 'yielded'; readonly name: string}
