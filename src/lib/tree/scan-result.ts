// What a scan hands from thread to thread: plain data, a column for each thing that is seen.

/** A problem on this disk at `path`; `path` is escaped when it cannot be a name. */
export interface ScanProblem {
	readonly path: string
	readonly code: string
	readonly message: string
}

/** Codes in `ScanResult.kinds`. */
export const kindCodes = {file: 0, dir: 1, symlink: 2} as const

/** Row i of every column is the i-th path. */
export interface ScanResult {
	readonly count: number
	/** All paths, sorted by `<`, joined by NUL. '' when `count` is 0. */
	readonly paths: string
	readonly kinds: Uint8Array
	/** 0o777 bits. */
	readonly mode: Uint16Array
	readonly size: Float64Array
	readonly mtimeMs: Float64Array
	readonly ctimeMs: Float64Array
	readonly ino: Float64Array
	/** [row, link target], rising. */
	readonly targets: readonly (readonly [row: number, target: string])[]
	readonly problems: readonly ScanProblem[]
	/** Nothing at or below these paths may be taken as deleted: they could not be looked at. Sorted. */
	readonly unreadable: readonly string[]
	/** FIFOs, sockets and devices. */
	readonly skipped: number
	/** Entries left out by a rule (an ignored folder counts once). */
	readonly ignored: number
}
