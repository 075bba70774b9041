// Brings the index up to the disk: one walk over scan and index side by side, both in path order.
import {type Hash, type IndexRecord, isLive, type Seen} from '../core/entry.js'
import {isRacy, observe, observeContent, stateOf} from '../core/observe.js'
import type {Index} from '../index/index.js'
import type {HashOutcome, IgnoreRules, ScanColumns, ScanProblem, Thread} from '../tree/index.js'
import {deletedRecord, editedRecord, isFileRecord, type RecordSource} from './records.js'

/** Records of one index transaction, and files of one hashing call. */
const batch = {records: 5000, hashes: 500} as const

export interface RescanParts {
	readonly root: string
	readonly index: Index
	/** The thread that hashes; started only when there is something to hash. */
	readonly reader: () => Thread
	readonly rules: IgnoreRules
	readonly source: RecordSource
	readonly signal: AbortSignal
	/** The records that stand for what was looked at, in path order. */
	readonly records: AsyncIterable<readonly IndexRecord[]>
}

interface Known {
	readonly record: IndexRecord
	readonly seen: Seen
}

/** Writes changed records in batches. */
class Updates {
	readonly #index: Index
	#records: IndexRecord[] = []
	count = 0

	constructor(index: Index) {
		this.#index = index
	}

	async add(record: IndexRecord): Promise<void> {
		this.count++
		if (this.#records.push(record) >= batch.records) await this.flush()
	}

	async flush(): Promise<void> {
		if (this.#records.length === 0) return
		const records = this.#records
		this.#records = []
		await this.#index.write({records})
	}
}

/** Asks for the hashes of files, in batches; the answer is in the order of `items`. */
export async function hashSeen(
	reader: () => Thread,
	root: string,
	items: readonly Seen[],
	signal: AbortSignal,
): Promise<HashOutcome[]> {
	const outcomes: HashOutcome[] = []
	for (let at = 0; at < items.length; at += batch.hashes) {
		signal.throwIfAborted()
		const some = items.slice(at, at + batch.hashes).map(({path, disk}) => ({path, ...disk}))
		outcomes.push(...(await reader().call('hashFiles', {root, items: some})))
	}
	return outcomes
}

/** What a rescan could not take in: those paths keep the record they had. */
export interface RescanResult {
	readonly changed: number
	readonly problems: readonly ScanProblem[]
}

/**
 * Compares every path that was looked at with its record and writes what changed. Nothing that could not be looked at, and nothing that
 * a rule leaves out, is taken as deleted.
 */
export async function rescan(columns: ScanColumns, parts: RescanParts): Promise<RescanResult> {
	return new Rescan(columns, parts).run()
}

class Rescan {
	readonly #columns: ScanColumns
	readonly #parts: RescanParts
	readonly #updates: Updates
	readonly #problems: ScanProblem[]
	/** Only a look at the content can tell. */
	readonly #unclear: Known[] = []
	/** Files whose content is new; written at the end, when it is known which of them may be renames. */
	readonly #replaced: Known[] = []
	/** Rows of files without a record: numbers, because on a first scan they are all there are. */
	readonly #added: number[] = []
	/** Sizes of contents that went away or were replaced: a new file of such a size may be a rename. */
	readonly #goneSizes = new Set<number>()
	/** An empty index has nothing to be renamed, so what is found can be written at once. */
	readonly #mayMove: boolean

	constructor(columns: ScanColumns, parts: RescanParts) {
		this.#columns = columns
		this.#parts = parts
		this.#updates = new Updates(parts.index)
		this.#problems = [...columns.problems]
		this.#mayMove = parts.index.counts.files > 0
	}

	async run(): Promise<RescanResult> {
		await this.#walk()
		const added = this.#added.map((row) => this.#columns.seenAt(row))
		const suspects = [...this.#replaced.map(({seen}) => seen), ...added].filter(({disk}) =>
			this.#goneSizes.has(disk.size),
		)
		const hashes = await this.#hash([...this.#unclear.map(({seen}) => seen), ...suspects])
		await this.#writeUnclear(hashes)
		for (const {record, seen} of this.#replaced) await this.#write(record, seen, hashes.get(seen.path) ?? null)
		for (const seen of added) await this.#write(undefined, seen, hashes.get(seen.path) ?? null)
		await this.#updates.flush()
		return {changed: this.#updates.count, problems: this.#problems}
	}

	/** Index and disk side by side, both in path order. */
	async #walk(): Promise<void> {
		const {records, signal} = this.#parts
		const columns = this.#columns
		let row = 0
		for await (const run of records) {
			signal.throwIfAborted()
			for (const record of run) {
				while (row < columns.length && columns.pathAt(row) < record.path) await this.#noteNew(row++)
				if (row < columns.length && columns.pathAt(row) === record.path)
					await this.#compare(record, columns.seenAt(row++))
				else await this.#noteMissing(record)
			}
		}
		while (row < columns.length) await this.#noteNew(row++)
	}

	async #noteMissing(record: IndexRecord): Promise<void> {
		if (!isLive(record.state) || this.#columns.isUnknown(record.path)) return
		if (this.#parts.rules.ignores(record.path, record.state.kind === 'dir')) return
		if (record.state.kind === 'file') this.#goneSizes.add(record.state.size)
		await this.#updates.add(deletedRecord(this.#parts.source, record))
	}

	async #noteNew(row: number): Promise<void> {
		const seen = this.#columns.seenAt(row)
		if (this.#mayMove && seen.kind === 'file' && seen.disk.size > 0) this.#added.push(row)
		else await this.#write(undefined, seen, null)
	}

	async #compare(record: IndexRecord, seen: Seen): Promise<void> {
		const observation = observe(record, seen)
		if (observation.is === 'unclear') this.#unclear.push({record, seen})
		if (observation.is !== 'changed') return
		if (record.state.kind === 'file') this.#goneSizes.add(record.state.size)
		if (seen.kind === 'file' && seen.disk.size > 0) this.#replaced.push({record, seen})
		else await this.#write(record, seen, null)
	}

	/** By path. What could not be hashed is missing; a failure is a problem, a change under our eyes is not. */
	async #hash(files: readonly Seen[]): Promise<Map<string, Hash>> {
		const {reader, root, signal} = this.#parts
		const outcomes = await hashSeen(reader, root, files, signal)
		const hashes = new Map<string, Hash>()
		for (const [i, outcome] of outcomes.entries()) {
			const path = files[i]?.path
			if (path === undefined) continue
			if (outcome.kind === 'hash') hashes.set(path, outcome.hash)
			else if (outcome.kind === 'failed') this.#problems.push({path, code: outcome.code, message: outcome.message})
		}
		return hashes
	}

	async #writeUnclear(hashes: ReadonlyMap<string, Hash>): Promise<void> {
		const {source} = this.#parts
		for (const {record, seen} of this.#unclear) {
			const hash = hashes.get(seen.path)
			// Without a hash the record stands for now, and the next scan looks again.
			if (hash === undefined || !isFileRecord(record)) continue
			const observation = observeContent(record, seen, hash)
			if (observation.is === 'changed')
				await this.#updates.add(editedRecord(source, record, seen.path, observation.state, seen.disk))
			else await this.#updates.add({...record, disk: seen.disk, racy: isRacy(seen.disk.mtimeMs, source.nowMs())})
		}
	}

	/** The path is new, or its content is. */
	async #write(record: IndexRecord | undefined, seen: Seen, hash: Hash | null): Promise<void> {
		await this.#updates.add(editedRecord(this.#parts.source, record, seen.path, stateOf(seen, hash), seen.disk))
	}
}
