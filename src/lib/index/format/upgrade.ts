// Brings an index of format 1 to format 2: its pages become batches. A few pages at a time, each batch on the disk before the next, so
// that a process that ends in between leaves an index whose next `open` goes on. What it needs to know is in the pages themselves.
import {isBatch} from '../../core/entries/batch-bytes.js'
import {Interner} from '../../core/entries/vector-table.js'
import {type PageEntry, pageKey} from '../pages/directory.js'
import type {Pages} from '../pages/merge.js'
import {type WrittenPage, written} from '../pages/written-page.js'
import type {IndexState} from '../state.js'
import {Damage} from '../store/checks.js'
import type {Store} from '../store/store.js'
import {decodeOldPage} from './old-pages.js'
import {upgradeKey} from './version.js'

/** Pages `from` to below `to` of the directory, those of them that are of format 1 as they are in format 2; undefined: there are none. */
export async function upgraded(
	store: Store,
	{directory, meta}: Pick<IndexState, 'directory' | 'meta'>,
	from: number,
	to: number,
): Promise<Pages | undefined> {
	const entries = directory.slice(from, to)
	const values = await store.getMany(entries.map(({id}) => pageKey(id)))
	const interner = new Interner()
	const pages = new Map<number, WrittenPage>()
	const replaced: PageEntry[] = []
	for (const [i, entry] of entries.entries()) {
		const value = values[i]
		if (value === undefined) throw new Damage('a page of records is missing')
		if (isBatch(value)) continue
		pages.set(entry.id, written(entry.id, decodeOldPage(value, entry.crc, interner)))
		replaced.push(entry)
	}
	if (pages.size === 0) return undefined
	const next = directory.map((entry) => pages.get(entry.id)?.entry ?? entry)
	return {directory: next, written: pages, dropped: new Set(), replaced, nextPage: meta.nextPage}
}

/** All pages are of format 2. */
export const endUpgrade = (store: Store): Promise<void> => store.batch([{key: upgradeKey, value: null}], true)
