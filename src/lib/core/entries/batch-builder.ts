// Builds batches: from entries, records, rows of a look at the disk, and rows of other batches. Pure.

import {microseconds, ordinaryModes} from '../folder/observe.js'
import type {RelPath} from '../paths.js'
import {
	EntryBatch,
	type EntryColumns,
	entryKinds,
	hashBytes,
	RecordBatch,
	type RecordColumns,
	rowFlags,
} from './batch.js'
import type {Entry, Hash, IndexRecord} from './entry.js'
import type {SeenRows} from './seen.js'
import {VectorTable} from './vector-table.js'
import type {VersionVector} from './versions.js'

interface OwnColumns extends RecordColumns {
	readonly was: Map<number, {readonly size: number; readonly hash: Hash}>
}

const noHashes = Buffer.alloc(0)

const numbers = (rows: number): Float64Array => new Float64Array(rows)

/** What new rows have in common. `keepsModes`: as for `stateOf`. */
export interface NewRows {
	readonly version: VersionVector
	readonly firstSeq: number
	readonly keepsModes: boolean
}

/** Builds a batch of up to `room` rows. Add rows in path order, then call `entries` or `records` once. */
export class BatchBuilder {
	readonly #table = new VectorTable()
	readonly #paths: RelPath[] = []
	readonly #kinds: Uint8Array
	readonly #flags: Uint8Array
	readonly #modes: Uint16Array
	readonly #sizes: Float64Array
	readonly #mtimes: Float64Array
	readonly #versions: Uint32Array
	/** Empty until the first hash comes. */
	#hashes = noHashes
	readonly #targets = new Map<number, string>()
	readonly #parts = new Map<number, readonly [number, number]>()
	#own: OwnColumns | undefined
	readonly #room: number
	#rows = 0

	constructor(room: number) {
		this.#room = room
		this.#kinds = new Uint8Array(room)
		this.#flags = new Uint8Array(room)
		this.#modes = new Uint16Array(room)
		this.#sizes = numbers(room)
		this.#mtimes = numbers(room)
		this.#versions = new Uint32Array(room)
	}

	get count(): number {
		return this.#rows
	}

	/** '' before the first row. */
	get lastPath(): RelPath | '' {
		return this.#paths.at(-1) ?? ''
	}

	/** The index of a vector in the batch's table, for columns that stand beside the batch. Added where no row has it. */
	vectorIndex(vector: VersionVector): number {
		return this.#table.indexOf(vector)
	}

	/** Throws RangeError where the batch is full or a number is not finite. */
	addEntry({path, state, version, parts}: Entry): void {
		const row = this.#begin(path)
		this.#kinds[row] = entryKinds[state.kind]
		this.#versions[row] = this.#table.indexOf(version)
		if (parts !== undefined) this.#parts.set(row, [this.#table.indexOf(parts.content), this.#table.indexOf(parts.mode)])
		switch (state.kind) {
			case 'file':
				this.#put(row, state.size, state.mtime, state.mode)
				if (state.hash !== null) this.#putHash(row, state.hash)
				break
			case 'dir':
				this.#put(row, 0, state.mtime, state.mode)
				break
			case 'symlink':
				this.#put(row, 0, state.mtime, 0)
				this.#targets.set(row, state.target)
				break
			case 'gone':
				this.#put(row, state.since, 0, 0)
		}
	}

	/** As `addEntry`. */
	addRecord(record: IndexRecord): void {
		const {disk, racy, was, seq} = record
		if (disk !== null && !Number.isFinite(disk.size + disk.mtimeMs + disk.ctimeMs + disk.ino))
			throw new RangeError(`a record holds a number that is not finite: ${JSON.stringify(record)}`)
		const own = this.#ownColumns()
		const row = this.#rows
		this.addEntry(record)
		own.seqs[row] = seq
		let flags = this.#flags[row] ?? 0
		if (racy) flags |= rowFlags.racy
		if (was !== null) own.was.set(row, was)
		if (disk !== null) {
			flags |= rowFlags.stamped
			own.stampSizes[row] = disk.size
			own.stampMtimes[row] = disk.mtimeMs
			own.stampCtimes[row] = disk.ctimeMs
			own.inos[row] = disk.ino
			own.stampModes[row] = disk.mode
		}
		this.#flags[row] = flags
	}

