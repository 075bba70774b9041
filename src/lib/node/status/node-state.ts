// What a running node shows of itself: one plain object, as it crosses the control socket, as `top` draws it and
// `top --json` prints it. Types only; the node's own parts fill it in.
import type {Problem} from '../../core/entry.js'

/** ISO 8601, UTC. */
export type Instant = string

/** How this node stands with its peer. `since`: in this state. */
export type LinkState =
	/** It only listens, and nobody is there. `since`: since the last peer left, or the start. */
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
			/** Of the greeting; null where the peer leads. */
			readonly round_trip_ms: number | null
			/** The peer's clock minus this one; null where the peer leads. */
			readonly clock_offset_ms: number | null
	  }
	/** `since`: offline since. `retry_at` null: it is dialled when something changes. */
	| {
			readonly state: 'offline'
			readonly since: Instant
			readonly reason: string
			readonly advice: readonly string[]
			readonly retry_at: Instant | null
	  }
	/**
	 * No sync succeeds, for another reason than that the peer cannot be reached. `since`: since the first that failed. `retry_at`
	 * null: the peer leads, and tries again.
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

/** A round under way. Counts are those of contents to move, both ways; 0 until they are known. */
export interface RoundState {
	readonly phase: Phase
	readonly since: Instant
	readonly files_done: number
	readonly files_total: number
	readonly bytes_done: number
	readonly bytes_total: number
}

/** One content on its way: a large file, in pieces. */
export interface TransferState {
	readonly path: string
	readonly way: 'up' | 'down'
	readonly bytes_done: number
	readonly bytes_total: number
	readonly since: Instant
}

/** What the last finished round came to, counted as in `sync --json`. */
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
	/** Rises by one with each line of this node. */
	readonly id: number
	readonly at: Instant
	readonly level: 'error' | 'warn' | 'info'
	/** One line; names in it are as they are on the disk: make it safe before it is shown. */
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
	/** HOST:PORT it listens at and dials; null: it does not. */
	readonly listens: string | null
	readonly dials: string | null
	readonly link: LinkState
	/** How changes of the folder are noticed. */
	readonly watching: 'starting' | 'live' | 'polling'
	readonly paused: boolean
	/** Why a sync that is due waits (a tool works in the tree); null: none waits. */
	readonly held: string | null
	/** The folder by the index, and the wire since the start. */
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
	 * Local changes that are still to go out. `checking`: there may be others, because the whole folder is to be looked at (at the start,
	 * after very many changes at once).
	 */
	readonly pending: {readonly changes: number; readonly checking: boolean}
	readonly round: RoundState | null
	readonly transfers: readonly TransferState[]
	/** Bytes per second on the wire, newest last: one number for each of the last 60 seconds at most. */
	readonly rates: {readonly up: readonly number[]; readonly down: readonly number[]}
	/** Of this run, newest last, 100 at most. */
	readonly conflicts: readonly {
		readonly at: Instant
		readonly path: string
		readonly copy: string
		readonly winner: 'local' | 'remote'
	}[]
	/** Of the last round. */
	readonly problems: readonly Problem[]
	readonly last_sync: LastSync | null
	/** Newest last, 500 at most. */
	readonly log: readonly LogLine[]
}

/** What can be asked of a running node beside a sync. */
export type NodeAction = 'sync' | 'pause' | 'resume' | 'clear-log'

/** A running node, in this process or behind its control socket. */
export interface NodeHandle {
	/** True when the node runs inside this process and ends with it. */
	readonly inside: boolean
	/** The newest state, again and again until `signal` is aborted. Ends or throws when the node ends. */
	states(everyMs: number, signal: AbortSignal): AsyncIterable<NodeState>
	/** Rejects with FileSyncError. `sync` resolves when it is begun. */
	act(action: NodeAction): Promise<void>
	/** Lets go of the node; one inside ends. */
	close(): Promise<void>
}
