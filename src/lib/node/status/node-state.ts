// The state of a running node: one plain object, sent over the control socket, drawn by `top` and printed by `top --json`. Types only.
import type {Problem} from '../../core/entries/entry.js'

/** ISO 8601, UTC. */
export type Instant = string

/** The connection to the peer. `since`: when this state began. */
export type LinkState =
	/** It only listens, and no peer is connected. `since`: when the last peer left, or the start. */
	| {readonly state: 'waiting'; readonly since: Instant}
	| {readonly state: 'connecting'; readonly since: Instant}
	| {
			readonly state: 'connected'
			readonly since: Instant
			readonly name: string
			readonly address: string
			/** SHA-256, shown as `AB:CD:…`. */
			readonly fingerprint: string
			/** Who leads the rounds: the side that dialled. */
			readonly leader: 'here' | 'peer'
			/** Measured at the greeting; null if the peer leads. */
			readonly round_trip_ms: number | null
			/** The peer's clock minus this one; null if the peer leads. */
			readonly clock_offset_ms: number | null
	  }
	/** The peer cannot be reached. `retry_at` null: it is dialled when something changes. */
	| {
			readonly state: 'offline'
			readonly since: Instant
			readonly reason: string
			readonly advice: readonly string[]
			readonly retry_at: Instant | null
	  }
	/**
	 * The peer can be reached, but no sync succeeds. `since`: when the first one failed. `retry_at` null: the peer leads and tries again.
	 */
	| {
			readonly state: 'failing'
			readonly since: Instant
			readonly code: string
			readonly reason: string
			readonly advice: readonly string[]
			readonly retry_at: Instant | null
	  }

export type Phase = 'connect' | 'scan' | 'compare' | 'transfer' | 'commit'

/** The running round. Counts of contents to transfer, both ways; 0 until they are known. */
export interface RoundState {
	readonly phase: Phase
	readonly since: Instant
	readonly files_done: number
	readonly files_total: number
	readonly bytes_done: number
	readonly bytes_total: number
}

/** A large file that is being transferred in pieces. */
export interface TransferState {
	readonly path: string
	readonly way: 'up' | 'down'
	readonly bytes_done: number
	readonly bytes_total: number
	readonly since: Instant
}

/** Result of the last finished round, counted as in `sync --json`. */
export interface LastSync {
	readonly at: Instant
	readonly ok: boolean
	readonly pushed: number
	readonly pulled: number
	readonly deleted_local: number
	readonly deleted_remote: number
	readonly renamed: number
	readonly metadata: number
	readonly conflicts: number
	readonly duration_ms: number
}

export interface LogLine {
	/** Number of the line since the node started. */
	readonly id: number
	readonly at: Instant
	readonly level: 'error' | 'warn' | 'info'
	/** One line. Names in it are raw: escape it before it is shown. */
	readonly text: string
}

export interface NodeState {
	readonly at: Instant
	readonly started: Instant
	readonly pid: number
	readonly software: string
	readonly device: {readonly id: string; readonly name: string}
	readonly folder: string
	readonly config: string
	/** HOST:PORT at which it listens, and which it dials; null: it does not. */
	readonly listens: string | null
	readonly dials: string | null
	readonly link: LinkState
	/** How changes in the folder are detected. */
	readonly watching: 'starting' | 'live' | 'polling'
	readonly paused: boolean
	/** Why a due sync waits (a version control tool works in the folder); null: none waits. */
	readonly held: string | null
	/** Entries in the index, and traffic since the start. */
	readonly totals: {
		readonly files: number
		readonly folders: number
		readonly links: number
		readonly bytes: number
		readonly syncs: number
		readonly sent_bytes: number
		readonly received_bytes: number
	}
	/**
	 * Local changes that the peer does not have yet. `checking`: there may be more, because a full scan is due (at the start, or after very
	 * many changes at once).
	 */
	readonly pending: {readonly changes: number; readonly checking: boolean}
	readonly round: RoundState | null
	readonly transfers: readonly TransferState[]
	/** Bytes per second on the wire, newest last: one number a second, at most 60. */
	readonly rates: {readonly up: readonly number[]; readonly down: readonly number[]}
	/** Since the start, newest last, at most 100. */
	readonly conflicts: readonly {
		readonly at: Instant
		readonly path: string
		readonly copy: string
		readonly winner: 'local' | 'remote'
	}[]
	/** Of the last round. */
	readonly problems: readonly Problem[]
	readonly last_sync: LastSync | null
	/** Newest last, at most 500. */
	readonly log: readonly LogLine[]
}

/** Actions of a running node besides a sync. */
export type NodeAction = 'sync' | 'pause' | 'resume' | 'clear-log'

/** A running node, in this process or behind its control socket. */
export interface NodeHandle {
	/** True: the node runs inside this process and ends with it. */
	readonly inside: boolean
	/** The current state at an interval until `signal` is aborted. Ends or throws when the node ends. */
	states(everyMs: number, signal: AbortSignal): AsyncIterable<NodeState>
	/** Rejects with FileSyncError. `sync` resolves when the sync has begun. */
	act(action: NodeAction): Promise<void>
	/** Detaches from the node; a node inside this process ends. */
	close(): Promise<void>
}
