// Batches of entries as docs/PROTOCOL.md lays them out, written here once more and without any check: a test can put anything there.

/** kind, size, mtime, mode, extra: the hash of a file (43 characters), or the target of a link. Any of them may be wrong. */
export type StateColumns = readonly [kind: string, size: number, mtime: number, mode: number, extra: string | null]

export interface Row {
	/** Bytes for what is no UTF-8. */
	readonly path: string | Uint8Array
	readonly state: StateColumns
	/** An index into the vectors. */
	readonly version?: number
	readonly parts?: readonly unknown[] | undefined
}

/** In place of what the rows make. */
export interface Bend {
	readonly form?: number
	readonly holds?: number
	readonly rows?: number
	readonly former?: number
	readonly headLength?: number
	readonly pathsLength?: number
	readonly head?: string | Uint8Array
	readonly paths?: Uint8Array
	/** Bytes at the very end. */
	readonly rest?: Uint8Array
}

const kinds: Readonly<Record<string, number>> = {f: 0, d: 1, l: 2, g: 3}
const unknownKind = 9
const headerBytes = 16

const column = (rows: readonly Row[], width: number, put: (bytes: Buffer, at: number, row: Row) => void): Buffer => {
	const bytes = Buffer.alloc(width * rows.length)
	for (const [i, row] of rows.entries()) put(bytes, width * i, row)
	return bytes
}

const isHashed = ({state: [kind, , , , extra]}: Row): boolean => kind !== 'l' && extra !== null

const between = (paths: readonly (string | Uint8Array)[]): Buffer =>
	Buffer.concat(paths.flatMap((path, i) => (i === 0 ? [Buffer.from(path)] : [Buffer.alloc(1), Buffer.from(path)])))

export function batchBytes(rows: readonly Row[], vectors: readonly unknown[], bend: Bend = {}): Buffer {
	const targets = rows.flatMap(({state: [kind, , , , extra]}, i) => (kind === 'l' ? [[i, extra]] : []))
	const parts = rows.flatMap((row, i) => (row.parts === undefined ? [] : [[i, ...row.parts]]))
	const head = Buffer.from(bend.head ?? JSON.stringify([vectors, targets, parts]))
	const paths = Buffer.from(bend.paths ?? between(rows.map(({path}) => path)))
	const hashes = rows.some(isHashed)
		? column(rows, 32, (bytes, at, row) => {
				if (isHashed(row)) bytes.write(row.state[4] ?? '', at, 32, 'base64url')
			})
		: Buffer.alloc(0)
	const header = Buffer.alloc(headerBytes)
	header.writeUInt8(bend.form ?? 1, 0)
	header.writeUInt8(bend.holds ?? (hashes.length > 0 ? 1 : 0), 1)
	header.writeUInt16LE(bend.rows ?? rows.length, 2)
	header.writeUInt16LE(bend.former ?? 0, 4)
	header.writeUInt32LE(bend.headLength ?? head.length, 8)
	header.writeUInt32LE(bend.pathsLength ?? paths.length, 12)
	return Buffer.concat([
		header,
		column(rows, 8, (bytes, at, {state}) => bytes.writeDoubleLE(state[1], at)),
		column(rows, 8, (bytes, at, {state}) => bytes.writeDoubleLE(state[2], at)),
		column(rows, 2, (bytes, at, {state}) => bytes.writeUInt16LE(state[3], at)),
		column(rows, 2, (bytes, at, {version = 0}) => bytes.writeUInt16LE(version, at)),
		column(rows, 1, (bytes, at, {state}) => bytes.writeUInt8(kinds[state[0]] ?? unknownKind, at)),
		column(rows, 1, (bytes, at, row) => bytes.writeUInt8(isHashed(row) ? 1 : 0, at)),
		hashes,
		head,
		paths,
		bend.rest ?? Buffer.alloc(0),
	])
}

export const noEntries = batchBytes([], [])

export interface CopyRow {
	readonly row: number
	readonly version: number
	readonly path: string | Uint8Array
}

export interface StepColumns {
	readonly batch: Uint8Array
	readonly ids: readonly number[]
	readonly doing: readonly number[]
	readonly copies: readonly CopyRow[]
	/** In place of the number of copies, of the bytes of their paths, and of those of the batch. */
	readonly copyCount?: number
	readonly copyBytes?: number
	readonly batchBytes?: number
}

export function stepsBytes({batch, ids, doing, copies, ...bend}: StepColumns): Buffer {
	const u16 = (values: readonly number[]): Buffer => {
		const bytes = Buffer.alloc(2 * values.length)
		for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i)
		return bytes
	}
	const copyPaths = between(copies.map(({path}) => path))
	const header = Buffer.alloc(12)
	header.writeUInt32LE(bend.batchBytes ?? batch.length, 0)
	header.writeUInt32LE(bend.copyBytes ?? copyPaths.length, 4)
	header.writeUInt16LE(bend.copyCount ?? copies.length, 8)
	const idColumn = Buffer.alloc(4 * ids.length)
	for (const [i, id] of ids.entries()) idColumn.writeUInt32LE(id, 4 * i)
	return Buffer.concat([
		header,
		batch,
		idColumn,
		Buffer.from(doing),
		u16(copies.map(({row}) => row)),
		u16(copies.map(({version}) => version)),
		copyPaths,
	])
}
