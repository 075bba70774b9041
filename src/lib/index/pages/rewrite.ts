// Which pages a rewrite of the whole index takes next, and what it makes of their records. Pure.
import type {RecordBatch} from '../../core/entries/batch.js'
import type {IndexRecord} from '../../core/entries/entry.js'
import type {Directory, PageEntry} from './directory.js'
import type {Op} from './merge.js'

/** The first `most` entries that are `due`. */
export function firstDue(directory: Directory, due: (entry: PageEntry) => boolean, most: number): PageEntry[] {
	const entries: PageEntry[] = []
	for (const entry of directory) {
		if (entries.length === most) break
		if (due(entry)) entries.push(entry)
	}
	return entries
}

/** `change` returns the record itself to leave it, null to remove it. `removed`: how many it removes. */
export function rewritten(
	pages: readonly RecordBatch[],
	change: (record: IndexRecord) => IndexRecord | null,
): {readonly ops: readonly Op[]; readonly removed: number} {
	const ops: Op[] = []
	let removed = 0
	for (const page of pages)
		for (const record of page.records()) {
			const changed = change(record)
			if (changed === record) continue
			ops.push({path: record.path, record: changed})
			if (changed === null) removed++
		}
	return {ops, removed}
}
