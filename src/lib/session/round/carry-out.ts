// The second half of a round that this side follows: its steps are carried out, contents go both ways, both sides settle.
import type {Fault} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {PlanStep} from '../../core/plan/plan.js'
import type {LocalSide} from '../../replica/local-side.js'
import type {RoundEvent} from '../../sync/events.js'
import type {Preparation, Wish} from '../../sync/side.js'
import {parsePaths} from '../../wire/entries.js'
import {protocolFault} from '../../wire/fault.js'
import {toJson} from '../../wire/json.js'
import {Confirm, decode, Fetch, Next, Settle} from '../../wire/messages.js'
import {encodeRows} from '../batches.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance} from '../greeting.js'
import {FrameSink} from '../transfer/frame-sink.js'
import {Incoming} from '../transfer/incoming.js'
import {LeftOver, sendLeftOver} from './left-over.js'

export interface CarryingOut {
	readonly conversation: Conversation
	readonly peer: Acquaintance
	readonly side: LocalSide
	readonly steps: readonly PlanStep[]
	readonly prepared: Preparation
	/** The leader's rules, as it said them last. */
	readonly theirRules: string
	/** Contents that a leader may want at most. */
	readonly mostWishes: number
	readonly onEvent: (event: RoundEvent) => void
}

/** Steps that were carried out, and that failed. */
export interface CarriedOut {
	readonly applied: number
	readonly failed: number
	/** The leader has another part of its plan. */
	readonly isMoreToCome: boolean
}

/**
 * From here on the folder changes. Resolves after the leader's `settle`, or its `next`. Throws FileSyncError; nothing is under way any more then, and what
 * came whole has its name.
 */
export const carryOut = (parts: CarryingOut): Promise<CarriedOut> => new CarryOut(parts).run()

class CarryOut {
	readonly #parts: CarryingOut
	readonly #leftOver = new LeftOver()
	#applied = 0
	#failed = 0

	constructor(parts: CarryingOut) {
		this.#parts = parts
	}

	async run(): Promise<CarriedOut> {
		const {conversation, side, steps, prepared, onEvent} = this.#parts
		const unnoticed = unnoticedIn(steps, prepared)
		// Of a step that is done nothing is told: it is the one that no fault came for.
		const faults: [number, Fault][] = []
		const tell = (): void => {
			for (const body of encodeRows(faults.splice(0), (some) => toJson({results: some})))
				conversation.send('applied', body)
		}
		const application = side.apply(
			(id, fault) => {
				this.#failed++
				faults.push([id, {code: fault.code, message: fault.message.slice(0, 2000)}])
			},
			(done) => {
				for (const id of done) if (!unnoticed.has(id)) this.#applied++
				if (faults.length >= 500 && conversation.failure === undefined) tell()
			},
		)
		const {expected, sink} = application
		onEvent({kind: 'phase', phase: 'transfer'})
		onEvent({kind: 'planned', ...expected})
		onEvent({kind: 'changing', steps: steps.length})
		const begun = application.begin()
		const frames = new FrameSink(conversation)
		const incoming = new Incoming({conversation, sink, expected: expected.files})
		const underWay: Promise<unknown>[] = [begun]
		const asked = new Set<number>()
		try {
			for (;;) {
				const {name, body} = await conversation.during(
					Promise.race([conversation.expect('fetch', 'pending', 'next', 'settle'), rejection(begun)]),
				)
				if (name === 'settle' || name === 'next') {
					await conversation.during(Promise.all([...underWay, incoming.complete()]))
					await incoming.close()
					const settle = name === 'settle' ? decode(Settle, body, name) : undefined
					const {hold} = settle ?? decode(Next, body, name)
					await application.finish(new Set(hold))
					tell()
					if (settle === undefined) await this.#goOn()
					else await this.#settle(settle)
					return {applied: this.#applied, failed: this.#failed, isMoreToCome: name === 'next'}
				}
				if (name === 'pending') {
					this.#leftOver.take(body)
					continue
				}
				const sent = side.supply(this.#fetched(body, asked), frames)
				sent.catch((error) => conversation.fail(error instanceof Error ? error : new Error(String(error))))
				underWay.push(sent)
			}
		} catch (error) {
			conversation.fail(error instanceof Error ? error : new Error(String(error)))
			await incoming.close()
			await Promise.allSettled(underWay)
			await application.keepWhatCame()
			throw error
		} finally {
			frames.close()
		}
	}

	async #goOn(): Promise<void> {
		const {conversation, side} = this.#parts
		await side.next()
		conversation.sendJson('ready', {})
	}

	/** A leader wants a content here for a path or for a conflict copy of it, so at most twice. */
	#fetched(body: Uint8Array, asked: Set<number>): Wish[] {
		const {mostWishes: most} = this.#parts
		return decode(Fetch, body, 'fetch').items.map(([id, path, alternative]) => {
			if (asked.has(id)) throw protocolFault('a content asked for twice')
			asked.add(id)
			if (asked.size > most) throw protocolFault('more wishes than there are contents')
			const [first, second] = parsePaths([path, alternative], 'fetch')
			if (first === undefined || second === undefined) throw protocolFault('a content without a path')
			return {id, path: first, alternative: second === first ? null : second, size: 0}
		})
	}

	async #settle({agree, generation, token, leaderSeq, pending, rules}: Settle): Promise<void> {
		const {conversation, peer, side, theirRules} = this.#parts
		this.#leftOver.add(pending)
		const settled = await side.settle({
			agree,
			generation,
			token,
			seq: leaderSeq,
			rules: rules ?? theirRules,
			pending: this.#leftOver.paths,
		})
		const inFrame = await sendLeftOver(conversation, peer, settled.pending)
		conversation.sendJson('settled', {seq: settled.seq, pending: inFrame, agreed: settled.agreed})
		if (peer.confirms) await side.confirm(await this.#isConfirmed())
	}

	/** True when the leader committed, too. A lost connection here does not fail the round: the next greeting tells. */
	async #isConfirmed(): Promise<boolean> {
		const {conversation} = this.#parts
		try {
			const {body} = await conversation.expect('confirm')
			return decode(Confirm, body, 'confirm').agreed
		} catch (error) {
			if (conversation.failure === undefined) throw error
			return false
		}
	}
}

/** Never resolves; rejects when `work` does. */
const rejection = (work: Promise<unknown>): Promise<never> =>
	new Promise((_, reject) => {
		work.catch(reject)
	})

/** Steps that nobody would call a change: those that only the index learns of, and of a move the removal. */
function unnoticedIn(steps: readonly PlanStep[], {dispositions}: Preparation): ReadonlySet<number> {
	const movedFrom = new Set<RelPath>()
	for (const disposition of dispositions.values())
		if (disposition.how === 'local' || disposition.how === 'respelled') movedFrom.add(disposition.from)
	const unnoticed = new Set<number>()
	for (const step of steps) {
		const how = dispositions.get(step.id)?.how
		const isIndexOnly = how === 'nothing' || how === 'refused'
		if (isIndexOnly || (step.do === 'remove' && movedFrom.has(step.path))) unnoticed.add(step.id)
	}
	return unnoticed
}
