// What a look at a disk shows of many paths, as columns: plain numbers that cross threads and are hashed without an object each.

/** Row i of every column is the i-th path. */
export interface SeenRows {
	/** All paths, sorted by `<`, joined by NUL. */
	readonly paths: string
	/** See `entryKinds` (batch.ts); nothing is gone. */
	readonly kinds: Uint8Array
	/** 0o777 bits. */
	readonly mode: Uint16Array
	readonly size: Float64Array
	readonly mtimeMs: Float64Array
	readonly ctimeMs: Float64Array
	readonly ino: Float64Array
	/** [row, link target], rising. */
	readonly targets: readonly (readonly [row: number, target: string])[]
}
