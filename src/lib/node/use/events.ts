// What is asked of a sync, and what the use-cases tell while they run. Types only.
import type {Direction} from '../../core/plan.js'
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

/** What a listener hears while a sync runs, in this order: connect, scan, compare, transfer, commit. */
export type SyncEvent =
	| RoundEvent
	| {readonly kind: 'phase'; readonly phase: 'connect'}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	| {readonly kind: 'warning'; readonly message: string; readonly advice?: readonly string[]}
	/** The running node carries it out, and goes on with it when this process ends. */
	| {readonly kind: 'handed-over'}
	/** Changes that a push or pull leaves to a sync. */
	| {readonly kind: 'held'; readonly changes: number}

/** What the listening side of a node tells. */
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
	/** What the peer tells of a round that it led, also of one that found nothing to do; seen from this side. */
	| {readonly kind: 'reported'; readonly name: string; readonly result: SyncResult; readonly news: ProblemNews}
	| {readonly kind: 'refused'; readonly address: string; readonly reason: string}
	| {readonly kind: 'warning'; readonly message: string; readonly advice: readonly string[]}
	/** No sync with this peer succeeds, and why: said once until it is over, or fails in another way. */
	| {readonly kind: 'failed'; readonly name: string; readonly message: string; readonly advice: readonly string[]}
	| {readonly kind: 'recovered'; readonly name: string}
	| StartEvent

/** The folder cannot be used yet: the node waits for it, and says so once. */
export type StartEvent =
	| {readonly kind: 'waiting'; readonly code: string; readonly message: string; readonly advice: readonly string[]}
	| {readonly kind: 'opened'}

/** What the dialling side of a node tells. */
export type WatchEvent =
	| {readonly kind: 'connecting'; readonly host: string; readonly port: number}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	/** The peer cannot be reached: said once until it is, or another reason keeps it away. */
	| {readonly kind: 'offline'; readonly message: string; readonly advice: readonly string[]; readonly retryMs: number}
	/** The peer is there, and no sync succeeds: said once until one does. `code`: as in the errors of one-shot commands. */
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
	/** The peer dialled this node, too, and its connection is the one that stays. */
	| {readonly kind: 'yielded'; readonly name: string}
