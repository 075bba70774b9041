// Frames that carry contents: a pack of many small files, or a piece of a large one. Raw bytes behind a small header.
import * as v from 'valibot'
import type {Hash} from '../core/entry.js'
import {wireLimits} from './codes.js'
import {isHash} from './entries.js'
import {protocolFault} from './fault.js'
import {counter, decodeJson, toJson} from './json.js'

/** One file of a pack; with a fault it takes no bytes. */
export type PackRow =
	| {readonly id: number; readonly size: number; readonly hash: Hash}
	| {readonly id: number; readonly fault: {readonly code: string; readonly message: string}}

const PackHeader = v.pipe(
	v.array(
		v.union([
			v.tuple([counter, counter, v.custom<string>(isHash, 'not a hash')]),
			v.tuple([
				counter,
				v.pipe(v.string(), v.maxLength(64)),
				v.pipe(v.string(), v.maxLength(4 * wireLimits.text)),
				v.literal(0),
			]),
		]),
	),
	v.maxLength(wireLimits.packFiles),
)

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
	const header = decodeJson(PackHeader, body.subarray(4, 4 + headerBytes), 'pack')
	const contents = body.subarray(4 + headerBytes)
	let bytes = 0
	const rows = header.map((row): PackRow => {
		if (row.length === 4) return {id: row[0], fault: {code: row[1], message: row[2]}}
		bytes += row[1]
		return {id: row[0], size: row[1], hash: row[2]}
	})
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
