// The side that leads a round: compares both indexes, makes the plan, has it carried out on both sides, notes the agreement.

import type {AgreedPoint} from '../../core/agreement.js'
import {type ById, byStepId} from '../../core/by-id.js'
import type {Problem} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import {parseRelPath} from '../../core/paths.js'
import type {Plan, PlanStep, PutStep} from '../../core/plan.js'
import {isTooManyDeletions} from '../../core/safety.js'
import {settle} from '../../core/settle.js'
import type {Applier} from '../../replica/apply/applier.js'
import type {Prepared} from '../../replica/plan/prepared.js'
import type {ScanReport} from '../../replica/replica.js'
import type {Fault} from '../../tree/index.js'
import {protocolFault} from '../../wire/fault.js'
import {Applied, decode, Prepared as PreparedMessage, Settled} from '../../wire/messages.js'
import {encodeRows, sendSteps} from '../batches.js'
import {Incoming} from '../transfer/incoming.js'
import {Outgoing, type OutgoingItem, type Source} from '../transfer/outgoing.js'
import {type Compared, compareSides} from './compare.js'
import {TooManyDeletions, waitingProblem, withoutDeletions} from './deletions.js'
import {LeftOver, mostLeftOver, sendLeftOver} from './left-over.js'
import type {Stamps} from './stamps.js'
import type {LeaderParts, RemoteDisposition, RoundEnd, RoundOptions} from './types.js'

export interface LedRound {
	readonly outcome: RoundEnd
	/** The point both sides hold now. */
	readonly point: AgreedPoint | null
}

/**
 * Leads one round. Throws FileSyncError (connection, protocol, safety); what a path cannot do is in the outcome. When it
 * settles, nothing of it is under way any more, also where the conversation ended before.
 */
export async function leadRound(parts: LeaderParts, options: RoundOptions): Promise<LedRound> {
	return new Round(parts, options).run()
}

class Round {
	readonly #parts: LeaderParts
	readonly #options: RoundOptions
	readonly #faults = new Map<number, {side: Problem['side']; fault: Fault}>()
	#problems: readonly Problem[] = []
	#unread: readonly RelPath[] = []
	/** Paths that cannot stand on one side's disk. They stay left over, so that every round names them. */
	#refusedHere: readonly string[] = []
	#refusedThere: readonly RelPath[] = []
	readonly #localFailed = new Set<number>()
	readonly #remoteFailed = new Set<number>()
	#outgoing: Outgoing | undefined

	constructor(parts: LeaderParts, options: RoundOptions) {
		this.#parts = parts
		this.#options = options
	}

	async run(): Promise<LedRound> {
		try {
			return await this.#run()
		} finally {
			// The conversation goes on for weeks: what listened for this round would keep its plan in memory.
			this.#parts.conversation.off('applied')
			this.#outgoing?.close()
		}
	}

	async #run(): Promise<LedRound> {
		const {conversation, onEvent, replica} = this.#parts
		const compared = await compareSides(this.#parts, this.#options)
		const {local, scanned, theirRules, isNothing, unread} = compared
		const {waitingDeletions = []} = this.#options
		const plan = withoutDeletions(compared.plan, waitingDeletions)
		this.#problems = [...compared.problems, ...waitingDeletions.map(waitingProblem)]
		this.#unread = unread
		this.#refusedHere = compared.refused
		const prepared = await replica.prepare(plan.local)
		if (isNothing) {
			conversation.sendJson('finish', {})
			return {outcome: this.#outcome(plan, prepared, new Map(), null, true), point: this.#parts.point}
		}
		if (!compared.areStepsSent) await sendSteps(conversation, plan.remote)
		const answer = await this.#askFollower(plan.remote)
		this.#refusedThere = plan.remote
			.filter((step) => step.do !== 'remove' && answer.dispositions.get(step.id)?.code.startsWith('BAD_PATH'))
			.map(({path}) => path)
		const tooMany = this.#tooMany(prepared, local, answer)
		if (this.#options.dryRun) {
			conversation.sendJson('finish', {})
			return {
				outcome: this.#outcome(plan, prepared, answer.dispositions, tooMany, false),
				point: this.#parts.point,
			}
		}
		if (tooMany !== null) {
			conversation.sendJson('finish', {})
			throw new TooManyDeletions(tooMany, replica.root)
		}
		onEvent({kind: 'phase', phase: 'transfer'})
		const applier = await this.#carryOut(plan, prepared, answer.dispositions, compared.stamps)
		onEvent({kind: 'phase', phase: 'commit'})
		const agreed = await this.#settle(plan, applier, {local, scanned, theirRules})
		return {
			outcome: this.#outcome(plan, prepared, answer.dispositions, null, agreed !== null),
			point: agreed ?? this.#parts.point,
		}
	}

	/** Closes the peer's part of the plan; hears how it would carry it out. */
	async #askFollower(
		steps: readonly PlanStep[],
	): Promise<{dispositions: Map<number, RemoteDisposition>; deletions: number; held: number}> {
		const {conversation} = this.#parts
		const {allowDeletes, dryRun} = this.#options
		conversation.sendJson('prepare', {allowDeletes, dryRun})
		const dispositions = new Map<number, RemoteDisposition>()
		let asked: ById<PlanStep> | undefined
		for (;;) {
			const {body} = await conversation.expect('prepared')
			const message = decode(PreparedMessage, body, 'prepared')
			// A peer that takes all steps whole names none.
			if (message.steps.length > 0) asked ??= byStepId(steps)
			for (const [id, how, from, code] of message.steps) {
				const step = asked?.get(id)
				if (step === undefined) throw protocolFault('an answer to a step that nobody asked for')
				// A path that cannot stand there is absent there.
				const isNeedless = step.do === 'remove' && code.startsWith('BAD_PATH')
				const check = from === '' ? undefined : parseRelPath(from)
				dispositions.set(id, {how: isNeedless ? 'nothing' : how, from: check?.ok ? check.path : null, code})
			}
			if (message.last) return {dispositions, deletions: message.deletions, held: message.held}
		}
	}

