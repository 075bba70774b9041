// Owns reading runs: a view of one moment, a small cache of decoded runs, reading ahead. Never writes.
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import {Damage} from '../store/checks.js'
import type {Snapshot, Store} from '../store/store.js'
import {type Directory, positionOf, type RunEntry, runKey} from './directory.js'
import {sparseShare} from './merge.js'
import {Run} from './page.js'
import {Interner} from './vectors.js'

/** Runs kept decoded: some 16,000 records, about 10 MB. */
const cachedRuns = 16

/** Runs per read: large enough to pay for the hop to LevelDB's thread, some 25 KB each. */
const runsPerRead = 8

/** The directory and LevelDB at one moment: no later write is seen. Must be closed. */
export interface View {
	readonly directory: Directory
	readonly snapshot: Snapshot
}

export class Reader {
	readonly #store: Store
	readonly #interner = new Interner()
	/** By entry: entries are immutable, so what is cached for one is never stale. Oldest first. */
	readonly #cache = new Map<RunEntry, Run>()

	constructor(store: Store) {
		this.#store = store
	}

	/** Remembers runs that were just written. */
	keep(runs: Iterable<readonly [RunEntry, Run]>): void {
		for (const [entry, run] of runs) this.#remember(entry, run)
	}

	/** Forgets entries that no directory holds any more. */
	forget(entries: readonly RunEntry[]): void {
		for (const entry of entries) this.#cache.delete(entry)
	}

	/** The runs of the entries, in their order. Throws Damage. */
	async read(entries: readonly RunEntry[], snapshot?: Snapshot, remember = false): Promise<readonly Run[]> {
		const missing = entries.filter((entry) => !this.#cache.has(entry))
		const found = entries.map((entry) => this.#cache.get(entry))
		const values =
			missing.length === 0
				? []
				: await this.#store.getMany(
						missing.map(({id}) => runKey(id)),
						snapshot,
					)
		let next = 0
		return entries.map((entry, i) => {
			const cached = found[i]
			if (cached !== undefined) {
				if (remember) this.#remember(entry, cached)
				return cached
			}
			const value = values[next++]
			if (value === undefined) throw new Damage('a run of records is missing')
			const run = Run.decode(value, entry.crc, this.#interner)
			if (run.count !== entry.count) throw new Damage('a run holds another number of records than the directory says')
			if (remember) this.#remember(entry, run)
			return run
		})
	}

	/** The runs of the entries one by one, the next few being read meanwhile. Not cached: it is a walk over all. */
	async *walk(entries: readonly RunEntry[], snapshot: Snapshot): AsyncGenerator<Run, void, undefined> {
		const readFrom = (start: number): Promise<readonly Run[]> => {
			const runs = this.read(entries.slice(start, start + runsPerRead), snapshot)
			// Awaited below, or by nobody when the consumer stops early.
			runs.catch(() => undefined)
			return runs
		}
		let ahead = readFrom(0)
		try {
			for (let at = 0; at < entries.length; at += runsPerRead) {
				const runs = await ahead
				if (at + runsPerRead < entries.length) ahead = readFrom(at + runsPerRead)
				yield* runs
			}
		} finally {
			await ahead.catch(() => undefined)
		}
	}

	/** The records of the paths that the view holds. */
	async lookUp(paths: readonly RelPath[], {directory, snapshot}: View): Promise<Map<RelPath, IndexRecord>> {
		const wanted = new Map<RunEntry, RelPath[]>()
		for (const path of paths) {
			const entry = directory[positionOf(directory, path)]
			if (entry === undefined) continue
			const list = wanted.get(entry)
			if (list === undefined) wanted.set(entry, [path])
			else list.push(path)
		}
		const found = new Map<RelPath, IndexRecord>()
		const entries = [...wanted.keys()]
		for (let at = 0; at < entries.length; at += runsPerRead) {
			const slice = entries.slice(at, at + runsPerRead)
			for (const [i, run] of (await this.read(slice, snapshot, true)).entries()) {
				const entry = slice[i]
				const list = (entry && wanted.get(entry)) ?? []
				if (list.length * sparseShare > run.count) run.records()
				for (const path of list) {
					const index = run.indexOf(path)
					if (index >= 0) found.set(path, run.recordAt(index))
				}
			}
		}
		return found
	}

	#remember(entry: RunEntry, run: Run): void {
		this.#cache.delete(entry)
		this.#cache.set(entry, run)
		if (this.#cache.size <= cachedRuns) return
		const [oldest] = this.#cache.keys()
		if (oldest !== undefined) this.#cache.delete(oldest)
	}
}
