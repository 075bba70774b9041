// One round over two sides: both are scanned and compared, the plan is made, both carry it out, both note what they agreed on.
// Knows neither folders nor connections: see side.ts.

import type {Fault, Problem} from '../core/entries/entry.js'
import type {AgreedPoint} from '../core/folder/agreement.js'
import type {RelPath} from '../core/paths.js'
import type {Disposition, Plan} from '../core/plan/plan.js'
import {isTooManyDeletions} from '../core/plan/safety.js'
import {settle} from '../core/plan/settle.js'
import {type Compared, compareSides} from './compare.js'
import type {RoundContext} from './context.js'
import {type TooMany, TooManyDeletions, waitingProblem, withoutDeletions} from './deletions.js'
import type {RoundEnd, RoundOptions} from './events.js'
import type {LeadingApplication, Preparation} from './side.js'

export interface LedRound {
	readonly outcome: RoundEnd
	/** The point both sides hold now. */
	readonly point: AgreedPoint | null
}

/**
 * Leads one round. Throws FileSyncError (a side's own, the connection's, TOO_MANY_DELETIONS); what a path cannot do is in the
 * outcome. When it settles, nothing of it is under way any more, also where the other side went away before.
 */
export const syncRound = (context: RoundContext, options: RoundOptions): Promise<LedRound> =>
	new Round(context, options).run()

class Round {
	readonly #context: RoundContext
	readonly #options: RoundOptions
	#faults = new Map<number, {side: Problem['side']; fault: Fault}>()
	#problems: readonly Problem[] = []
	readonly #localFailed = new Set<number>()
	readonly #remoteFailed = new Set<number>()
	#isPlannedTold = false
	/** Paths that are not as both sides want them, of all parts. */
	readonly #leftOver: RelPath[] = []

	constructor(context: RoundContext, options: RoundOptions) {
		this.#context = context
		this.#options = options
	}

	async run(): Promise<LedRound> {
		const {waitingDeletions = []} = this.#options
		const {onPart} = this.#context
		const compared = await compareSides(this.#context, this.#options)
		this.#problems = [...compared.problems, ...waitingDeletions.map(waitingProblem)]
		this.#leftOver.push(...compared.unread)
		for await (const {plan, isLast} of compared.parts) {
			const led = await this.#carryOutPart(withoutDeletions(plan, waitingDeletions), compared, isLast)
			if (isLast) return led
			onPart(led.outcome)
			this.#forgetPart()
		}
		throw new Error('a plan without a last part')
	}

	async #carryOutPart(plan: Plan, compared: Compared, isLast: boolean): Promise<LedRound> {
		const {local, remote, onEvent, point} = this.#context
		const {allowDeletes, dryRun} = this.#options
		await local.expect(plan.local)
		const here = await local.prepare({allowDeletes, dryRun})
		if (compared.isNothing) {
			remote.end()
			return {outcome: this.#outcome(plan, here.dispositions, new Map(), null, true), point}
		}
		if (!compared.areStepsSent) await remote.expect(plan.remote)
		const there = await remote.prepare({allowDeletes, dryRun})
		const outcome = (tooMany: TooMany | null, agreed: boolean): RoundEnd =>
			this.#outcome(plan, here.dispositions, there.dispositions, tooMany, agreed)
		const tooMany = this.#tooMany(here, there)
		if (dryRun) {
			remote.end()
			return {outcome: outcome(tooMany, false), point}
		}
		if (tooMany !== null) {
			remote.end()
			throw new TooManyDeletions(tooMany, local.root)
		}
		onEvent({kind: 'phase', phase: 'transfer'})
		const application = await this.#carryOut(plan, isLast)
		this.#leftOver.push(...application.failed, ...plan.leftAlone, ...plan.heldBack)
		this.#leftOver.push(...refusedThere(plan, there.dispositions))
		if (!isLast) {
			await Promise.all([local.next(), remote.next()])
			return {outcome: outcome(null, false), point}
		}
		onEvent({kind: 'phase', phase: 'commit'})
		const agreed = await this.#settle(plan, application, compared)
		return {outcome: outcome(null, agreed !== null), point: agreed ?? point}
	}

	/** Clears what the outcome of a part has reported. The paths left over stay until the agreement. */
	#forgetPart(): void {
		this.#faults = new Map()
		this.#problems = []
		this.#localFailed.clear()
		this.#remoteFailed.clear()
	}

	#tooMany(here: Preparation, there: Preparation): TooMany | null {
		if (this.#options.allowDeletes) return null
		const {maxDeletePercent: maxPercent} = this.#context
		const {deletions, held} = here
		const local = {side: 'local', deletions, held} as const
		const remote = {side: 'remote', deletions: there.deletions, held: there.held} as const
		return [local, remote].find((check) => isTooManyDeletions({...check, maxPercent})) ?? null
	}

