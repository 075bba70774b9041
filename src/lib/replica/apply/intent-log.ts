// What a run is about to do, as the intents that the index keeps until the records of it are written.
import type {Fault, IndexRecord, State} from '../../core/entries/entry.js'
import type {Intent} from '../../core/folder/intent.js'
import type {RelPath} from '../../core/paths.js'
import type {Index} from '../../index/index.js'
import type {PreparedStep} from '../plan/prepared.js'

/** Steps as they stand in the index as intents, under their key. */
export interface Noted {
	readonly key: number
	readonly items: readonly PreparedStep[]
	/** In the same order. */
	readonly intents: readonly Intent[]
}

/** `staged`, `from`: see `Intent`. `state`: how the path will be, with the hash of the content that came. */
export const intentOf = (
	{step: {path, version, parts, keepAs, state: planned}, record}: PreparedStep,
	staged: string | null = null,
	from: RelPath | null = null,
	state: State = planned,
): Intent => ({path, before: record?.version ?? [], state, version, parts, keepAs, staged, from})

const intentsOf = (items: readonly PreparedStep[]): readonly Intent[] => items.map((item) => intentOf(item))

/**
 * Steps that may be half done when they fail. A content is not among them: it has taken its name or not, and staging tells which, so its
 * intent must not outlive the staged file.
 */
const isPartlyDone = ({step, disposition}: PreparedStep): boolean =>
	step.do === 'mkdir' || step.do === 'remove' || disposition.how === 'meta'

export class IntentLog {
	readonly #index: Index
	/** Settled by the end only: later calls touch their paths again. */
	readonly #lasting: Noted[] = []
	/** Steps that are done, but whose names could not be made durable. */
	readonly #undurable = new Set<number>()

	constructor(index: Index) {
		this.#index = index
	}

	/**
	 * Notes what the next call does, before it is made. `sync`: also a power cut must not take it back, because contents of the peer get
	 * their names.
	 */
	async note(items: readonly PreparedStep[], sync: boolean, intents = intentsOf(items)): Promise<Noted> {
		const key = this.#index.takeIntentKey()
		await this.#index.write({intend: {key, intents}}, {sync})
		return {key, items, intents}
	}

	/** The same, settled by `end`. */
	async noteLasting(items: readonly PreparedStep[], sync: boolean, intents = intentsOf(items)): Promise<void> {
		this.#lasting.push(await this.note(items, sync, intents))
	}

	/** The step is done, but its name could not be made durable. */
	noteUndurable(id: number): void {
		this.#undurable.add(id)
	}

	/**
	 * Writes the records of what was noted and removes the intents, in one batch; `noted` undefined: there are none. Intents stay for steps
	 * that may be half done, and for names that could not be made durable: the next scan must not take either for edits. `failed`: by id.
	 */
	async settle(records: readonly IndexRecord[], failed: ReadonlyMap<number, Fault>, noted?: Noted): Promise<void> {
		if (noted !== undefined)
			await this.#settle(noted, (item) => failed.has(item.step.id) && this.#isUnsure(item), records)
		else if (records.length > 0) await this.#index.write({records})
	}

	/** All of the run is done, but for these paths. */
	async end(failed: ReadonlySet<RelPath>): Promise<void> {
		for (const noted of this.#lasting.splice(0))
			await this.#settle(noted, (item) => failed.has(item.step.path) && this.#isUnsure(item))
	}

	#isUnsure(item: PreparedStep): boolean {
		return this.#undurable.has(item.step.id) || isPartlyDone(item)
	}

	/** Safe without a flush: an intent that comes back after a power cut names a version that the record has by then. */
	#settle(
		{key, items, intents}: Noted,
		stays: (item: PreparedStep) => boolean,
		records?: readonly IndexRecord[],
	): Promise<void> {
		const left = intents.filter((_, i) => {
			const item = items[i]
			return item !== undefined && stays(item)
		})
		const change = left.length === 0 ? {settled: [key]} : {intend: {key, intents: left}}
		return records === undefined ? this.#index.write(change, {sync: false}) : this.#index.write({records, ...change})
	}
}
