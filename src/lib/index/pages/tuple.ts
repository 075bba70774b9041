// Owns one record as a line of a page: a JSON tuple without seq (the page's header holds those) and without its
// vector (an index into the page's table). Never reads or writes a page.
//
//   [path, kind, vector, racy, disk, was, …state]
//   [path, kind, vector, racy, disk, was, …state, [content, mode]]   where these changed last with other vectors
//   kind   0 file  1 dir  2 symlink  3 gone
//   racy   0 | 1
//   disk   [size, mtimeMs, ctimeMs, ino, mode] | 0        floats as they are: JSON keeps every bit of a double
//   was    [size, hash] | 0
//   state  file: size, mtime, mode, hash | 0    dir: mtime, mode    symlink: mtime, target    gone: since
import type {DiskStamp, Hash, IndexRecord, State} from '../../core/entry.js'
import type {PartVersions} from '../../core/parts.js'
import type {RelPath} from '../../core/paths.js'
import type {VersionVector} from '../../core/versions.js'
import {Damage} from '../store/checks.js'
import type {VectorTable} from './vectors.js'

const kinds = {file: 0, dir: 1, symlink: 2, gone: 3} as const

const isNumber = (value: unknown): value is number => typeof value === 'number'

/**
 * A path that this index stored itself: it was parsed before it came in and its page matches its checksum,
 * so it is not parsed again (that would double the time of a read).
 */
export const storedPath = (path: string): RelPath => path as RelPath

/** One line. Throws RangeError for a number that JSON cannot hold (NaN, ±Infinity): a bug of the caller. */
export function encodeLine(record: IndexRecord, table: VectorTable): string {
	const {path, state, version, parts, disk, was} = record
	const vector = table.indexOf(version)
	const stamp = disk === null ? 0 : [disk.size, disk.mtimeMs, disk.ctimeMs, disk.ino, disk.mode]
	const before = was === null ? 0 : [was.size, was.hash]
	const racy = record.racy ? 1 : 0
	let sum = disk === null ? 0 : disk.size + disk.mtimeMs + disk.ctimeMs + disk.ino + disk.mode
	let tuple: readonly unknown[]
	switch (state.kind) {
		case 'file':
			sum += state.size + state.mtime + state.mode
			tuple = [path, 0, vector, racy, stamp, before, state.size, state.mtime, state.mode, state.hash ?? 0]
			break
		case 'dir':
			sum += state.mtime + state.mode
			tuple = [path, 1, vector, racy, stamp, before, state.mtime, state.mode]
			break
		case 'symlink':
			sum += state.mtime
			tuple = [path, 2, vector, racy, stamp, before, state.mtime, state.target]
			break
		case 'gone':
			sum += state.since
			tuple = [path, 3, vector, racy, stamp, before, state.since]
	}
	if (was !== null) sum += was.size
	if (!Number.isFinite(sum))
		throw new RangeError(`a record holds a number that is not finite: ${JSON.stringify(record)}`)
	return JSON.stringify(parts === undefined ? tuple : [...tuple, partIndexes(parts, table)])
}

/** The vectors of parts as they stand in a table, which gets them. 0: both are that of the record. */
export const partIndexes = (parts: PartVersions | undefined, table: VectorTable): readonly [number, number] | 0 =>
	parts === undefined ? 0 : [table.indexOf(parts.content), table.indexOf(parts.mode)]

/** Throws Damage. */
export function decodeParts(value: unknown, vectors: readonly VersionVector[]): PartVersions | undefined {
	if (value === undefined || value === 0) return undefined
	const [a, b]: readonly unknown[] = Array.isArray(value) ? value : []
	const content = isNumber(a) ? vectors[a] : undefined
	const mode = isNumber(b) ? vectors[b] : undefined
	if (content === undefined || mode === undefined) throw new Damage('the versions of a record are malformed')
	return {content, mode}
}

/** Where the parts stand in a tuple: behind the columns of its state. */
const partsAt: Readonly<Record<State['kind'], number>> = {file: 10, dir: 8, symlink: 8, gone: 7}

