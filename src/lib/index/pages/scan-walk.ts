// Owns the walk of a scan over the pages: those that a scan saw before are read only when it asks for their records. Never writes.
import type {RecordBatch} from '../../core/entries/batch.js'
import type {RelPath} from '../../core/paths.js'
import type {PageEntry} from './directory.js'
import type {Reader, View} from './reader.js'

/** A page as a scan meets it. */
export interface WalkedPage {
	readonly entry: PageEntry
	readonly first: RelPath
	/** Where the next page begins; undefined: this is the last one. */
	readonly end: RelPath | undefined
	/** Files, folders and links in it. */
	readonly live: number
	/** What a scan showed of it when all of it was as recorded; undefined: not known, or the page was written since. */
	readonly fingerprint: string | undefined
	/** Read already, or when this is called: before the next page is asked for. */
	readonly read: () => Promise<RecordBatch>
}

/** All pages of the view in path order; `fingerprints`: one for each, or undefined. What fails in a read goes through `guard`. */
export async function* walkedPages(
	{directory, snapshot}: View,
	fingerprints: readonly (string | undefined)[],
	reader: Reader,
	guard: <T>(task: () => Promise<T>) => Promise<T>,
): AsyncGenerator<WalkedPage, void, undefined> {
	const unseen = reader.walk(
		directory.filter((_, i) => fingerprints[i] === undefined),
		snapshot,
	)
	const nextUnseen = async (): Promise<RecordBatch> => {
		const {value: page, done} = await unseen.next()
		if (done === true) throw new Error('the walk ended before its last page')
		return page
	}
	try {
		for (const [i, entry] of directory.entries()) {
			const {first, counts} = entry
			const fingerprint = fingerprints[i]
			const known = fingerprint === undefined ? await guard(nextUnseen) : undefined
			const read = async (): Promise<RecordBatch> => {
				const [page] = await reader.read([entry], snapshot)
				if (page === undefined) throw new Error('a page was asked for and not read')
				return page
			}
			yield {
				entry,
				first,
				end: directory[i + 1]?.first,
				live: counts.files + counts.folders + counts.links,
				fingerprint,
				read: () => (known === undefined ? guard(read) : Promise.resolve(known)),
			}
		}
	} finally {
		await unseen.return()
	}
}
