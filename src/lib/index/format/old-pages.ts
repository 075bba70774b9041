// Pages as indexes of format 1 hold them; read once, when such an index is brought to the present format.
//
//   [devices, vectors, seqs]\n
//   tuple,\n
//   tuple                          sorted by path
//
//   tuple  [path, kind, vector, racy, disk, was, …state]
//          [path, kind, vector, racy, disk, was, …state, [content, mode]]   where these changed last with other vectors
//   racy   0 | 1
//   disk   [size, mtimeMs, ctimeMs, ino, mode] | 0
//   was    [size, hash] | 0

import type {RecordBatch} from '../../core/entries/batch.js'
import {BatchBuilder} from '../../core/entries/batch-builder.js'
import type {DiskStamp, IndexRecord, State} from '../../core/entries/entry.js'
import type {Interner} from '../../core/entries/vector-table.js'
import type {VersionVector} from '../../core/entries/versions.js'
import {crc32, Damage, elements, isCount, parseStored} from '../store/checks.js'
import {decodeParts, decodeState, isNumber, storedPath} from './json-states.js'
import {decodeVectors} from './json-vectors.js'

/** A page of format 1. Throws Damage when its bytes do not match `crc`. */
export function decodeOldPage(value: Uint8Array, crc: number, interner: Interner): RecordBatch {
	if (crc32(value) !== crc) throw new Damage('a page of records does not match its checksum')
	const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
	const end = text.indexOf('\n')
	const what = 'the header of a page'
	const [devices, flat, seqs] = elements(parseStored(text.slice(0, end), what), what)
	const numbers = elements(seqs, 'the sequence numbers of a page')
	const vectors = decodeVectors(devices, flat, interner)
	const tuples = elements(parseStored(`[${text.slice(end + 1)}]`, 'a page of records'), 'a page of records')
	if (tuples.length !== numbers.length) throw new Damage('a page holds another number of records than it says')
	const builder = new BatchBuilder(tuples.length)
	for (const [i, tuple] of tuples.entries()) {
		const seq = numbers[i]
		if (!isCount(seq)) throw new Damage('a sequence number is malformed')
		builder.addRecord(decodeTuple(tuple, vectors, seq))
	}
	return builder.records()
}

/** Where the parts stand in a tuple: behind the columns of its state. */
const partsAt: Readonly<Record<State['kind'], number>> = {file: 10, dir: 8, symlink: 8, gone: 7}

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
function decodeTuple(tuple: unknown, vectors: readonly VersionVector[], seq: number): IndexRecord {
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
