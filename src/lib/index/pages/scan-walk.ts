// Owns the walk of a scan over the runs: those that a scan saw before are read only when it asks for their records. Never writes.
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {RunEntry} from './directory.js'
import type {Reader, View} from './reader.js'

/** A run as a scan meets it. */
export interface KnownRun {
	readonly entry: RunEntry
	readonly first: RelPath
	/** Where the next run begins; undefined: this is the last one. */
	readonly end: RelPath | undefined
	/** Files, folders and links in it. */
	readonly live: number
	/** What a scan showed of it when all of it was as recorded; undefined: not known, or the run was written since. */
	readonly sight: string | undefined
	/** Read already, or when this is called: before the next run is asked for. */
	readonly records: () => Promise<readonly IndexRecord[]>
}

/** All runs of the view in path order; `sights`: one for each, or undefined. What fails in a read goes through `guard`. */
export async function* knownRuns(
	{directory, snapshot}: View,
	sights: readonly (string | undefined)[],
	reader: Reader,
	guard: <T>(task: () => Promise<T>) => Promise<T>,
): AsyncGenerator<KnownRun, void, undefined> {
	const unseen = reader.walk(
		directory.filter((_, i) => sights[i] === undefined),
		snapshot,
	)
	const nextUnseen = async (): Promise<readonly IndexRecord[]> => {
		const {value: run, done} = await unseen.next()
		if (done === true) throw new Error('the walk ended before its last run')
		return run.records()
	}
	try {
		for (const [i, entry] of directory.entries()) {
			const {first, counts} = entry
			const sight = sights[i]
			const known = sight === undefined ? await guard(nextUnseen) : undefined
			const read = async (): Promise<readonly IndexRecord[]> => {
				const [run] = await reader.read([entry], snapshot)
				if (run === undefined) throw new Error('a run was asked for and not read')
				return run.records()
			}
			yield {
				entry,
				first,
				end: directory[i + 1]?.first,
				live: counts.files + counts.folders + counts.links,
				sight,
				records: () => (known === undefined ? guard(read) : Promise.resolve(known)),
			}
		}
	} finally {
		await unseen.return()
	}
}
