// Many entries as columns: what a page of the index and a frame of records hold. An object is made only for a row that somebody
// asks for. Pure.

import type {RelPath} from '../paths.js'
import type {DiskStamp, Entry, Hash, IndexRecord, PartVersions, State} from './entry.js'
import type {VersionVector} from './versions.js'

/** How the column `kinds` tells them, of a batch and of a scan (seen.ts). */
export const entryKinds = {file: 0, dir: 1, symlink: 2, gone: 3} as const

/** Bits of the column `flags`. */
export const rowFlags = {
	/** A file whose hash is known. */
	hashed: 1,
	/** See `IndexRecord.racy`. */
	racy: 2,
	/** The row has a stamp. */
	stamped: 4,
} as const

/** Bytes of a hash in its column. */
export const hashBytes = 32

/** What only this device knows of its paths. Row i of each column belongs to the i-th path. */
export interface RecordColumns {
	readonly seqs: Float64Array
	/** Those of `DiskStamp`. Zero in a row that is not stamped. */
	readonly stampSizes: Float64Array
	readonly stampMtimes: Float64Array
	readonly stampCtimes: Float64Array
	readonly inos: Float64Array
	readonly stampModes: Uint16Array
	/** `IndexRecord.was`, by row. */
	readonly was: ReadonlyMap<number, {readonly size: number; readonly hash: Hash}>
}

/** Row i of each column belongs to the i-th path. */
export interface EntryColumns {
	/** Sorted by `<`, each once. */
	readonly paths: readonly RelPath[]
	/** See `entryKinds`. */
	readonly kinds: Uint8Array
	/** See `rowFlags`. */
	readonly flags: Uint8Array
	/** 0o777 bits; zero for links and tombstones. */
	readonly modes: Uint16Array
	/** Bytes of a file; of a tombstone `since`. */
	readonly sizes: Float64Array
	/** Microseconds since 1970; zero for tombstones. */
	readonly mtimes: Float64Array
	/** `hashBytes` for each row; empty where no row has a hash. */
	readonly hashes: Uint8Array
	/** Each row's version, as an index into `vectors`. Two bytes each in a batch that came as bytes. */
	readonly versions: Uint16Array | Uint32Array
	readonly vectors: readonly VersionVector[]
	/** Of links, by row. */
	readonly targets: ReadonlyMap<number, string>
	/** Rows whose content and mode changed last with other versions, as indexes into `vectors`. */
	readonly parts: ReadonlyMap<number, readonly [content: number, mode: number]>
}

const vectorAt = (vectors: readonly VersionVector[], index: number | undefined): VersionVector => {
	const vector = index === undefined ? undefined : vectors[index]
	if (vector === undefined) throw new RangeError('a batch of entries without its vectors')
	return vector
}

/** The hash that stands at a row of a column. */
export function hashAt(hashes: Uint8Array, row: number): Hash {
	const at = hashes.byteOffset + row * hashBytes
	return Buffer.from(hashes.buffer, at, hashBytes).toString('base64url')
}

/** Entries in path order. Not changed once it is checked. */
export class EntryBatch {
	readonly columns: EntryColumns

	constructor(columns: EntryColumns) {
		this.columns = columns
	}

	get count(): number {
		return this.columns.paths.length
	}

	/** The path of a row that exists. */
	pathAt(row: number): RelPath {
		const path = this.columns.paths[row]
		if (path === undefined) throw new RangeError(`no row ${row} in a batch of ${this.count}`)
		return path
	}

	versionAt(row: number): VersionVector {
		const {vectors, versions} = this.columns
		return vectorAt(vectors, versions[row])
	}

	partsAt(row: number): PartVersions | undefined {
		const {vectors, parts} = this.columns
		const found = parts.size === 0 ? undefined : parts.get(row)
		return found && {content: vectorAt(vectors, found[0]), mode: vectorAt(vectors, found[1])}
	}

	stateAt(row: number): State {
		const {kinds, flags, sizes, mtimes, modes, hashes, targets} = this.columns
		const size = sizes[row] ?? 0
		const mtime = mtimes[row] ?? 0
		const mode = modes[row] ?? 0
		switch (kinds[row]) {
			case entryKinds.file: {
				const isHashed = ((flags[row] ?? 0) & rowFlags.hashed) !== 0
				return {kind: 'file', size, mtime, mode, hash: isHashed ? hashAt(hashes, row) : null}
			}
			case entryKinds.dir:
				return {kind: 'dir', mtime, mode}
			case entryKinds.symlink:
				return {kind: 'symlink', mtime, target: targets.get(row) ?? ''}
			case entryKinds.gone:
				return {kind: 'gone', since: size}
			default:
				throw new RangeError(`no row ${row} in a batch of ${this.count}`)
		}
	}

	entryAt(row: number): Entry {
		return {
			path: this.pathAt(row),
			state: this.stateAt(row),
			version: this.versionAt(row),
			parts: this.partsAt(row),
		}
	}

	entries(): Entry[] {
		return this.columns.paths.map((_, row) => this.entryAt(row))
	}

	/** The row of `path`, or `~` of the row where it would stand. */
	rowOf(path: string): number {
		const {paths} = this.columns
		let low = 0
		let high = paths.length
		while (low < high) {
			const middle = (low + high) >>> 1
			const there = paths[middle]
			if (there === path) return middle
			if (there !== undefined && there < path) low = middle + 1
			else high = middle
		}
		return ~low
	}
}

/** Rows of the index in path order. Immutable. */
export class RecordBatch extends EntryBatch {
	readonly own: RecordColumns

	constructor(columns: EntryColumns, own: RecordColumns) {
		super(columns)
		this.own = own
	}

	stampAt(row: number): DiskStamp | null {
		const {stampSizes, stampMtimes, stampCtimes, inos, stampModes} = this.own
		if (((this.columns.flags[row] ?? 0) & rowFlags.stamped) === 0) return null
		return {
			size: stampSizes[row] ?? 0,
			mtimeMs: stampMtimes[row] ?? 0,
			ctimeMs: stampCtimes[row] ?? 0,
			ino: inos[row] ?? 0,
			mode: stampModes[row] ?? 0,
		}
	}

	isRacyAt(row: number): boolean {
		return ((this.columns.flags[row] ?? 0) & rowFlags.racy) !== 0
	}

	recordAt(row: number): IndexRecord {
		return {
			path: this.pathAt(row),
			state: this.stateAt(row),
			version: this.versionAt(row),
			parts: this.partsAt(row),
			seq: this.own.seqs[row] ?? 0,
			disk: this.stampAt(row),
			racy: this.isRacyAt(row),
			was: this.own.was.get(row) ?? null,
		}
	}

	records(): IndexRecord[] {
		return this.columns.paths.map((_, row) => this.recordAt(row))
	}
}