	/** Reports the totals once. Of a plan in parts they are those of the whole folder, or each part would end at 100 %. */
	#tellPlanned(isLast: boolean, part: {readonly files: number; readonly bytes: number}): void {
		const {local, onEvent} = this.#context
		const isWhole = isLast || this.#options.direction === 'pull'
		if (!this.#isPlannedTold) onEvent({kind: 'planned', ...(isWhole ? part : local.contents)})
		this.#isPlannedTold = true
	}

	/** Both sides carry out their steps, each with contents of the other. */
	async #carryOut(plan: Plan, isLast: boolean): Promise<LeadingApplication> {
		const {local, remote, onEvent} = this.#context
		const here = local.apply((id, fault) => this.#localFault(id, fault))
		const there = remote.apply((id, fault) => this.#remoteFault(id, fault))
		const [wanted, given] = [here.expected, there.expected]
		this.#tellPlanned(isLast, {files: wanted.files + given.files, bytes: wanted.bytes + given.bytes})
		onEvent({kind: 'changing', steps: plan.local.length})
		const sending = local.supply(there.wishes, there.sink)
		const fetching = remote.supply(here.wishes, here.sink)
		const moves = [here.begin(), there.begin(), sending, fetching]
		try {
			await Promise.all(moves)
			await here.finish(wonAgreements(plan))
			await there.finish(this.#heldThere(plan))
		} catch (error) {
			remote.abandon(error instanceof Error ? error : new Error(String(error)))
			await Promise.allSettled(moves)
			await Promise.all([here.keepWhatCame(), there.keepWhatCame()])
			throw error
		}
		for (const [id, fault] of await fetching) this.#faults.set(id, {side: 'remote', fault})
		for (const [id, fault] of await sending) this.#faults.set(id, {side: 'local', fault})
		return here
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
		application: LeadingApplication,
		{local: scanned, remote: scannedThere, refused}: Compared,
	): Promise<AgreedPoint | null> {
		const {local, remote, generation, random, mostLeftOver} = this.#context
		const pending = sorted(this.#leftOver)
		// A path that cannot stand here has no record here: only the peer can keep it as left over.
		const told = sorted([...pending, ...refused])
		const token = Buffer.from(random(12)).toString('base64url')
		const agree = told.length <= mostLeftOver
		application.reserve(wonAgreements(plan))
		const mine = local.seq
		const point = {generation: generation + 1, token}
		const terms = {...point, agree, seq: mine, rules: scanned.rules, pending: agree ? told : []}
		const settled = await remote.settle(terms)
		await this.#agreeLate(plan, application)
		if (!agree || !settled.agreed || settled.seq < scannedThere.seq) {
			await remote.confirm(false)
			return null
		}
		const left = sorted([...pending, ...settled.pending])
		const rules = [scanned.rules, scannedThere.rules] as const
		const last: AgreedPoint = {...point, mine, theirs: settled.seq, pending: left, rules}
		await local.agree(last)
		await remote.confirm(true)
		return last
	}

	/**
	 * Agree steps that the other side must not carry out: their version has seen a content of this side that is not safe yet.
	 * Whether it could place a copy is not known by now, so no copy counts.
	 */
	#heldThere(plan: Plan): ReadonlySet<number> {
		const copies = plan.remote.filter((step) => step.do === 'put' && step.source !== step.path).map(({id}) => id)
		const safe = new Set(settle(plan, new Set([...this.#localFailed, ...copies])).agreements.remote.map(({id}) => id))
		return new Set(plan.remote.filter(({do: what, id}) => what === 'agree' && !safe.has(id)).map(({id}) => id))
	}

	/** Own agree steps of conflicts that this side won, now that it is known what became of the other content. */
	async #agreeLate(plan: Plan, application: LeadingApplication): Promise<void> {
		const held = wonAgreements(plan)
		const {agreements} = settle(plan, new Set([...this.#localFailed, ...this.#remoteFailed]))
		await application.agreeLate(new Set(agreements.local.map(({id}) => id).filter((id) => held.has(id))))
	}

	#outcome(
		plan: Plan,
		local: RoundEnd['local'],
		remote: RoundEnd['remote'],
		tooManyDeletions: TooMany | null,
		agreed: boolean,
	): RoundEnd {
		return {plan, local, remote, faults: this.#faults, problems: this.#problems, tooManyDeletions, agreed}
	}
}

const sorted = <T extends string>(paths: readonly T[]): T[] => [...new Set(paths)].sort()

/** Paths that cannot stand on the other side's disk. They stay left over, so that every round names them. */
const refusedThere = (plan: Plan, dispositions: ReadonlyMap<number, Disposition>): RelPath[] =>
	plan.remote
		.filter((step) => {
			const disposition = dispositions.get(step.id)
			return step.do !== 'remove' && disposition?.how === 'refused' && disposition.code.startsWith('BAD_PATH')
		})
		.map(({path}) => path)

/** Own agree steps at conflicts that this side won: they wait until the other content is safe. */
function wonAgreements(plan: Plan): ReadonlySet<number> {
	const replaced = new Set(plan.remote.filter(({keepAs}) => keepAs !== null).map(({path}) => path))
	return new Set(plan.local.filter((step) => step.do === 'agree' && replaced.has(step.path)).map(({id}) => id))
}
