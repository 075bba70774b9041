// Frames that carry contents: a pack of many small files, or a piece of a large one. Raw bytes behind a small header.
import type {PackRow} from '../core/entry.js'
import {wireLimits} from './codes.js'
import {isHash} from './entries.js'
import {protocolFault} from './fault.js'
import {isCounter, parseJson, toJson} from './json.js'

/** By hand and not by a schema: a row is decoded for every small file. */
function decodeRow(row: unknown): PackRow {
	if (!Array.isArray(row) || !isCounter(row[0])) throw protocolFault('a pack whose row is wrong')
	const [id, size, hash, end]: readonly unknown[] = row
	if (row.length === 3 && isCounter(size) && isHash(hash)) return {id: row[0], size, hash}
	if (row.length !== 4 || end !== 0 || typeof size !== 'string' || typeof hash !== 'string')
		throw protocolFault(`a pack whose row of ${id} is wrong`)
	if (size.length > 64 || hash.length > 4 * wireLimits.text) throw protocolFault('a pack whose fault is too long')
	return {id: row[0], fault: {code: size, message: hash}}
}

/** `[u32 header length][header JSON][contents]`, as parts to be sent one after the other. */
export function encodePack(rows: readonly PackRow[], contents: Uint8Array): readonly Uint8Array[] {
	const header = toJson(
		rows.map((row) => ('fault' in row ? [row.id, row.fault.code, row.fault.message, 0] : [row.id, row.size, row.hash])),
	)
	const length = new Uint8Array(4)
	new DataView(length.buffer).setUint32(0, header.byteLength)
	return [length, header, contents]
}

export interface DecodedPack {
	readonly rows: readonly PackRow[]
	readonly contents: Uint8Array
}

/** The contents are a view into `body`. Their sizes are checked to add up. */
export function decodePack(body: Uint8Array): DecodedPack {
	if (body.byteLength < 4) throw protocolFault('a pack without a header')
	const headerBytes = new DataView(body.buffer, body.byteOffset).getUint32(0)
	if (headerBytes > body.byteLength - 4) throw protocolFault('a pack whose header is longer than the frame')
	const header = parseJson(body.subarray(4, 4 + headerBytes), 'pack')
	if (!Array.isArray(header) || header.length > wireLimits.packFiles)
		throw protocolFault('a pack whose header is no list, or too long a one')
	const contents = body.subarray(4 + headerBytes)
	const rows = header.map(decodeRow)
	let bytes = 0
	for (const row of rows) if ('size' in row) bytes += row.size
	if (bytes !== contents.byteLength) throw protocolFault('a pack whose sizes do not add up')
	return {rows, contents}
}

/** `[u32 step id][bytes]`. Step ids stay below 2^32. */
export function encodePiece(id: number, bytes: Uint8Array): readonly Uint8Array[] {
	const head = new Uint8Array(4)
	new DataView(head.buffer).setUint32(0, id)
	return [head, bytes]
}

export function decodePiece(body: Uint8Array): {id: number; bytes: Uint8Array} {
	if (body.byteLength < 5) throw protocolFault('an empty piece of a file')
	if (body.byteLength - 4 > wireLimits.pieceBytes) throw protocolFault('a piece of a file over its limit')
	return {id: new DataView(body.buffer, body.byteOffset).getUint32(0), bytes: body.subarray(4)}
}
