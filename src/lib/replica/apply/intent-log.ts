// What a run is about to do, as the intents that the index keeps until the records of it are written.
import type {Hash, IndexRecord} from '../../core/entry.js'
import type {Intent} from '../../core/intent.js'
import type {RelPath} from '../../core/paths.js'
import type {Index} from '../../index/index.js'
import type {TaskResult} from '../../tree/index.js'
import type {PreparedStep} from '../plan/prepared.js'

/** A step that is about to be carried out; of a content that is staged its hash and its name there. */
export interface Announced {
	readonly item: PreparedStep
	readonly staged?: string | null
	readonly from?: RelPath | null
	readonly hash?: Hash | undefined
}

/** Steps as they stand in the index as intents, under their key. */
export interface Noted {
	readonly key: number
	readonly items: readonly Announced[]
}

function intentOf({item: {step, record}, staged = null, from = null, hash}: Announced): Intent {
	const {path, version, parts, keepAs} = step
	const state = step.state.kind === 'file' ? {...step.state, hash: hash ?? step.state.hash} : step.state
	return {path, before: record?.version ?? [], state, version, parts, keepAs, staged, from}
}

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
	async note(items: readonly Announced[], sync: boolean): Promise<Noted> {
		const key = this.#index.takeIntentKey()
		await this.#index.write({intend: {key, intents: items.map(intentOf)}}, {sync})
		return {key, items}
	}

	/** The same, settled by `end`. */
	async noteLasting(items: readonly Announced[], sync: boolean): Promise<void> {
		this.#lasting.push(await this.note(items, sync))
	}

	/**
	 * Writes the records of what was noted and removes the intents, in one batch; `noted` undefined: there are none. Intents stay for steps
	 * that may be half done, and for names that could not be made durable: the next scan must not take either for edits.
	 */
	async settle(records: readonly IndexRecord[], results: readonly TaskResult[], noted?: Noted): Promise<void> {
		for (const {id, fault, disk} of results) if (fault !== null && disk !== null) this.#undurable.add(id)
		if (noted === undefined) {
			if (records.length > 0) await this.#index.write({records})
			return
		}
		const failed = new Set(results.flatMap(({id, fault}) => (fault === null ? [] : [id])))
		await this.#settle(noted, ({item}) => failed.has(item.step.id) && this.#isUnsure(item), records)
	}

	/** All of the run is done, but for these paths. */
	async end(failed: ReadonlySet<RelPath>): Promise<void> {
		for (const noted of this.#lasting.splice(0))
			await this.#settle(noted, ({item}) => failed.has(item.step.path) && this.#isUnsure(item))
	}

	#isUnsure(item: PreparedStep): boolean {
		return this.#undurable.has(item.step.id) || isPartlyDone(item)
	}

	/** Safe without a flush: an intent that comes back after a power cut names a version that the record has by then. */
	#settle({key, items}: Noted, stays: (one: Announced) => boolean, records?: readonly IndexRecord[]): Promise<void> {
		const left = items.filter(stays)
		const intents = left.length === 0 ? {settled: [key]} : {intend: {key, intents: left.map(intentOf)}}
		return records === undefined ? this.#index.write(intents, {sync: false}) : this.#index.write({records, ...intents})
	}
}
