// A batch as bytes: a page of the index, the body of a frame. docs/PROTOCOL.md describes them for other implementations.
//
// All numbers are little-endian. n rows, w of them with a former content (in the index alone).
//   u8 form (1), u8 what (1: hashes, 2: the index's columns), u16 n, u16 w, u16 0, u32 bytes of the head, u32 bytes of the paths
//   f64 × n   size, mtime; with the index's columns also: seq, stamp size, stamp mtime, stamp ctime, inode
//   f64 × w   former size
//   u16 × n   mode, version; with the index's columns also: stamp mode
//   u16 × w   row of the former content, rising
//   u8 × n    kind, flags
//   32 × n    hash, where there are any
//   32 × w    former hash
//   head      JSON in UTF-8: [[[device, counter, …], …], [[row, target], …], [[row, content, mode], …]]
//   paths     UTF-8, a NUL between two of them

import type {RelPath} from '../paths.js'
import {EntryBatch, type EntryColumns, entryKinds, hashAt, hashBytes, RecordBatch, rowFlags} from './batch.js'
import type {Hash} from './entry.js'
import {jsonDepth} from './json-depth.js'
import {type DeviceId, parseDeviceId, type VersionVector} from './versions.js'

const form = 1
const holds = {hashes: 1, own: 2} as const
const headerBytes = 16
/** Rows and vectors are counted in two bytes. */
const maxIndexed = 0xffff
/** Of the JSON of the head. */
const headDepth = 3

/** The bytes are no batch: damage here, or a fault of the peer. `message` reads on after "a batch of entries". */
export class BatchFault extends Error {}

/** A path may begin with a byte order mark. */
const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Bytes that are written, or read, column by column. */
class Columns {
	readonly bytes: Buffer
	#at = headerBytes

	constructor(bytes: Buffer) {
		this.bytes = bytes
	}