	/**
	 * Rows of a look at the disk, of which none has a record yet, with these numbers from `firstSeq` on; each becomes what `stateOf`
	 * says of it. No object is made. Throws RangeError where the batch has not room for them.
	 */
	addSeen(rows: SeenRows, {version, firstSeq, keepsModes}: NewRows): void {
		const {kinds, mode, size, mtimeMs, ctimeMs, ino, targets} = rows
		const count = kinds.length
		if (count === 0) return
		const at = this.#rows
		if (at + count > this.#room) throw new RangeError(`more than ${this.#room} rows in a batch`)
		const own = this.#ownColumns()
		for (const path of rows.paths.split('\0')) this.#paths.push(path as RelPath)
		this.#kinds.set(kinds, at)
		this.#flags.fill(rowFlags.stamped, at, at + count)
		this.#versions.fill(this.#table.indexOf(version), at, at + count)
		own.stampSizes.set(size, at)
		own.stampMtimes.set(mtimeMs, at)
		own.stampCtimes.set(ctimeMs, at)
		own.inos.set(ino, at)
		own.stampModes.set(mode, at)
		for (let row = 0; row < count; row++) {
			const kind = kinds[row]
			own.seqs[at + row] = firstSeq + row
			this.#mtimes[at + row] = microseconds(mtimeMs[row] ?? 0)
			if (kind === entryKinds.file) this.#sizes[at + row] = size[row] ?? 0
			if (kind !== entryKinds.symlink)
				this.#modes[at + row] = keepsModes ? (mode[row] ?? 0) : ordinaryModes[kind === entryKinds.file ? 'file' : 'dir']
		}
		for (const [row, target] of targets) this.#targets.set(at + row, target)
		this.#rows = at + count
	}

	/** Rows `from` to below `to` of another batch, as they are. No object is made. */
	copy(batch: RecordBatch, from: number, to: number): void {
		if (to <= from) return
		const at = this.#rows
		if (at + to - from > this.#room) throw new RangeError(`more than ${this.#room} rows in a batch`)
		const {columns, own} = batch
		const mine = this.#ownColumns()
		for (let row = from; row < to; row++) this.#paths.push(batch.pathAt(row))
		this.#kinds.set(columns.kinds.subarray(from, to), at)
		this.#flags.set(columns.flags.subarray(from, to), at)
		this.#modes.set(columns.modes.subarray(from, to), at)
		this.#sizes.set(columns.sizes.subarray(from, to), at)
		this.#mtimes.set(columns.mtimes.subarray(from, to), at)
		mine.seqs.set(own.seqs.subarray(from, to), at)
		mine.stampSizes.set(own.stampSizes.subarray(from, to), at)
		mine.stampMtimes.set(own.stampMtimes.subarray(from, to), at)
		mine.stampCtimes.set(own.stampCtimes.subarray(from, to), at)
		mine.inos.set(own.inos.subarray(from, to), at)
		mine.stampModes.set(own.stampModes.subarray(from, to), at)
		if (columns.hashes.length > 0)
			this.#hashColumn().set(columns.hashes.subarray(from * hashBytes, to * hashBytes), at * hashBytes)
		for (let row = from; row < to; row++) this.#versions[at + row - from] = this.#table.indexOf(batch.versionAt(row))
		for (const [row, target] of columns.targets) if (row >= from && row < to) this.#targets.set(at + row - from, target)
		for (const [row, was] of own.was) if (row >= from && row < to) mine.was.set(at + row - from, was)
		for (const row of columns.parts.keys()) {
			const parts = row >= from && row < to ? batch.partsAt(row) : undefined
			if (parts !== undefined)
				this.#parts.set(at + row - from, [this.#table.indexOf(parts.content), this.#table.indexOf(parts.mode)])
		}
		this.#rows = at + to - from
	}

	/** The hash of a file that has none became known. False: the row is no such file, and nothing changes. */
	learnHash(row: number, hash: Hash, racy: boolean): boolean {
		const flags = this.#flags[row] ?? rowFlags.hashed
		if (this.#kinds[row] !== entryKinds.file || (flags & rowFlags.hashed) !== 0) return false
		this.#flags[row] = racy ? flags | rowFlags.racy : flags & ~rowFlags.racy
		this.#putHash(row, hash)
		return true
	}

	/** The batch without what only this device knows. The builder is not used after it. */
	entries(): EntryBatch {
		return new EntryBatch(this.#columns())
	}

	/** The batch of the rows that `addRecord` and `copy` brought. The builder is not used after it. */
	records(): RecordBatch {
		const columns = this.#columns()
		const own = this.#ownColumns()
		const rows = this.#rows
		return new RecordBatch(columns, {
			seqs: own.seqs.subarray(0, rows),
			stampSizes: own.stampSizes.subarray(0, rows),
			stampMtimes: own.stampMtimes.subarray(0, rows),
			stampCtimes: own.stampCtimes.subarray(0, rows),
			inos: own.inos.subarray(0, rows),
			stampModes: own.stampModes.subarray(0, rows),
			was: own.was,
		})
	}

	#columns(): EntryColumns {
		const rows = this.#rows
		return {
			paths: this.#paths,
			kinds: this.#kinds.subarray(0, rows),
			flags: this.#flags.subarray(0, rows),
			modes: this.#modes.subarray(0, rows),
			sizes: this.#sizes.subarray(0, rows),
			mtimes: this.#mtimes.subarray(0, rows),
			hashes: this.#hashes.subarray(0, rows * hashBytes),
			versions: this.#versions.subarray(0, rows),
			vectors: this.#table.vectors,
			targets: this.#targets,
			parts: this.#parts,
		}
	}

	#ownColumns(): OwnColumns {
		const room = this.#room
		this.#own ??= {
			seqs: numbers(room),
			stampSizes: numbers(room),
			stampMtimes: numbers(room),
			stampCtimes: numbers(room),
			inos: numbers(room),
			stampModes: new Uint16Array(room),
			was: new Map(),
		}
		return this.#own
	}

	#begin(path: RelPath): number {
		if (this.#rows === this.#room) throw new RangeError(`more than ${this.#room} rows in a batch`)
		this.#paths.push(path)
		return this.#rows++
	}

	#put(row: number, size: number, mtime: number, mode: number): void {
		if (!Number.isFinite(size + mtime)) throw new RangeError(`a number of ${this.#paths[row]} is not finite`)
		this.#sizes[row] = size
		this.#mtimes[row] = mtime
		this.#modes[row] = mode
	}

	#putHash(row: number, hash: Hash): void {
		this.#hashColumn().write(hash, row * hashBytes, hashBytes, 'base64url')
		this.#flags[row] = (this.#flags[row] ?? 0) | rowFlags.hashed
	}

	#hashColumn(): Buffer {
		if (this.#hashes.length === 0) this.#hashes = Buffer.alloc(this.#room * hashBytes)
		return this.#hashes
	}
}

/** These records, which stand in path order, as a batch. */
export function batchOf(records: readonly IndexRecord[]): RecordBatch {
	const builder = new BatchBuilder(records.length)
	for (const record of records) builder.addRecord(record)
	return builder.records()
}
