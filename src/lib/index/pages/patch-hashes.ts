// Owns how hashes that became known are written into pages: at the end of their lines, without decoding a record. A first sync learns
// one for every file that it sends; a record decoded and encoded again costs ten times as much.
import type {Hash} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {IndexState} from '../state.js'
import {type Directory, entryOf, type PageEntry, positionOf} from './directory.js'
import type {WrittenPage} from './encode-page.js'
import type {Pages} from './merge.js'
import {Page} from './page.js'
import {lineWithHash} from './tuple.js'

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
 * changes of the directory, or undefined when nothing does. What a scan saw of a page stands for it still, unless a file is to be looked
 * at again.
 */
export async function learn(
	{directory, meta}: Pick<IndexState, 'directory' | 'meta'>,
	hashes: readonly LearnedHash[],
	read: (entries: readonly PageEntry[]) => Promise<readonly Page[]>,
	fingerprintOf: (entry: PageEntry) => string | undefined,
): Promise<Pages | undefined> {
	const next = [...directory]
	const written = new Map<number, WrittenPage>()
	const replaced: PageEntry[] = []
	const groups = groupsOf(directory, hashes)
	for (let i = 0; i < groups.length; i += readAhead) {
		const some = groups.slice(i, i + readAhead)
		const pages = await read(some.map(({entry}) => entry))
		for (const [k, {at, entry, from, to}] of some.entries()) {
			const page = pages[k]
			const learned = hashes.slice(from, to)
			const lines = page && patched(page.lines(), learned)
			if (page === undefined || lines === undefined) continue
			const changed = Page.ofLines(lines, page.seqs, page.vectors)
			const value = changed.encode()
			const fresh = entryOf(entry.id, changed, value, entry.counts, entry.oldestGone)
			next[at] = fresh
			replaced.push(entry)
			const fingerprint = learned.some(({racy}) => racy) ? undefined : fingerprintOf(entry)
			written.set(entry.id, {entry: fresh, value, fingerprint})
		}
	}
	if (written.size === 0) return undefined
	return {directory: next, written, dropped: new Set(), replaced, nextPage: meta.nextPage}
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

/** The lines with the hashes in, both in path order; undefined when none of them is wanted. */
function patched(lines: readonly string[], hashes: readonly LearnedHash[]): readonly string[] | undefined {
	let result: string[] | undefined
	let from = 0
	for (const {path, hash, racy} of hashes) {
		const start = `[${JSON.stringify(path)},`
		let at = from
		while (at < lines.length && lines[at]?.startsWith(start) !== true) at++
		if (at === lines.length) continue
		from = at + 1
		const line = lineWithHash(lines[at] ?? '', start.length, hash, racy)
		if (line === undefined) continue
		result ??= [...lines]
		result[at] = line
	}
	return result
}
