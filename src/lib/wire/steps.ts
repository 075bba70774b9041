// The steps of a plan on the wire: the batch of the states that they bring about, and columns for what a step has besides. Each step
// is checked; a bad path spoils its own step only.
//
// All numbers are little-endian. n rows in the batch, k of them with a conflict copy.
//   u32 bytes of the batch, u32 bytes of the copies' paths, u16 k, u16 0
//   the batch (core/entries/batch-bytes.ts)
//   u32 × n   id
//   u8 × n    what to do: see `doing`
//   u16 × k   row of the conflict copy, rising
//   u16 × k   its version, as an index into the vectors of the batch
//   paths of the copies: UTF-8, a NUL between two

import {isUtf8} from 'node:buffer'
import type {EntryBatch} from '../core/entries/batch.js'
import {BatchBuilder} from '../core/entries/batch-builder.js'
import {encodeBatch} from '../core/entries/batch-bytes.js'
import {parseRelPath} from '../core/paths.js'
import {type KeepAs, type PlanStep, stepTo} from '../core/plan/plan.js'
import {countsTooHigh, decodeBatch, type RefusedRow, refusedRow, tooHigh} from './entries.js'
import {protocolFault} from './fault.js'

/** Bring about the state of the row, or leave the disk as it is and take the version. */
const doing = {bring: 0, agree: 1} as const

const headerBytes = 12
/** Bytes of a row in the columns behind the batch, and of a conflict copy in those behind them. */
const rowBytes = 4 + 1
const copyBytes = 2 + 2

/** Encodes at most `wireLimits.rows` steps, which stand in path order. */
export function encodeSteps(steps: readonly PlanStep[]): Uint8Array {
	const builder = new BatchBuilder(steps.length)
	for (const step of steps) builder.addEntry(step)
	const copies: {readonly row: number; readonly version: number; readonly path: string}[] = []
	for (const [row, {keepAs}] of steps.entries())
		if (keepAs !== null) copies.push({row, version: builder.vectorIndex(keepAs.version), path: keepAs.path})
	const batch = encodeBatch(builder.entries())
	const copyPaths = Buffer.from(copies.map(({path}) => path).join('\0'))
	const body = Buffer.allocUnsafeSlow(
		headerBytes + batch.byteLength + rowBytes * steps.length + copyBytes * copies.length + copyPaths.byteLength,
	)
	body.writeUInt32LE(batch.byteLength, 0)
	body.writeUInt32LE(copyPaths.byteLength, 4)
	body.writeUInt16LE(copies.length, 8)
	body.writeUInt16LE(0, 10)
	body.set(batch, headerBytes)
	let at = headerBytes + batch.byteLength
	for (const {id} of steps) at = body.writeUInt32LE(id, at)
	for (const step of steps) at = body.writeUInt8(step.do === 'agree' ? doing.agree : doing.bring, at)
	for (const {row} of copies) at = body.writeUInt16LE(row, at)
	for (const {version} of copies) at = body.writeUInt16LE(version, at)
	body.set(copyPaths, at)
	return body
}

export interface DecodedSteps {
	/** In path order. */
	readonly steps: readonly PlanStep[]
	readonly refused: readonly RefusedRow[]
}

/** The steps that a leader wants carried out here. Throws PROTOCOL for what no honest leader sends. */
export function decodeSteps(bytes: Uint8Array): DecodedSteps {
	const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
	if (body.byteLength < headerBytes || body.readUInt16LE(10) !== 0) throw protocolFault('steps with a wrong header')
	const idsAt = headerBytes + body.readUInt32LE(0)
	if (idsAt > body.byteLength) throw protocolFault('steps whose batch is longer than the frame')
	const {batch, refused: faults} = decodeBatch(body.subarray(headerBytes, idsAt), 'steps')
	const {count} = batch
	const k = body.readUInt16LE(8)
	const doingAt = idsAt + 4 * count
	if (idsAt + rowBytes * count + copyBytes * k + body.readUInt32LE(4) !== body.byteLength)
		throw protocolFault('steps whose columns do not add up')
	const copies = decodeCopies(body.subarray(doingAt + count), k, batch)
	const steps: PlanStep[] = []
	const refused: RefusedRow[] = []
	for (let row = 0; row < count; row++) {
		const id = body.readUInt32LE(idsAt + 4 * row)
		const what = body[doingAt + row]
		if (what !== doing.bring && what !== doing.agree) throw protocolFault('an unknown step')
		const copy = copies.get(row) ?? null
		const fault = faults.get(row)
		if (fault !== undefined) refused.push(refusedRow(batch.pathAt(row), fault, id))
		else if (typeof copy === 'string') refused.push(refusedRow(batch.pathAt(row), copy, id))
		else steps.push(stepAt(batch, row, id, what === doing.agree, copy))
	}
	return {steps, refused}
}

function stepAt(batch: EntryBatch, row: number, id: number, isAgreed: boolean, keepAs: KeepAs | null): PlanStep {
	const path = batch.pathAt(row)
	const state = batch.stateAt(row)
	const version = batch.versionAt(row)
	const parts = batch.partsAt(row)
	return isAgreed
		? {id, do: 'agree', path, state, version, parts, keepAs}
		: stepTo(id, path, state, version, parts, keepAs, path)
}

/** By row: the conflict copy, or why its step is refused. */
function decodeCopies(bytes: Buffer, k: number, {count, columns}: EntryBatch): ReadonlyMap<number, KeepAs | string> {
	const copies = new Map<number, KeepAs | string>()
	const text = bytes.subarray(copyBytes * k)
	if (!isUtf8(text)) throw protocolFault('a conflict copy whose path is not UTF-8')
	const paths = k === 0 && text.byteLength === 0 ? [] : text.toString().split('\0', k + 1)
	if (paths.length !== k) throw protocolFault('steps with another number of conflict copies than paths for them')
	let last = -1
	for (const [i, path] of paths.entries()) {
		const row = bytes.readUInt16LE(2 * i)
		if (row <= last || row >= count) throw protocolFault('a conflict copy of a wrong row')
		last = row
		const version = columns.vectors[bytes.readUInt16LE(2 * (k + i))]
		if (version === undefined) throw protocolFault('a conflict copy without a version')
		const check = parseRelPath(path)
		if (!check.ok) copies.set(row, check.fault)
		else copies.set(row, countsTooHigh(version) ? tooHigh : {path: check.path, version})
	}
	return copies
}
