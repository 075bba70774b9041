// The result of `status` in the shape that `--json` prints. Types only.
import type {CertReport} from '../../certs/index.js'
import type {ErrorCode} from '../../errors/index.js'
import type {SyncResult} from '../use/sync-result.js'
import type {NodeState} from './node-state.js'

export interface StatusError {
	readonly code: ErrorCode
	readonly message: string
	readonly try: readonly string[]
}

export interface StatusResult {
	readonly ok: boolean
	readonly config: {
		readonly file: string
		readonly local_dir: string
		readonly state_dir: string
		readonly peer: string | null
		readonly listen: string
	}
	readonly certificates: Pick<CertReport, 'own' | 'peers'>
	/** A description of the FileSync process that holds the folder; null: none does. */
	readonly running: string | null
	/** The state of that process if it is a node that answers. */
	readonly node: NodeState | null
	/** null: another process holds the folder, or it cannot be opened; see `error`. */
	readonly index: {
		readonly device: string
		readonly files: number
		readonly folders: number
		readonly links: number
		readonly bytes: number
	} | null
	/** ISO 8601, or null: never. */
	readonly last_sync: string | null
	readonly peer: {
		readonly reachable: boolean
		readonly name: string | null
		readonly round_trip_ms: number | null
		readonly clock_offset_ms: number | null
	} | null
	/** What a sync would do now, by a dry run. null: not known. */
	readonly pending: Pick<
		SyncResult,
		'pushed' | 'pulled' | 'deleted_local' | 'deleted_remote' | 'renamed' | 'metadata' | 'conflicts' | 'problems'
	> | null
	readonly error: StatusError | null
}
