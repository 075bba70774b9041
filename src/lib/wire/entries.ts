// Index entries on the wire: a batch of columns (core/entries/batch-bytes.ts), and one bounded pass over it for all that a hostile peer could
// put there. A bad path spoils its own row only.

import {EntryBatch, entryKinds} from '../core/entries/batch.js'
import {BatchBuilder} from '../core/entries/batch-builder.js'
import {BatchFault, decodeEntryBatch, encodeBatch} from '../core/entries/batch-bytes.js'
import type {Entry, Hash} from '../core/entries/entry.js'
import {compareVersions, type VersionVector} from '../core/entries/versions.js'
import {limits, parseRelPath, type RelPath} from '../core/paths.js'
import {wireLimits} from './codes.js'
import {protocolFault} from './fault.js'

/** Characters of a bad path that are kept: no honest peer has a longer one. */
const shownPath = limits.pathBytes

/** A row that is refused alone: its path as the peer wrote it, and why. */
export interface RefusedRow {
	readonly path: string
	readonly fault: string
	/** The step's id, where the row is a step. */
	readonly id: number | null
}

/** Microseconds: from the year 1 to 9999, wider than any file system. */
const mtimeBound = {least: -62_135_596_800_000_000, most: 253_402_300_799_000_000} as const

/** Counters are seconds since 1970 or a little more; one near 2^53 could not be counted up any further. */
const maxCounter = 2 ** 48

/** Permission bits that are taken from a peer. */
const modeBits = 0o777

export const tooHigh = 'has a version that counts too high'

const hashPattern = /^[A-Za-z0-9_-]{43}$/

export const isHash = (value: unknown): value is Hash => typeof value === 'string' && hashPattern.test(value)

/** An honest peer may hold such a vector, which it took from another that is not. */
export const countsTooHigh = (vector: VersionVector): boolean => vector.some(([, counter]) => counter > maxCounter)

/** These entries, or steps, which stand in path order, as the bytes of a batch. At most `wireLimits.rows`. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
	const builder = new BatchBuilder(entries.length)
	for (const entry of entries) builder.addEntry(entry)
	return encodeBatch(builder.entries())
}

export interface CheckedBatch {
	/** All rows that came, in path order. Only those that are not refused hold what an entry may hold. */
	readonly batch: EntryBatch
	/** Why a row is refused: reads on after "the path". Empty nearly always. */
	readonly refused: ReadonlyMap<number, string>
}

/** `what` names the frame. Throws PROTOCOL for what no honest peer sends. */
export function decodeBatch(body: Uint8Array, what: string): CheckedBatch {
	const batch = parsedBatch(body, what)
	const {paths, sizes, mtimes, modes, versions, vectors, targets, kinds} = batch.columns
	for (const vector of vectors)
		if (vector.length > wireLimits.devices) throw protocolFault('a version of too many devices')
	const high = vectors.map(countsTooHigh)
	const isAnyHigh = high.includes(true)
	const refused = new Map<number, string>()
	let last: string | undefined
	for (const [row, path] of paths.entries()) {
		if (last !== undefined && path <= last) throw protocolFault(`${what} that are not in path order`)
		last = path
		if (!Number.isSafeInteger(sizes[row])) throw protocolFault('an entry with a wrong size')
		const mtime = mtimes[row] ?? Number.NaN
		if (!Number.isInteger(mtime) || mtime < mtimeBound.least || mtime > mtimeBound.most)
			throw protocolFault('an entry with a wrong mtime')
		const keepsMode = kinds[row] === entryKinds.file || kinds[row] === entryKinds.dir
		modes[row] = keepsMode ? (modes[row] ?? 0) & modeBits : 0
		const check = parseRelPath(path)
		if (!check.ok) refused.set(row, check.fault)
		else if (isAnyHigh && high[versions[row] ?? 0] === true) refused.set(row, tooHigh)
	}
	for (const target of targets.values())
		if (target === '' || target.includes('\0') || Buffer.byteLength(target) > wireLimits.targetBytes)
			throw protocolFault('a link with a wrong target')
	return {batch: withoutWrongParts(batch, high), refused}
}

function parsedBatch(body: Uint8Array, what: string): EntryBatch {
	try {
		return decodeEntryBatch(body, {mostRows: wireLimits.rows})
	} catch (error) {
		if (error instanceof BatchFault) throw protocolFault(`${what} whose batch of entries ${error.message}`)
		throw error
	}
}

/**
 * Parts must be at or before the version of the entry. Others, and those with a counter that is too high, are dropped (the entry counts
 * as edited whole): else an edit of this side could be taken for one that the peer already had.
 */
function withoutWrongParts(batch: EntryBatch, high: readonly boolean[]): EntryBatch {
	const {columns} = batch
	const isPart = (part: number, version: VersionVector): boolean => {
		const vector = columns.vectors[part]
		if (vector === undefined || high[part] === true) return false
		const order = compareVersions(vector, version)
		return order === 'before' || order === 'equal'
	}
	const parts = [...columns.parts].filter(([row, [content, mode]]) => {
		const version = batch.versionAt(row)
		return isPart(content, version) && isPart(mode, version)
	})
	return parts.length === columns.parts.size ? batch : new EntryBatch({...columns, parts: new Map(parts)})
}

export interface DecodedEntries {
	/** Rows in path order; those of `refused`, and of tombstones that were dropped, are missing from `entries` only. */
	readonly batch: EntryBatch
	readonly entries: readonly Entry[]
	readonly refused: readonly RefusedRow[]
}

/** The body of a `records` or `looked` frame. A tombstone of a path that cannot be here is dropped: nothing is to be done for it. */
export function decodeEntries(body: Uint8Array): DecodedEntries {
	const {batch, refused: faults} = decodeBatch(body, 'index records')
	if (faults.size === 0) return {batch, entries: batch.entries(), refused: []}
	const entries: Entry[] = []
	const refused: RefusedRow[] = []
	for (const [row, path] of batch.columns.paths.entries()) {
		const fault = faults.get(row)
		if (fault === undefined) entries.push(batch.entryAt(row))
		else if (fault === tooHigh || batch.columns.kinds[row] !== entryKinds.gone)
			refused.push(refusedRow(path, fault, null))
	}
	return {batch, entries, refused}
}

/** A row that is refused, as it is told to people and to the peer. */
export const refusedRow = (path: string, fault: string, id: number | null): RefusedRow => ({
	path: path.slice(0, shownPath),
	fault,
	id,
})

/** Lists of checked paths in small bodies; one bad path spoils the frame, because the answer is in the same order. */
export function parsePaths(paths: readonly string[], what: string): readonly RelPath[] {
	return paths.map((path) => {
		const check = parseRelPath(path)
		if (!check.ok) throw protocolFault(`a ${what} for a path that ${check.fault}`)
		return check.path
	})
}
