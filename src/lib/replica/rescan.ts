// Brings the index up to the disk: one walk over scan and index side by side, both in path order.
import {type IndexRecord, isLive, type Seen} from '../core/entry.js'
import {isRacy, observe, observeContent} from '../core/observe.js'
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
}

interface Unclear {
	readonly record: IndexRecord | undefined
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
 * Compares every path on disk with its record and writes what changed. Nothing that could not be looked at, and nothing that
 * a rule leaves out, is taken as deleted.
 */
export async function rescan(columns: ScanColumns, parts: RescanParts): Promise<RescanResult> {
	const {index, source, rules, signal} = parts
	const updates = new Updates(index)
	const unclear: Unclear[] = []
	const fresh: Unclear[] = []
	/** Sizes of contents that went away or were replaced: a new file of such a size may be a rename. */
	const goneSizes = new Set<number>()

	const missing = async (record: IndexRecord): Promise<void> => {
		if (!isLive(record.state) || columns.isUnknown(record.path)) return
		if (rules.ignores(record.path, record.state.kind === 'dir')) return
		if (record.state.kind === 'file') goneSizes.add(record.state.size)
		await updates.add(deletedRecord(source, record))
	}
	const seenNow = async (record: IndexRecord | undefined, seen: Seen): Promise<void> => {
		const observation = observe(record, seen)
		if (observation.is === 'same') return
		if (observation.is === 'unclear') {
			unclear.push({record, seen})
			return
		}
		if (observation.is === 'restamped') return
		if (record?.state.kind === 'file') goneSizes.add(record.state.size)
		if (seen.kind === 'file' && seen.disk.size > 0) fresh.push({record, seen})
		else await updates.add(editedRecord(source, record, seen.path, observation.state, seen.disk))
	}

	let row = 0
	for await (const run of index.all()) {
		signal.throwIfAborted()
		for (const record of run) {
			while (row < columns.length && columns.pathAt(row) < record.path) await seenNow(undefined, columns.seenAt(row++))
			if (row < columns.length && columns.pathAt(row) === record.path) await seenNow(record, columns.seenAt(row++))
			else await missing(record)
		}
	}
	while (row < columns.length) await seenNow(undefined, columns.seenAt(row++))

	const known = fresh.filter(({seen}) => goneSizes.has(seen.disk.size))
	const toHash = [...unclear, ...known]
	const hashes = await hashSeen(
		parts.reader,
		parts.root,
		toHash.map(({seen}) => seen),
		signal,
	)
	const problems: ScanProblem[] = [...columns.problems]
	const hashOf = new Map<string, string>()
	for (const [i, outcome] of hashes.entries()) {
		const item = toHash[i]
		if (item === undefined) continue
		if (outcome.kind === 'hash') hashOf.set(item.seen.path, outcome.hash)
		else if (outcome.kind === 'failed')
			problems.push({path: item.seen.path, code: outcome.code, message: outcome.message})
	}
	for (const {record, seen} of unclear) {
		const hash = hashOf.get(seen.path)
		// Changed under our eyes, or unreadable: the record stands for now, the next scan looks again.
		if (hash === undefined || !isFileRecord(record)) continue
		const observation = observeContent(record, seen, hash)
		if (observation.is === 'changed')
			await updates.add(editedRecord(source, record, seen.path, observation.state, seen.disk))
		else await updates.add({...record, disk: seen.disk, racy: isRacy(seen.disk.mtimeMs, source.nowMs())})
	}
	for (const {record, seen} of fresh) {
		const observation = observe(record, seen)
		if (observation.is !== 'changed') continue
		const hash = hashOf.get(seen.path) ?? null
		const state = observation.state.kind === 'file' ? {...observation.state, hash} : observation.state
		await updates.add(editedRecord(source, record, seen.path, state, seen.disk))
	}
	await updates.flush()
	return {changed: updates.count, problems}
}
