// Owns the directory of pages: which page holds a path, and what a reader may skip without reading it.
// An immutable list in path order; a write makes a new one, so a reader keeps the one it began with.
//
// Keys of the database (`runKey`, `entryKey`; the id is a number in base 36, never used twice):
//   format        the version of all the rest, see format/version.ts
//   u             there while the database is brought to a newer format, see format/upgrade.ts
//   m             seq, device, root and the digest of all `d` and `a`, see meta.ts
//   s             what the last scans saw of whole pages, see fingerprints.ts; not part of the digest
//   i<key>        what a sync under way is about to do, see intents.ts; not part of the digest
//   n, t          notes beside the records: of the last scan, of the trash; see notes.ts; not part of the digest
//   a<device>     the agreement with that peer, see agreements.ts
//   d<id>         directory entry of page <id>: first path, counts, range of seqs, CRC of the page
//   r<id>         the page itself, see written-page.ts
// The id and not the first path is the key, because a path may be longer and stranger than a key should be, and
// because a split or a new first path then touches no other page.
import type {RecordBatch} from '../../core/entries/batch.js'
import type {RelPath} from '../../core/paths.js'
import {storedPath} from '../format/json-states.js'
import {crc32, Damage, elements, isCount, parseStored} from '../store/checks.js'
import {type Counts, Tally} from './counts.js'

/** One page, without its records. Immutable; a changed page is a new entry under the same id. */
export interface PageEntry {
	readonly id: number
	readonly first: RelPath
	readonly count: number
	readonly counts: Counts
	readonly minSeq: number
	readonly maxSeq: number
	/** No tombstone of the page is older than this (seconds since 1970); null without tombstones. A lower bound. */
	readonly oldestGone: number | null
	/** CRC-32 of the page's bytes: an entry and a page of different writes do not go together. */
	readonly crc: number
	/** `markOf` this entry as stored: its share of the digest. */
	readonly mark: number
}

export type Directory = readonly PageEntry[]

const keyOf = (letter: 'd' | 'r', id: number): string => letter + id.toString(36).padStart(8, '0')
export const pageKey = (id: number): string => keyOf('r', id)
export const entryKey = (id: number): string => keyOf('d', id)

/** CRC of a key and its value: what the digest in `m` is made of. */
export const markOf = (key: string, value: string): number => crc32(`${key} ${value}`)

type Unmarked = Omit<PageEntry, 'mark'>

function encode(entry: Unmarked): string {
	const {first, count, counts, minSeq, maxSeq, oldestGone, crc} = entry
	const {files, folders, links, gone, bytes} = counts
	return JSON.stringify([first, count, files, folders, links, gone, bytes, minSeq, maxSeq, oldestGone, crc])
}

/** The value under `entryKey(entry.id)`. */
export const encodeEntry = (entry: PageEntry): string => encode(entry)

/** The entry of a page that is about to be written as `value`. */
export function entryOf(
	id: number,
	page: RecordBatch,
	value: Uint8Array,
	counts: Counts,
	oldestGone: number | null,
): PageEntry {
	let minSeq = Number.MAX_SAFE_INTEGER
	let maxSeq = 0
	for (const seq of page.own.seqs) {
		if (seq > maxSeq) maxSeq = seq
		if (seq < minSeq) minSeq = seq
	}
	const entry = {id, first: page.pathAt(0), count: page.count, counts, minSeq, maxSeq, oldestGone, crc: crc32(value)}
	return {...entry, mark: markOf(entryKey(id), encode(entry))}
}

/** What was stored under an entry's key. Throws Damage. */
export function decodeEntry(key: string, value: string): PageEntry {
	const what = 'an entry of the page directory'
	const [first, ...rest] = elements(parseStored(value, what), what)
	const [count, files, folders, links, gone, bytes, minSeq, maxSeq, oldestGone, crc] = rest
	const id = Number.parseInt(key.slice(1), 36)
	if (
		!isCount(id) ||
		typeof first !== 'string' ||
		!isCount(count) ||
		!isCount(minSeq) ||
		!isCount(maxSeq) ||
		!isCount(crc)
	)
		throw new Damage(`${what} is malformed`)
	if (!isCount(files) || !isCount(folders) || !isCount(links) || !isCount(gone) || typeof bytes !== 'number')
		throw new Damage(`${what} has malformed counts`)
	if (oldestGone !== null && typeof oldestGone !== 'number') throw new Damage(`${what} is malformed`)
	const counts = {files, folders, links, gone, bytes}
	return {id, first: storedPath(first), count, counts, minSeq, maxSeq, oldestGone, crc, mark: markOf(key, value)}
}

/** Position of the page that holds `path` or would take it: the last that does not begin after it. 0 when empty. */
export function positionOf(directory: Directory, path: string, from = 0): number {
	let low = from
	let high = directory.length
	while (low < high) {
		const middle = (low + high) >>> 1
		const entry = directory[middle]
		if (entry !== undefined && entry.first <= path) low = middle + 1
		else high = middle
	}
	return Math.max(low - 1, from)
}

export function countsOf(directory: Directory): Counts {
	const tally = new Tally()
	for (const entry of directory) tally.addAll(entry.counts, 1)
	return tally.counts()
}