	#tooMany(
		prepared: Prepared,
		local: ScanReport,
		answer: {deletions: number; held: number},
	): RoundEnd['tooManyDeletions'] {
		const {self, peer} = this.#parts
		if (this.#options.allowDeletes) return null
		const maxPercent = Math.min(self.maxDeletePercent, peer.maxDeletePercent)
		const here = {side: 'local', deletions: prepared.deletions, held: local.files} as const
		const there = {side: 'remote', deletions: answer.deletions, held: answer.held} as const
		return [here, there].find((check) => isTooManyDeletions({...check, maxPercent})) ?? null
	}

	/** Both sides carry out their steps. */
	async #carryOut(
		plan: Plan,
		prepared: Prepared,
		dispositions: ReadonlyMap<number, RemoteDisposition>,
		stamps: Stamps,
	): Promise<Applier> {
		const {conversation, replica, self, onEvent} = this.#parts
		const applier = replica.applier(prepared, conversation.signal, (results) => {
			for (const {id, fault} of results) if (fault !== null) this.#localFault(id, fault)
		})
		const asked = byStepId(plan.remote)
		conversation.on('applied', (body) => {
			for (const [id, fault] of decode(Applied, body, 'applied').results) {
				if (!asked.has(id)) throw protocolFault('the result of a step that nobody asked for')
				// A copy: what else a peer puts into it is not kept.
				if (fault !== null) this.#remoteFault(id, {code: fault.code, message: fault.message})
			}
		})
		conversation.sendJson('carryOut', {})
		const pushes = plan.remote.filter((step): step is PutStep => step.do === 'put' && !dispositions.has(step.id))
		const pushBytes = pushes.reduce((sum, {state}) => sum + state.size, 0)
		// Of what this side's own steps touch the stamp is another one by then.
		const touched = new Set(prepared.steps.map(({step}) => step.path))
		const known = ({id, path, alternative}: OutgoingItem): Source | undefined => {
			const disk = alternative === null && !touched.has(path) ? stamps.find(path) : undefined
			const state = disk && asked.get(id)?.state
			return disk && {path, disk, isHashed: state?.kind === 'file' && state.hash !== null}
		}
		const pulls = applier.wanted
		const pullBytes = pulls.reduce((sum, {size}) => sum + size, 0)
		onEvent({kind: 'planned', files: pushes.length + pulls.length, bytes: pushBytes + pullBytes})
		const onMoved = (files: number, bytes: number): void => onEvent({kind: 'moved', files, bytes})
		onEvent({kind: 'changing', steps: prepared.steps.length})
		const begun = applier.begin()
		const incoming = new Incoming({conversation, applier, ready: begun, onReceived: onMoved, onFile: onEvent})
		for (const body of encodeRows(pulls, (rows) =>
			rows.map(({id, source}) => [id, source, applier.fileOf(id)?.path ?? source]),
		))
			conversation.send('fetch', body)
		const outgoing = new Outgoing({
			conversation,
			replica,
			known,
			maxConcurrency: self.maxConcurrency,
			nowMs: self.nowMs,
			onSent: onMoved,
			onFile: onEvent,
		})
		this.#outgoing = outgoing
		const sent = outgoing.send(itemsOf(pushes))
		try {
			await conversation.during(Promise.all([begun, sent, incoming.complete()]))
			await applier.finish(wonAgreements(plan))
			await incoming.close()
		} catch (error) {
			conversation.fail(error instanceof Error ? error : new Error(String(error)))
			await incoming.close()
			await Promise.allSettled([begun, sent])
			await applier.keepWhatCame()
			throw error
		}
		for (const [id, fault] of incoming.senderFaults) this.#faults.set(id, {side: 'remote', fault})
		for (const [id, fault] of outgoing.faults) this.#faults.set(id, {side: 'local', fault})
		return applier
	}

	#localFault(id: number, fault: Fault): void {
		this.#localFailed.add(id)
		this.#faults.set(id, {side: 'local', fault})
	}

	#remoteFault(id: number, fault: Fault): void {
		this.#remoteFailed.add(id)
		if (!this.#faults.has(id)) this.#faults.set(id, {side: 'remote', fault})
	}

	/** Both sides note the same point; null when too much is left over to note it. */
	async #settle(
		plan: Plan,
		applier: Applier,
		{local, scanned, theirRules}: Pick<Compared, 'local' | 'scanned' | 'theirRules'>,
	): Promise<AgreedPoint | null> {
		const rules = [local.rules, theirRules] as const
		const {conversation, replica, self, peer, point, generation} = this.#parts
		const undone = [...applier.failed, ...plan.leftAlone, ...plan.heldBack, ...this.#unread, ...this.#refusedThere]
		const pending = [...new Set(undone)].sort()
		// A path that cannot stand here has no record here: only the peer can keep it as left over.
		const told = [...new Set([...pending, ...this.#refusedHere])].sort()
		const token = Buffer.from(self.random(12)).toString('base64url')
		const agree = told.length <= mostLeftOver(peer)
		const next = generation + 1
		applier.reserve(wonAgreements(plan))
		const mine = replica.seq
		const inFrame = await sendLeftOver(conversation, peer, agree ? told : [])
		conversation.sendJson('settle', {
			agree,
			generation: next,
			token,
			leaderSeq: mine,
			pending: inFrame,
			hold: this.#heldAtFollower(plan),
			rules: rules[0],
		})
		const leftThere = new LeftOver()
		let answer = await conversation.expect('settled', 'pending')
		for (; answer.name === 'pending'; answer = await conversation.expect('settled', 'pending'))
			leftThere.take(answer.body)
		const settled = decode(Settled, answer.body, 'settled')
		leftThere.add(settled.pending)
		await this.#agreeLate(plan, applier)
		const confirm = (agreed: boolean): void => {
			if (peer.confirms) conversation.sendJson('confirm', {agreed})
		}
		if (!agree || !settled.agreed || settled.seq < scanned.seq) {
			confirm(false)
			return null
		}
		const left = [...new Set([...pending, ...leftThere.paths])].sort()
		const last: AgreedPoint = {generation: next, token, mine, theirs: settled.seq, pending: left, rules}
		const atSec = Math.floor(self.nowMs() / 1000)
		await replica.agree({peer: peer.device, last, before: point, confirmed: true, atSec})
		confirm(true)
		return last
	}

	/**
	 * Agree steps that the follower must not carry out: their version has seen a content of this side that is not safe yet.
	 * Whether the follower could place a copy is not known by now, so no copy counts.
	 */
	#heldAtFollower(plan: Plan): number[] {
		const copies = plan.remote.filter((step) => step.do === 'put' && step.source !== step.path).map(({id}) => id)
		const safe = new Set(settle(plan, new Set([...this.#localFailed, ...copies])).agreements.remote.map(({id}) => id))
		return plan.remote.filter(({do: what, id}) => what === 'agree' && !safe.has(id)).map(({id}) => id)
	}

	/** Own agree steps of conflicts that this side won, now that it is known what became of the other content. */
	async #agreeLate(plan: Plan, applier: Applier): Promise<void> {
		const held = wonAgreements(plan)
		const {agreements} = settle(plan, new Set([...this.#localFailed, ...this.#remoteFailed]))
		await applier.agreeLate(new Set(agreements.local.map(({id}) => id).filter((id) => held.has(id))))
	}

	#outcome(
		plan: Plan,
		local: Prepared,
		remote: ReadonlyMap<number, RemoteDisposition>,
		tooMany: RoundEnd['tooManyDeletions'],
		agreed: boolean,
	): RoundEnd {
		return {plan, local, remote, faults: this.#faults, problems: this.#problems, tooManyDeletions: tooMany, agreed}
	}
}

/** The contents that these steps of the peer want, made as they are asked for. */
function* itemsOf(steps: readonly PutStep[]): Generator<OutgoingItem, void> {
	for (const {id, path, source} of steps) yield {id, path: source, alternative: source === path ? null : path}
}

/** Own agree steps at conflicts that this side won: they wait until the other content is safe. */
function wonAgreements(plan: Plan): ReadonlySet<number> {
	const replaced = new Set(plan.remote.filter(({keepAs}) => keepAs !== null).map(({path}) => path))
	return new Set(plan.local.filter((step) => step.do === 'agree' && replaced.has(step.path)).map(({id}) => id))
}
