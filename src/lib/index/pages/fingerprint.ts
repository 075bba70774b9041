// A fingerprint: all that a look at some paths shows of them, as one hash. Two are equal where `observe` finds nothing new.

import {hash} from 'node:crypto'
import {entryKinds, type RecordBatch, rowFlags} from '../../core/entries/batch.js'
import {BatchBuilder} from '../../core/entries/batch-builder.js'
import type {SeenRows} from '../../core/entries/seen.js'
import {observationVersion} from '../../core/folder/observe.js'

/** Holds what is hashed, since the hash of one piece takes a quarter of the time of one of many. Grows to the largest page. */
let room = new ArrayBuffer(0)

/** 22 base64url characters. Of a folder its mode alone is compared, so the rest is left out. */
export function fingerprintOfRows({paths, kinds, mode, size, mtimeMs, ctimeMs, ino, targets}: SeenRows): string {
	const rows = kinds.length
	let text = `${observationVersion}\0${rows}\0${paths}`
	for (const [row, target] of targets) text += `\0${row}\0${target}`
	const textAt = rows * (4 * 8 + 2 + 1)
	// No more than three bytes for a UTF-16 unit.
	const most = textAt + 3 * text.length
	if (room.byteLength < most) room = new ArrayBuffer(most)
	const stamps = new Float64Array(room, 0, 4 * rows)
	for (const [at, column] of [size, mtimeMs, ctimeMs, ino].entries()) stamps.set(column, at * rows)
	for (let row = kinds.indexOf(entryKinds.dir); row >= 0; row = kinds.indexOf(entryKinds.dir, row + 1))
		for (let at = row; at < stamps.length; at += rows) stamps[at] = 0
	new Uint16Array(room, 4 * 8 * rows, rows).set(mode)
	new Uint8Array(room, (4 * 8 + 2) * rows, rows).set(kinds)
	const end = textAt + Buffer.from(room).write(text, textAt)
	return hash('sha256', new Uint8Array(room, 0, end), 'base64url').slice(0, 22)
}

/**
 * What a look shows of these paths as long as all of them are as recorded, and nothing new stands between them. undefined: a look
 * alone cannot tell, because the content of one of them is to be looked at once more.
 */
export function fingerprintOfRecords(page: RecordBatch): string | undefined {
	const {kinds, flags} = page.columns
	for (let row = 0; row < kinds.length; row++)
		if (kinds[row] !== entryKinds.gone && ((flags[row] ?? 0) & seenBits) !== rowFlags.stamped) return undefined
	const {columns, own} = kinds.includes(entryKinds.gone) ? withoutGone(page) : page
	return fingerprintOfRows({
		paths: columns.paths.join('\0'),
		kinds: columns.kinds,
		mode: own.stampModes,
		size: own.stampSizes,
		mtimeMs: own.stampMtimes,
		ctimeMs: own.stampCtimes,
		ino: own.inos,
		targets: [...columns.targets],
	})
}

const seenBits = rowFlags.racy | rowFlags.stamped

function withoutGone(page: RecordBatch): RecordBatch {
	const {kinds} = page.columns
	const builder = new BatchBuilder(page.count)
	for (let row = 0; row < kinds.length; row++) if (kinds[row] !== entryKinds.gone) builder.copy(page, row, row + 1)
	return builder.records()
}
