// The side that follows, over a conversation: the leader's frames as calls of this device's side, and its answers as frames.
// Believes nothing: steps come in order and fit their plan, contents were asked for once. What fits this side's records it checks itself.

import type {Entry} from '../../core/entries/entry.js'
import type {AgreedPoint} from '../../core/folder/agreement.js'
import type {Disposition, PlanStep} from '../../core/plan/plan.js'
import {LocalSide} from '../../replica/local-side.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import type {RoundEvent} from '../../sync/events.js'
import type {Preparation, SideScan} from '../../sync/side.js'
import {wireLimits} from '../../wire/codes.js'
import {encodeEntries, parsePaths, type RefusedRow} from '../../wire/entries.js'
import {protocolFault} from '../../wire/fault.js'
import {toJson} from '../../wire/json.js'
import {Begin, decode, Look, Prepare} from '../../wire/messages.js'
import {decodeSteps} from '../../wire/steps.js'
import {BulkRoom, encodeRows} from '../batches.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance, Self} from '../greeting.js'
import {type CarriedOut, carryOut} from './carry-out.js'
import {DistinctIds} from './distinct-ids.js'
import {mostLeftOver} from './left-over.js'

/** Problems that are named to the leader one by one. */
const namedProblems = 1000

export interface FollowerParts {
	readonly conversation: Conversation
	readonly replica: Replica
	readonly self: Self
	readonly peer: Acquaintance
	readonly point: AgreedPoint | null
	/** Body of the `begin` frame. */
	readonly begin: Uint8Array
	/** A scan under way, or a way to start one. */
	readonly scan: (onProgress: (entries: number) => void) => Promise<ScanReport>
	readonly onEvent: (event: RoundEvent) => void
}

/** What a round came to on the following side. */
export interface FollowedRound {
	readonly point: AgreedPoint | null
	/** Steps carried out here, contents sent, paths that failed here. */
	readonly applied: number
	readonly sent: number
	readonly failed: number
	readonly finished: 'settled' | 'nothing to do'
}

/**
 * Follows one round, from the `begin` frame (already taken) to its end. Throws FileSyncError. When it settles, nothing of it
 * is under way any more, also where the conversation ended before.
 */
export async function followRound(parts: FollowerParts): Promise<FollowedRound> {
	return new FollowedRoundRun(parts).run()
}

class FollowedRoundRun {
	readonly #parts: FollowerParts
	readonly #side: LocalSide
	#steps: PlanStep[] = []
	#refused: RefusedRow[] = []
	#ids = new DistinctIds()
	#lastPath = ''
	#room = new BulkRoom('a plan')
	#prepared: Preparation | undefined
	/** The leader's rules, as it said them last. */
	#theirRules: string
	#isShownAgain = false
	#sent = 0

