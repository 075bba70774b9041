// What the rounds of one sync come to together.
import {ignoreFileName} from '../../core/paths.js'
import {hasNewRules, type RoundEnd} from '../../sync/events.js'
import {type ResultFrame, resultOf, type SyncResult} from './sync-result.js'

/** A sync: rounds in order, each of one part or several. Holds counts and what is told of single paths, no plan. */
export class SyncTally {
	readonly #options: Pick<ResultFrame, 'dryRun' | 'verbose'>
	/** Of the rounds that are over; undefined: none is. */
	#sum: SyncResult | undefined
	/** Of the parts of the round under way. */
	#parts: SyncResult | undefined
	/** The round under way brought a side other rules. */
	#hasNewRules = false
	/** Any round did. */
	#hadNewRules = false
	/** Of the parts of the round under way. */
	#heldBack = 0
	/** Changes that the last round leaves to a sync, as a push or pull does. */
	heldBack = 0

	constructor(options: Pick<ResultFrame, 'dryRun' | 'verbose'>) {
		this.#options = options
	}

	/** A part of a round that goes on. */
	addPart(end: RoundEnd): void {
		const part = resultOf(end, {...this.#options, ...noFrame})
		const before = this.#parts
		this.#parts =
			before === undefined ? part : {...withNext(before, part), problems: [...before.problems, ...part.problems]}
		this.#hasNewRules ||= hasNewRules(end)
		this.#heldBack += end.plan.heldBack.length
	}

	/** The last part of a round. What one round left over the next one took up, or tells of. True: the round brought a side other rules. */
	endRound(end: RoundEnd): boolean {
		this.addPart(end)
		const round = this.#parts
		const hasRules = this.#hasNewRules
		if (round !== undefined) this.#sum = this.#sum === undefined ? round : withNext(this.#sum, round)
		this.#parts = undefined
		this.#hasNewRules = false
		this.#hadNewRules ||= hasRules
		this.heldBack = this.#heldBack
		this.#heldBack = 0
		return hasRules
	}

	/** What a dry run cannot show; undefined: nothing. */
	get unforeseen(): string | undefined {
		return this.#options.dryRun && this.#hadNewRules
			? `this sync changes the rules in ${ignoreFileName} on one side; what they let in there is not in this list, and a real run syncs it at once`
			: undefined
	}

	/** Of all rounds; there was one. */
	result({peer, bytesSent, bytesReceived, durationMs}: Omit<ResultFrame, 'dryRun' | 'verbose'>): SyncResult {
		if (this.#sum === undefined) throw new Error('a sync without a round')
		const problems = this.#sum.problems
		const sent = {bytes_sent: bytesSent, bytes_received: bytesReceived, duration_ms: durationMs}
		return {...this.#sum, ok: problems.length === 0, peer, ...sent}
	}
}

const noFrame = {peer: {host: '', port: 0, name: '', fingerprint: ''}, bytesSent: 0, bytesReceived: 0, durationMs: 0}

const withNext = (before: SyncResult, last: SyncResult): SyncResult => ({
	...last,
	pushed: before.pushed + last.pushed,
	pulled: before.pulled + last.pulled,
	deleted_local: before.deleted_local + last.deleted_local,
	deleted_remote: before.deleted_remote + last.deleted_remote,
	renamed: before.renamed + last.renamed,
	metadata: before.metadata + last.metadata,
	conflicts: [...before.conflicts, ...last.conflicts],
	...(last.actions === undefined ? {} : {actions: [...(before.actions ?? []), ...last.actions]}),
})