	float64(rows: number): Float64Array {
		const column = new Float64Array(this.bytes.buffer, this.#at, rows)
		this.#at += column.byteLength
		return column
	}

	uint16(rows: number): Uint16Array {
		const column = new Uint16Array(this.bytes.buffer, this.#at, rows)
		this.#at += column.byteLength
		return column
	}

	uint8(length: number): Uint8Array {
		const column = new Uint8Array(this.bytes.buffer, this.#at, length)
		this.#at += length
		return column
	}

	text(length: number): string {
		const bytes = this.bytes.subarray(this.#at, this.#at + length)
		this.#at += length
		try {
			return utf8.decode(bytes)
		} catch {
			throw new BatchFault('has a text that is not UTF-8')
		}
	}

	/** From the order of bytes in this machine to that of a batch, or back. Columns of numbers come first. */
	reorder(wide: number, narrow: number): void {
		if (isLittleEndian) return
		this.bytes.subarray(headerBytes, headerBytes + 8 * wide).swap64()
		this.bytes.subarray(headerBytes + 8 * wide, headerBytes + 8 * wide + 2 * narrow).swap16()
	}
}

/** How many numbers of 8 and of 2 bytes stand in a batch. */
const numbersIn = (rows: number, former: number, hasOwn: boolean): {wide: number; narrow: number} => ({
	wide: (hasOwn ? 7 : 2) * rows + former,
	narrow: (hasOwn ? 3 : 2) * rows + former,
})

/** Memory of its own, so that columns are aligned. */
const allocated = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes)

/** The bytes of a batch; of a `RecordBatch` with the index's columns. Throws RangeError for more than 65,535 rows, or vectors. */
export function encodeBatch(batch: EntryBatch): Buffer {
	const {columns, count: rows} = batch
	const own = batch instanceof RecordBatch ? batch.own : undefined
	const former = own === undefined ? [] : [...own.was]
	if (columns.vectors.length > maxIndexed) throw new RangeError(`more than ${maxIndexed} versions in a batch as bytes`)
	const vectors = columns.vectors.map((vector) => vector.flat())
	const parts = [...columns.parts].map(([row, [content, mode]]) => [row, content, mode])
	const head = Buffer.from(JSON.stringify([vectors, [...columns.targets], parts]))
	const paths = Buffer.from(columns.paths.join('\0'))
	const {wide, narrow} = numbersIn(rows, former.length, own !== undefined)
	const hashed = columns.hashes.byteLength
	const tail = 2 * rows + hashed + hashBytes * former.length + head.byteLength + paths.byteLength
	const bytes = allocated(headerBytes + 8 * wide + 2 * narrow + tail)
	bytes.writeUInt8(form, 0)
	bytes.writeUInt8((hashed > 0 ? holds.hashes : 0) | (own === undefined ? 0 : holds.own), 1)
	bytes.writeUInt16LE(rows, 2)
	bytes.writeUInt16LE(former.length, 4)
	bytes.writeUInt16LE(0, 6)
	bytes.writeUInt32LE(head.byteLength, 8)
	bytes.writeUInt32LE(paths.byteLength, 12)
	const out = new Columns(bytes)
	out.float64(rows).set(columns.sizes)
	out.float64(rows).set(columns.mtimes)
	if (own !== undefined) {
		out.float64(rows).set(own.seqs)
		out.float64(rows).set(own.stampSizes)
		out.float64(rows).set(own.stampMtimes)
		out.float64(rows).set(own.stampCtimes)
		out.float64(rows).set(own.inos)
		out.float64(former.length).set(former.map(([, {size}]) => size))
	}
	out.uint16(rows).set(columns.modes)
	out.uint16(rows).set(columns.versions)
	if (own !== undefined) {
		out.uint16(rows).set(own.stampModes)
		out.uint16(former.length).set(former.map(([row]) => row))
	}
	out.uint8(rows).set(columns.kinds)
	out.uint8(rows).set(columns.flags)
	out.uint8(hashed).set(columns.hashes)
	for (const [, {hash}] of former) bytes.write(hash, out.uint8(hashBytes).byteOffset, 'base64url')
	out.uint8(head.byteLength).set(head)
	out.uint8(paths.byteLength).set(paths)
	out.reorder(wide, narrow)
	return bytes
}

export interface DecodeOptions {
	/** Rows, and vectors, at most. */
	readonly mostRows: number
	/** Makes equal vectors one. */
	readonly intern?: (vector: VersionVector) => VersionVector
}

/** Entries as a peer sends them. Throws BatchFault. Whether the paths can stand here is not looked at. */
export function decodeEntryBatch(bytes: Uint8Array, options: DecodeOptions): EntryBatch {
	const batch = decodeBatch(bytes, options)
	if (batch instanceof RecordBatch) throw new BatchFault('has columns that no peer sends')
	return batch
}

/** A page of the index. Throws BatchFault. */
export function decodeRecordBatch(bytes: Uint8Array, options: DecodeOptions): RecordBatch {
	const batch = decodeBatch(bytes, options)
	if (!(batch instanceof RecordBatch)) throw new BatchFault('lacks the columns of the index')
	return batch
}

/** True for bytes that `encodeBatch` may have made: those of an older index begin otherwise. */
export const isBatch = (bytes: Uint8Array): boolean => bytes[0] === form

function decodeBatch(value: Uint8Array, {mostRows, intern = (vector) => vector}: DecodeOptions): EntryBatch {
	if (value.byteLength < headerBytes) throw new BatchFault('is too short')
	const bytes = allocated(value.byteLength)
	bytes.set(value)
	const flags = bytes.readUInt8(1)
	const rows = bytes.readUInt16LE(2)
	const formerRows = bytes.readUInt16LE(4)
	const headLength = bytes.readUInt32LE(8)
	const pathsLength = bytes.readUInt32LE(12)
	const hasOwn = (flags & holds.own) !== 0
	const hashed = (flags & holds.hashes) !== 0 ? hashBytes * rows : 0
	if (bytes[0] !== form || flags > (holds.hashes | holds.own) || bytes.readUInt16LE(6) !== 0)
		throw new BatchFault('has a header of an unknown form')
	if (rows > mostRows) throw new BatchFault(`has more than ${mostRows} rows`)
	if (formerRows > (hasOwn ? rows : 0)) throw new BatchFault('has more former contents than rows')
	const {wide, narrow} = numbersIn(rows, formerRows, hasOwn)
	const fixed = headerBytes + 8 * wide + 2 * narrow + 2 * rows + hashed + hashBytes * formerRows
	if (fixed + headLength + pathsLength !== bytes.byteLength) throw new BatchFault('has columns that do not add up')
	const read = new Columns(bytes)
	read.reorder(wide, narrow)
	const sizes = read.float64(rows)
	const mtimes = read.float64(rows)
	const own = hasOwn
		? {
				seqs: read.float64(rows),
				stampSizes: read.float64(rows),
				stampMtimes: read.float64(rows),
				stampCtimes: read.float64(rows),
				inos: read.float64(rows),
			}
		: undefined
	const formerSizes = read.float64(formerRows)
	const modes = read.uint16(rows)
	const versions = read.uint16(rows)
	const stampModes = read.uint16(hasOwn ? rows : 0)
	const formerAt = read.uint16(formerRows)
	const kinds = read.uint8(rows)
	const rowBits = read.uint8(rows)
	const hashes = read.uint8(hashed)
	const formerHashes = read.uint8(hashBytes * formerRows)
	const head = parseHead(read.text(headLength), rows, mostRows, intern)
	const columns = {
		paths: pathsIn(read.text(pathsLength), rows),
		kinds,
		flags: rowBits,
		modes,
		sizes,
		mtimes,
		hashes,
		versions,
		...head,
	}
	assertRows(columns, hasOwn)
	if (own === undefined) return new EntryBatch(columns)
	const was = new Map<number, {readonly size: number; readonly hash: Hash}>()
	for (const [i, row] of formerAt.entries()) was.set(row, {size: formerSizes[i] ?? 0, hash: hashAt(formerHashes, i)})
	for (const seq of own.seqs) if (!isWhole(seq)) throw new BatchFault('has a sequence number that is none')
	return new RecordBatch(columns, {...own, stampModes, was})
}

const isWhole = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** Paths of one device are sorted; those of a peer are checked by whoever takes them in. */
function pathsIn(text: string, rows: number): readonly RelPath[] {
	const paths = rows === 0 && text === '' ? [] : text.split('\0', rows + 1)
	if (paths.length !== rows) throw new BatchFault('has another number of paths than rows')
	return paths as readonly string[] as readonly RelPath[]
}

/** One pass over the rows: each is what its kind says. */
function assertRows(
	{kinds, flags, sizes, mtimes, versions, vectors, targets, hashes}: EntryColumns,
	hasOwn: boolean,
): void {
	const known = rowFlags.hashed | (hasOwn ? rowFlags.racy | rowFlags.stamped : 0)
	let links = 0
	for (let row = 0; row < kinds.length; row++) {
		const kind = kinds[row] ?? 0
		const bits = flags[row] ?? 0
		if (kind > entryKinds.gone || (bits & ~known) !== 0) throw new BatchFault('has a row of an unknown kind')
		if ((bits & rowFlags.hashed) !== 0 && (kind !== entryKinds.file || hashes.length === 0))
			throw new BatchFault('has a hash where none can be')
		if (!((sizes[row] ?? -1) >= 0) || !Number.isFinite(sizes[row]) || !Number.isFinite(mtimes[row]))
			throw new BatchFault('has a number that is none')
		if ((versions[row] ?? 0) >= vectors.length) throw new BatchFault('has a row without a version')
		if (kind === entryKinds.symlink) {
			links++
			if (!targets.has(row)) throw new BatchFault('has a link without a target')
		}
	}
	if (links !== targets.size) throw new BatchFault('has a target where no link is')
}

type Head = Pick<EntryColumns, 'vectors' | 'targets' | 'parts'>

function parseHead(text: string, rows: number, most: number, intern: (vector: VersionVector) => VersionVector): Head {
	const [vectorRows, targetRows, partRows] = listOf(parsed(text), 3)
	const list = listOf(vectorRows)
	// Of each row its version and those of its parts.
	if (list.length > 3 * most) throw new BatchFault('has too many versions')
	const vectors = list.map((flat) => intern(vectorOf(listOf(flat))))
	const isRow = (row: unknown): row is number => isWhole(row) && row < rows
	const targets = new Map<number, string>()
	for (const item of listOf(targetRows)) {
		const [row, target] = listOf(item, 2)
		if (!isRow(row) || typeof target !== 'string') throw new BatchFault('has a link target that is none')
		targets.set(row, target)
	}
	const parts = new Map<number, readonly [number, number]>()
	for (const item of listOf(partRows)) {
		const [row, content, mode] = listOf(item, 3)
		const isIndex = (index: unknown): index is number => isWhole(index) && index < vectors.length
		if (!isRow(row) || !isIndex(content) || !isIndex(mode)) throw new BatchFault('has versions of parts that are none')
		parts.set(row, [content, mode])
	}
	return {vectors, targets, parts}
}

function parsed(text: string): unknown {
	if (jsonDepth(text) > headDepth) throw new BatchFault('has a head that is nested too deep')
	try {
		return JSON.parse(text)
	} catch {
		throw new BatchFault('has a head that is not JSON')
	}
}

function listOf(value: unknown, length?: number): readonly unknown[] {
	if (!Array.isArray(value) || (length !== undefined && value.length !== length))
		throw new BatchFault('has a head of a wrong shape')
	return value
}

function vectorOf(flat: readonly unknown[]): VersionVector {
	const vector: (readonly [DeviceId, number])[] = []
	let last = ''
	for (let i = 0; i < flat.length; i += 2) {
		const [text, counter] = [flat[i], flat[i + 1]]
		const device = typeof text === 'string' ? parseDeviceId(text) : undefined
		if (device === undefined || device <= last || !isWhole(counter) || counter < 1)
			throw new BatchFault('has a version that is none')
		vector.push([device, counter])
		last = device
	}
	return vector
}
