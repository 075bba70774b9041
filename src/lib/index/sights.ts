// Owns what the last scans saw of whole runs: a hash of all that a scan shows where nothing changed. A run whose paths look so
// again needs not be read. A convenience: one that is lost or damaged costs a comparison, never more.
import type {IndexRecord} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'
import {elements, isCount, parseStored, seal, unseal} from './checks.js'
import type {Directory, RunEntry} from './directory.js'
import type {Store} from './store.js'

export const sightsKey = 's'

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
	/** Read now, or when a scan shows something else. */
	readonly records: () => Promise<readonly IndexRecord[]>
}

/** By entry: one that a write replaced is not asked for again. */
export class Sights {
	readonly #known = new WeakMap<RunEntry, string>()

	/** Those in the store, of entries that are still as they were then. */
	static async load(store: Store, directory: Directory): Promise<Sights> {
		const sights = new Sights()
		const byId = new Map(directory.map((entry) => [entry.id, entry]))
		try {
			const [stored] = await store.getMany([sightsKey])
			if (stored === undefined) return sights
			const what = 'what was seen of the runs'
			for (const row of elements(parseStored(unseal(stored.toString(), what), what), what)) {
				const [id, mark, sight] = elements(row, what)
				const entry = isCount(id) ? byId.get(id) : undefined
				if (entry !== undefined && entry.mark === mark && typeof sight === 'string') sights.#known.set(entry, sight)
			}
		} catch {
			// Damaged, or not to be read now: what was taken until here belongs to its entries, the rest is compared.
		}
		return sights
	}

	get(entry: RunEntry): string | undefined {
		return this.#known.get(entry)
	}

	/**
	 * The value under `sightsKey` with these in as well, and how to take them in once it is stored. An entry's mark holds its run's
	 * CRC, so no sight is taken for one of another write.
	 */
	with(seen: ReadonlyMap<RunEntry, string>, directory: Directory): {readonly value: string; readonly take: () => void} {
		const rows = directory.flatMap((entry) => {
			const sight = seen.get(entry) ?? this.#known.get(entry)
			return sight === undefined ? [] : [[entry.id, entry.mark, sight]]
		})
		const take = (): void => {
			for (const [entry, sight] of seen) this.#known.set(entry, sight)
		}
		return {value: seal(JSON.stringify(rows)), take}
	}
}