	constructor(parts: FollowerParts) {
		this.#parts = parts
		this.#theirRules = this.#rulesIn(parts.begin)
		const {conversation, replica, self, peer, point, scan, onEvent} = parts
		const {maxConcurrency, maxDeletePercent, nowMs} = self
		this.#side = new LocalSide({
			replica,
			peer: peer.device,
			leads: false,
			point,
			scan: () => scan((entries) => onEvent({kind: 'scanning', entries})),
			maxConcurrency,
			maxDeletePercent,
			mostLeftOver: mostLeftOver(peer),
			nowMs,
			onEvent: (event) => this.#hear(event),
			signal: conversation.signal,
		})
	}

	async run(): Promise<FollowedRound> {
		const {conversation, point, onEvent} = this.#parts
		// It may have waited long for another peer's round.
		conversation.signal.throwIfAborted()
		// Tells the leader that its turn has come here (decision 0029).
		conversation.send('records', encodeEntries([]))
		onEvent({kind: 'phase', phase: 'scan'})
		const scanned = await this.#side.scan()
		onEvent({kind: 'phase', phase: 'compare'})
		await this.#showIndex(scanned)
		let [applied, failed] = [0, 0]
		for (;;) {
			const {name, body} = await conversation.expect('begin', 'look', 'steps', 'prepare', 'carryOut', 'finish')
			switch (name) {
				case 'begin':
					await this.#showAgain(body, scanned)
					break
				case 'look':
					await this.#look(body)
					break
				case 'steps':
					await this.#takeSteps(body)
					break
				case 'prepare':
					await this.#prepare(body)
					break
				case 'carryOut': {
					const carried = await this.#carryOut()
					applied += carried.applied
					failed += carried.failed
					if (!carried.isMoreToCome)
						return {point: this.#side.point, applied, failed, sent: this.#sent, finished: 'settled'}
					this.#forgetPart()
					break
				}
				default:
					return {point, applied, sent: this.#sent, failed, finished: 'nothing to do'}
			}
		}
	}

	/** Paths and ids go on from where they were. */
	#forgetPart(): void {
		this.#steps = []
		this.#refused = []
		this.#ids = new DistinctIds(this.#ids.highest)
		this.#room = new BulkRoom('a plan')
		this.#prepared = undefined
	}

	#carryOut(): Promise<CarriedOut> {
		const {conversation, peer, replica, onEvent} = this.#parts
		const prepared = this.#prepared
		if (prepared === undefined) throw protocolFault('a plan to carry out before it was closed')
		// A leader wants a content here for a path or for a conflict copy of it, so at most twice.
		const mostWishes = 2 * replica.counts.files + wireLimits.rows
		const own = {side: this.#side, steps: this.#steps, theirRules: this.#theirRules}
		return carryOut({conversation, peer, prepared, mostWishes, onEvent, ...own})
	}

	#hear(event: RoundEvent): void {
		const {onEvent} = this.#parts
		if (event.kind === 'moved' && event.way === 'up') {
			this.#sent += event.files
			// What the leader will ask for is not known ahead.
			onEvent({kind: 'planned', files: event.files, bytes: event.bytes})
		}
		onEvent(event)
	}

	#rulesIn(begin: Uint8Array): string {
		return decode(Begin, begin, 'begin').rules ?? this.#parts.peer.rules
	}

	/** The leader's scan found other rules than it announced, so more records are needed. At most once a round: it scans once. */
	async #showAgain(begin: Uint8Array, scanned: SideScan): Promise<void> {
		if (this.#isShownAgain || this.#prepared !== undefined || this.#lastPath !== '')
			throw protocolFault('a round that begins in the middle of another')
		this.#isShownAgain = true
		this.#theirRules = this.#rulesIn(begin)
		await this.#showIndex(scanned)
	}

	async #showIndex({seq, files, bytes, rules, problems: all}: SideScan): Promise<void> {
		const {conversation} = this.#parts
		let batch: Entry[] = []
		const flush = async (): Promise<void> => {
			for (const body of encodeRows(batch, encodeEntries)) {
				conversation.send('records', body)
				await conversation.drained()
			}
			batch = []
		}
		for await (const {entries} of this.#side.changesSince(this.#theirRules)) {
			batch.push(...entries)
			if (batch.length >= 1000) await flush()
		}
		await flush()
		const problems = all
			.slice(0, namedProblems)
			.map(({path, code, message}) => ({path: path.slice(0, 4096), code, message: message.slice(0, 2000)}))
		const moreProblems = all.length - problems.length
		conversation.sendJson('scanned', {seq, files, bytes, problems, moreProblems, rules})
	}

	/** Only paths in scope that the index holds are answered, in path order, each once. */
	async #look(body: Uint8Array): Promise<void> {
		const paths = [...new Set(parsePaths(decode(Look, body, 'look').paths, 'look'))].sort()
		const entries = await this.#side.resolve(paths)
		const found = paths
			.flatMap((path) => entries.get(path) ?? [])
			.filter(({path, state}) => !this.#side.isIgnored(path, state.kind === 'dir'))
		this.#parts.conversation.send('looked', encodeEntries(found))
	}

	async #takeSteps(body: Uint8Array): Promise<void> {
		if (this.#prepared !== undefined) throw protocolFault('steps after the plan was closed')
		this.#room.take(body.byteLength)
		const {steps, refused} = decodeSteps(body)
		for (const {id} of steps) this.#takeId(id)
		for (const {id} of refused) this.#takeId(id)
		for (const step of steps) {
			if (step.path <= this.#lastPath) throw protocolFault('steps that are not in path order')
			this.#lastPath = step.path
			this.#steps.push(step)
		}
		this.#refused.push(...refused)
		await this.#side.expect(steps)
	}

	#takeId(id: number | null): void {
		if (id !== null && !this.#ids.add(id)) throw protocolFault('two steps of one id')
	}

	async #prepare(body: Uint8Array): Promise<void> {
		const {conversation} = this.#parts
		if (this.#prepared !== undefined) throw protocolFault('a plan that was closed twice')
		const {allowDeletes, dryRun} = decode(Prepare, body, 'prepare')
		const prepared = await this.#side.prepare({allowDeletes, dryRun})
		this.#prepared = prepared
		const {dispositions, deletions, held} = prepared
		const rows: [id: number, how: string, from: string, code: string][] = []
		if (dispositions.size > 0)
			for (const step of this.#steps) {
				const disposition = dispositions.get(step.id)
				if (disposition !== undefined) rows.push([step.id, ...answerOf(step, disposition)])
			}
		for (const {id, fault} of this.#refused) rows.push([id ?? 0, 'refused', '', `BAD_PATH: the path ${fault}`])
		for (const batch of encodeRows(rows, (some) => toJson({last: false, deletions, held, steps: some}))) {
			conversation.send('prepared', batch)
			await conversation.drained()
		}
		conversation.sendJson('prepared', {last: true, deletions, held, steps: []})
	}
}

/** The `prepared` row of a step. To the leader a new spelling is a content that moves. */
function answerOf(step: PlanStep, disposition: Disposition): [how: string, from: string, code: string] {
	switch (disposition.how) {
		case 'local':
			return ['local', disposition.from, '']
		case 'respelled':
			return step.do === 'remove' ? ['nothing', '', ''] : ['local', disposition.from, '']
		case 'refused':
			return ['refused', '', disposition.code]
		default:
			return [disposition.how, '', '']
	}
}
