// Frames that carry contents: a pack of many small files, or a piece of a large one. Raw bytes behind a small header.
import {hashBytes} from '../core/entries/batch.js'
import type {PackRows, RowFaults} from '../core/entries/pack-rows.js'
import {wireLimits} from './codes.js'
import {protocolFault} from './fault.js'
import {isCounter, isText, parseJson, toJson} from './json.js'

/** Bytes of a pack's head, and of a row in its columns: id, size, hash. */
const headBytes = 8
const rowBytes = 4 + 4 + hashBytes

/** The header, little endian, and the contents behind it; see docs/PROTOCOL.md, "Contents". */
export function encodePack({ids, sizes, hashes, faults}: PackRows, contents: Uint8Array): readonly Uint8Array[] {
	const count = ids.length
	const told = faults.length === 0 ? undefined : toJson(faults.map(([row, {code, message}]) => [row, code, message]))
	const faultBytes = told?.byteLength ?? 0
	const header = new Uint8Array(headBytes + count * rowBytes + faultBytes)
	const view = new DataView(header.buffer)
	view.setUint32(0, count, true)
	view.setUint32(4, faultBytes, true)
	for (let row = 0; row < count; row++) {
		view.setUint32(headBytes + 4 * row, ids[row] ?? 0, true)
		view.setUint32(headBytes + 4 * (count + row), sizes[row] ?? 0, true)
	}
	header.set(hashes, headBytes + 8 * count)
	if (told !== undefined) header.set(told, headBytes + count * rowBytes)
	return [header, contents]
}

export interface DecodedPack {
	readonly rows: PackRows
	readonly contents: Uint8Array
}

/** The contents are a view into `body`, the rows are not. Their sizes are checked to add up. */
export function decodePack(body: Uint8Array): DecodedPack {
	if (body.byteLength < headBytes) throw protocolFault('a pack without a header')
	const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
	const count = view.getUint32(0, true)
	if (count > wireLimits.packFiles) throw protocolFault('a pack of too many rows')
	const hashesAt = headBytes + 8 * count
	const faultsAt = headBytes + rowBytes * count
	const contentsAt = faultsAt + view.getUint32(4, true)
	if (contentsAt > body.byteLength) throw protocolFault('a pack whose header is longer than the frame')
	const ids = new Uint32Array(count)
	const sizes = new Uint32Array(count)
	let bytes = 0
	for (let row = 0; row < count; row++) {
		ids[row] = view.getUint32(headBytes + 4 * row, true)
		const size = view.getUint32(headBytes + 4 * (count + row), true)
		sizes[row] = size
		bytes += size
	}
	if (bytes !== body.byteLength - contentsAt) throw protocolFault('a pack whose sizes do not add up')
	const faults = faultsAt === contentsAt ? [] : decodeFaults(body.subarray(faultsAt, contentsAt), sizes)
	// A copy: the frame's memory goes to another thread with the contents, or is shared with other frames.
	const hashes = new Uint8Array(body.subarray(hashesAt, faultsAt))
	return {rows: {ids, sizes, hashes, faults}, contents: body.subarray(contentsAt)}
}

function decodeFaults(body: Uint8Array, sizes: Uint32Array): RowFaults {
	const list = parseJson(body, 'pack')
	if (!Array.isArray(list)) throw protocolFault('a pack whose faults are no list')
	let last = -1
	return list.map((item: unknown) => {
		const [row, code, message]: readonly unknown[] = Array.isArray(item) ? item : []
		if (!isCounter(row) || row <= last || sizes[row] !== 0) throw protocolFault('a pack with a fault of a wrong row')
		if (!isText(code, 64) || !isText(message, 4 * wireLimits.text))
			throw protocolFault('a pack whose fault is wrong, or too long')
		last = row
		return [row, {code, message}] as const
	})
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
