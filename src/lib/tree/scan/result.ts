// What a scan hands from thread to thread: plain data, a column for each thing that is seen.

import type {SeenRows} from '../../core/entries/seen.js'
import type {ScannedMounts} from '../../core/folder/mounts.js'

/** A problem on this disk at `path`; `path` is escaped when it cannot be a name. */
export interface ScanProblem {
	readonly path: string
	readonly code: string
	readonly message: string
}

/** All that a scan saw, in path order, and what it could not see. */
export interface ScanResult extends SeenRows {
	/** Rows; `paths` is '' when there are none. */
	readonly count: number
	/** Where the path behind each begins in `paths`, as if one more followed. */
	readonly ends: Uint32Array
	readonly problems: readonly ScanProblem[]
	/** Nothing at or below these paths may be taken as deleted: they could not be looked at. Sorted. */
	readonly unreadable: readonly string[]
	/** Of the last batch alone. */
	readonly mounts: ScannedMounts
	/** FIFOs, sockets and devices. */
	readonly skipped: number
	/** Entries left out by a rule (an ignored folder counts once). */
	readonly ignored: number
}
