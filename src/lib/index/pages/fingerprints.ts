// Owns what a scan shows of whole pages where nothing changed: a hash of it, of a scan that saw it or of the records as they were
// written. A page whose paths look so again needs not be read. A convenience: one that is lost or damaged costs a comparison, never more.
import {FileSyncError} from '../../errors/index.js'
import {Damage, elements, isCount, parseStored, seal, unseal} from '../store/checks.js'
import type {Store} from '../store/store.js'
import type {Directory, PageEntry} from './directory.js'

const fingerprintsKey = 's'
const what = 'what was seen of the pages'

/** Where one in so many is new, all are written again. */
const dueShare = 8

/** By entry: one that a write replaced is not asked for again. */
export class Fingerprints {
	readonly #store: Store
	readonly #known = new WeakMap<PageEntry, string>()
	#loading: Promise<void> | undefined
	/** So many of those in memory are not stored. */
	#unstored = 0

	constructor(store: Store) {
		this.#store = store
	}

	/** undefined: not known, or not loaded. */
	at(entry: PageEntry): string | undefined {
		return this.#known.get(entry)
	}

	/** Of a page that was written just now. In memory until the next `keep`. */
	note(entry: PageEntry, fingerprint: string): void {
		this.#known.set(entry, fingerprint)
		this.#unstored++
	}

	/** Is it worth while to store what was noted? What is stored are the fingerprints of all pages, in one value. */
	isDue(directory: Directory): boolean {
		return this.#unstored * dueShare >= directory.length && this.#unstored > 0
	}

	/** Those of the entries, in their order. */
	async of(directory: Directory): Promise<(string | undefined)[]> {
		this.#loading ??= this.#load(directory)
		await this.#loading
		return directory.map((entry) => this.#known.get(entry))
	}

	/**
	 * Stores these with those that the directory's other entries have, and takes them in then. An entry's mark holds its page's CRC, so
	 * no fingerprint is taken for one of another write.
	 */
	async keep(seen: ReadonlyMap<PageEntry, string>, directory: Directory): Promise<void> {
		const known = await this.of(directory)
		const rows = directory.flatMap((entry, i) => {
			const fingerprint = seen.get(entry) ?? known[i]
			return fingerprint === undefined ? [] : [[entry.id, entry.mark, fingerprint]]
		})
		await this.#store.batch([{key: fingerprintsKey, value: seal(JSON.stringify(rows))}], false)
		for (const [entry, fingerprint] of seen) this.#known.set(entry, fingerprint)
		this.#unstored = 0
	}

	/** Those of entries that are still as they were then. */
	async #load(directory: Directory): Promise<void> {
		const byId = new Map(directory.map((entry) => [entry.id, entry]))
		try {
			const [stored] = await this.#store.getMany([fingerprintsKey])
			if (stored === undefined) return
			for (const row of elements(parseStored(unseal(stored.toString(), what), what), what)) {
				const [id, mark, fingerprint] = elements(row, what)
				const entry = isCount(id) ? byId.get(id) : undefined
				if (entry !== undefined && entry.mark === mark && typeof fingerprint === 'string')
					this.#known.set(entry, fingerprint)
			}
		} catch (error) {
			if (!(error instanceof Damage) && !(error instanceof FileSyncError)) throw error
			// Damaged, or not to be read now: what was taken until here belongs to its entries, the rest is compared.
		}
	}
}