/**
 * A line with the hash in it, or undefined where it is not that of a file whose hash is unknown. `kindAt`: where its kind begins,
 * behind the path and its comma.
 */
export function lineWithHash(line: string, kindAt: number, hash: Hash, racy: boolean): string | undefined {
	const unknown = ',0]'
	if (!line.startsWith(`${kinds.file},`, kindAt) || !line.endsWith(unknown)) return undefined
	const racyAt = line.indexOf(',', kindAt + 2) + 1
	return `${line.slice(0, racyAt)}${racy ? 1 : 0}${line.slice(racyAt + 1, -unknown.length)},"${hash}"]`
}

/** Kind and state as columns, for a list that is no page. */
export function stateColumns(state: State): readonly unknown[] {
	switch (state.kind) {
		case 'file':
			return [kinds.file, state.size, state.mtime, state.mode, state.hash ?? 0]
		case 'dir':
			return [kinds.dir, state.mtime, state.mode]
		case 'symlink':
			return [kinds.symlink, state.mtime, state.target]
		case 'gone':
			return [kinds.gone, state.since]
	}
}

/** undefined: not the columns of a state. */
export function decodeState(kind: unknown, a: unknown, b: unknown, c: unknown, d: unknown): State | undefined {
	switch (kind) {
		case kinds.file:
			if (!isNumber(a) || !isNumber(b) || !isNumber(c) || (d !== 0 && typeof d !== 'string')) return undefined
			return {kind: 'file', size: a, mtime: b, mode: c, hash: d === 0 ? null : d}
		case kinds.dir:
			return isNumber(a) && isNumber(b) ? {kind: 'dir', mtime: a, mode: b} : undefined
		case kinds.symlink:
			return isNumber(a) && typeof b === 'string' ? {kind: 'symlink', mtime: a, target: b} : undefined
		case kinds.gone:
			return isNumber(a) ? {kind: 'gone', since: a} : undefined
		default:
			return undefined
	}
}

function decodeDisk(value: unknown): DiskStamp | null | undefined {
	if (value === 0) return null
	if (!Array.isArray(value)) return undefined
	const list: readonly unknown[] = value
	const size = list[0]
	const mtimeMs = list[1]
	const ctimeMs = list[2]
	const ino = list[3]
	const mode = list[4]
	if (!isNumber(size) || !isNumber(mtimeMs) || !isNumber(ctimeMs) || !isNumber(ino) || !isNumber(mode)) return undefined
	return {size, mtimeMs, ctimeMs, ino, mode}
}

function decodeWas(value: unknown): IndexRecord['was'] | undefined {
	if (value === 0) return null
	if (!Array.isArray(value)) return undefined
	const [size, hash]: readonly unknown[] = value
	return isNumber(size) && typeof hash === 'string' ? {size, hash} : undefined
}

/** The record of a parsed line. Throws Damage when it has not the shape above. */
export function decodeTuple(tuple: unknown, vectors: readonly VersionVector[], seq: number): IndexRecord {
	if (!Array.isArray(tuple)) throw new Damage('a record is not a tuple')
	// By index: taking it apart by its iterator is slow until V8 has optimised it, which is late.
	const columns: readonly unknown[] = tuple
	const path = columns[0]
	const vector = columns[2]
	const state = decodeState(columns[1], columns[6], columns[7], columns[8], columns[9])
	const disk = decodeDisk(columns[4])
	const was = decodeWas(columns[5])
	const version = isNumber(vector) ? vectors[vector] : undefined
	if (
		typeof path !== 'string' ||
		state === undefined ||
		disk === undefined ||
		was === undefined ||
		version === undefined
	)
		throw new Damage('a record is malformed')
	const parts = decodeParts(columns[partsAt[state.kind]], vectors)
	return {path: storedPath(path), state, version, parts, seq, disk, racy: columns[3] === 1, was}
}

/** The path of a line alone; it is parsed whole, a prefix cut would have to know JSON's escapes. */
export function pathOfTuple(tuple: unknown): RelPath {
	const path: unknown = Array.isArray(tuple) ? tuple[0] : undefined
	if (typeof path !== 'string') throw new Damage('a record has no path')
	return storedPath(path)
}
