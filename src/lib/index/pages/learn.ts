// Owns how hashes that became known are written into pages. A first sync learns one for every file that it sends.

import type {RecordBatch} from '../../core/entries/batch.js'
import {BatchBuilder} from '../../core/entries/batch-builder.js'
import type {Hash} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {IndexState} from '../state.js'
import {type Directory, type PageEntry, positionOf} from './directory.js'
import type {Pages} from './merge.js'
import {type WrittenPage, written} from './written-page.js'

/** The content that a file was found to have; `racy`: look at it again at the next scan. */
export interface LearnedHash {
	readonly path: RelPath
	readonly hash: Hash
	readonly racy: boolean
}

/** Pages read at once. */
const readAhead = 32

/**
 * Writes these hashes (sorted by path) into the records of files that have none yet; all else stays as it is. Returns what
 * changes of the directory, or undefined when nothing does.
 */
export async function learn(
	{directory, meta}: Pick<IndexState, 'directory' | 'meta'>,
	hashes: readonly LearnedHash[],
	read: (entries: readonly PageEntry[]) => Promise<readonly RecordBatch[]>,
): Promise<Pages | undefined> {
	const next = [...directory]
	const pages = new Map<number, WrittenPage>()
	const replaced: PageEntry[] = []
	const groups = groupsOf(directory, hashes)
	for (let i = 0; i < groups.length; i += readAhead) {
		const some = groups.slice(i, i + readAhead)
		const found = await read(some.map(({entry}) => entry))
		for (const [k, {at, entry, from, to}] of some.entries()) {
			const page = found[k]
			const taught = page && withHashes(page, hashes.slice(from, to))
			if (taught === undefined) continue
			const fresh = written(entry.id, taught)
			next[at] = fresh.entry
			replaced.push(entry)
			pages.set(entry.id, fresh)
		}
	}
	if (pages.size === 0) return undefined
	return {directory: next, written: pages, dropped: new Set(), replaced, nextPage: meta.nextPage}
}

/** Which of the hashes belong to which page. */
function groupsOf(
	directory: Directory,
	hashes: readonly LearnedHash[],
): {readonly at: number; readonly entry: PageEntry; readonly from: number; readonly to: number}[] {
	const groups = []
	let at = 0
	for (let from = 0; from < hashes.length; ) {
		at = positionOf(directory, hashes[from]?.path ?? '', at)
		const entry = directory[at]
		if (entry === undefined) break
		const end = directory[at + 1]?.first
		let to = from + 1
		while (to < hashes.length && (end === undefined || (hashes[to]?.path ?? '') < end)) to++
		groups.push({at, entry, from, to})
		from = to
	}
	return groups
}

/** The page with the hashes (in path order) in it; undefined when none of them is wanted. */
function withHashes(page: RecordBatch, hashes: readonly LearnedHash[]): RecordBatch | undefined {
	const builder = new BatchBuilder(page.count)
	builder.copy(page, 0, page.count)
	let isChanged = false
	let row = 0
	for (const {path, hash, racy} of hashes) {
		while (row < page.count && page.pathAt(row) < path) row++
		if (row === page.count) break
		if (page.pathAt(row) === path && builder.learnHash(row, hash, racy)) isChanged = true
	}
	return isChanged ? builder.records() : undefined
}
