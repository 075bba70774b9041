// The side that follows: shows its changes, carries out the leader's steps after its own checks, sends what is asked for.
// Believes nothing: steps must fit its own records, deletions its own limit, contents their hashes.
import type {AgreedPoint, Agreement} from '../../core/agreement.js'
import type {IndexRecord} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {PlanStep} from '../../core/plan.js'
import {isTooManyDeletions} from '../../core/safety.js'
import type {Applier} from '../../replica/apply/applier.js'
import type {Disposition, Prepared} from '../../replica/plan/prepared.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import type {Fault} from '../../tree/index.js'
import {wireLimits} from '../../wire/codes.js'
import {decodeSteps, encodeEntries, parsePaths, type RefusedRow} from '../../wire/entries.js'
import {protocolFault} from '../../wire/fault.js'
import {toJson} from '../../wire/json.js'
import {Begin, Confirm, decode, Fetch, Look, Prepare, Settle} from '../../wire/messages.js'
import {BulkRoom, encodeRows} from '../batches.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance, Self} from '../greeting.js'
import {Incoming} from '../transfer/incoming.js'
import {Outgoing, type OutgoingItem} from '../transfer/outgoing.js'
import {TooManyDeletions} from './deletions.js'
import {DistinctIds} from './distinct-ids.js'
import {LeftOver, mostLeftOver, sendLeftOver} from './left-over.js'
import type {RoundEvent} from './types.js'

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
	readonly #steps: PlanStep[] = []
	readonly #refused: RefusedRow[] = []
	#putBytes = 0
	readonly #ids = new DistinctIds()
	readonly #leftOver = new LeftOver()
	#lastPath = ''
	readonly #room = new BulkRoom('a plan')
	#prepared: Prepared | undefined
	/** The leader's rules, as it said them last. */
	#theirRules: string
	#isShownAgain = false
	#allowDeletes = false
	#sent = 0
	#applied = 0
	#failed = 0
	#outgoing: Outgoing | undefined

	constructor(parts: FollowerParts) {
		this.#parts = parts
		this.#theirRules = this.#rulesIn(parts.begin)
	}

	async run(): Promise<FollowedRound> {
		try {
			return await this.#run()
		} finally {
			this.#outgoing?.close()
		}
	}

	async #run(): Promise<FollowedRound> {
		const {conversation, point} = this.#parts
		// It may have waited long for another peer's round.
		conversation.signal.throwIfAborted()
		// Tells the leader that its turn has come here (decision 0029).
		conversation.send('records', encodeEntries([]))
		const report = await this.#scan()
		await this.#showIndex(report)
		for (;;) {
			const {name, body} = await conversation.expect('begin', 'look', 'steps', 'prepare', 'carryOut', 'finish')
			switch (name) {
				case 'begin':
					await this.#showAgain(body, report)
					break
				case 'look':
					await this.#look(body)
					break
				case 'steps':
					this.#takeSteps(body)
					break
				case 'prepare':
					await this.#prepare(body)
					break
				case 'carryOut':
					return {
						point: await this.#carryOut(report),
						applied: this.#applied,
						sent: this.#sent,
						failed: this.#failed,
						finished: 'settled',
					}
				default:
					return {point, applied: 0, sent: 0, failed: 0, finished: 'nothing to do'}
			}
		}
	}

	#rulesIn(begin: Uint8Array): string {
		return decode(Begin, begin, 'begin').rules ?? this.#parts.peer.rules
	}

	async #scan(): Promise<ScanReport> {
		const {scan, onEvent} = this.#parts
		onEvent({kind: 'phase', phase: 'scan'})
		const report = await scan((entries) => onEvent({kind: 'scanning', entries}))
		onEvent({kind: 'phase', phase: 'compare'})
		return report
	}

	/** The leader's scan found other rules than it announced, so more records are needed. At most once a round: it scans once. */
	async #showAgain(begin: Uint8Array, report: ScanReport): Promise<void> {
		if (this.#isShownAgain || this.#prepared !== undefined || this.#lastPath !== '')
			throw protocolFault('a round that begins in the middle of another')
		this.#isShownAgain = true
		this.#theirRules = this.#rulesIn(begin)
		await this.#showIndex(report)
	}

	/** Sends what changed since the point both know, as long as neither side's rules changed since; else everything. */
	async #showIndex(report: ScanReport): Promise<void> {
		const {conversation, replica, point} = this.#parts
		const isCurrent = point?.rules[0] === report.rules && point.rules[1] === this.#theirRules
		const current = isCurrent ? point : null
		let batch: IndexRecord[] = []
		const flush = async (): Promise<void> => {
			for (const body of encodeRows(batch, encodeEntries)) {
				conversation.send('records', body)
				await conversation.drained()
			}
			batch = []
		}
		for await (const records of replica.recordsSince(current?.mine ?? 0, current?.pending ?? [])) {
			batch.push(...records)
			if (batch.length >= 1000) await flush()
		}
		await flush()
		const problems = report.problems
			.slice(0, namedProblems)
			.map(({path, code, message}) => ({path: path.slice(0, 4096), code, message: message.slice(0, 2000)}))
		conversation.sendJson('scanned', {
			seq: report.seq,
			files: report.files,
			bytes: report.bytes,
			problems,
			moreProblems: report.problems.length - problems.length,
			rules: report.rules,
		})
	}

	/** Only paths in scope that the index holds are answered. */
	async #look(body: Uint8Array): Promise<void> {
		const {conversation, replica} = this.#parts
		const paths = parsePaths(decode(Look, body, 'look').paths, 'look')
		const records = await replica.look(paths, conversation.signal)
		const found = paths
			.flatMap((path) => records.get(path) ?? [])
			.filter((record) => !replica.isIgnored(record.path, record.state.kind === 'dir'))
		conversation.send('looked', encodeEntries(found))
	}

	#takeSteps(body: Uint8Array): void {
		if (this.#prepared !== undefined) throw protocolFault('steps after the plan was closed')
		this.#room.take(body.byteLength)
		const {steps, refused} = decodeSteps(body)
		for (const {id} of steps) this.#takeId(id)
		for (const {id} of refused) this.#takeId(id)
		for (const step of steps) {
			if (step.path <= this.#lastPath) throw protocolFault('steps that are not in path order')
			this.#lastPath = step.path
			this.#steps.push(step)
			if (step.do === 'put') this.#putBytes += step.state.size
		}
		// By the time all are here and looked through, its thread runs.
		this.#parts.replica.expectWriting({steps: this.#steps.length, bytes: this.#putBytes})
		this.#refused.push(...refused)
	}

	#takeId(id: number | null): void {
		if (id !== null && !this.#ids.add(id)) throw protocolFault('two steps of one id')
	}

	async #prepare(body: Uint8Array): Promise<void> {
		const {conversation, replica} = this.#parts
		if (this.#prepared !== undefined) throw protocolFault('a plan that was closed twice')
		this.#allowDeletes = decode(Prepare, body, 'prepare').allowDeletes
		const prepared = await replica.prepare(this.#steps)
		this.#prepared = prepared
		const rows: [id: number, how: string, from: string, code: string][] = []
		for (const {step, disposition} of prepared.steps) {
			if (disposition.how === 'whole') continue
			rows.push([step.id, ...answerOf(step, disposition)])
		}
		for (const {id, fault} of this.#refused) rows.push([id ?? 0, 'refused', '', `BAD_PATH: the path ${fault}`])
		const counts = {deletions: prepared.deletions, held: replica.counts.files + replica.counts.links}
		for (const batch of encodeRows(rows, (some) => toJson({last: false, ...counts, steps: some}))) {
			conversation.send('prepared', batch)
			await conversation.drained()
		}
		conversation.sendJson('prepared', {last: true, ...counts, steps: []})
	}

	/** From here on the folder changes. Ends with the leader's `settle`. */
	async #carryOut(report: ScanReport): Promise<AgreedPoint | null> {
		const {conversation, replica, self, onEvent} = this.#parts
		const onMoved = (files: number, bytes: number): void => onEvent({kind: 'moved', files, bytes})
		const prepared = this.#prepared
		if (prepared === undefined) throw protocolFault('a plan to carry out before it was closed')
		this.#assertDeletions(prepared)
		const unnoticed = unnoticedIn(prepared)
		// Of a step that is done nothing is told: it is the one that no fault came for.
		const faults: [number, Fault][] = []
		const tell = (): void => {
			for (const body of encodeRows(faults.splice(0), (some) => toJson({results: some})))
				conversation.send('applied', body)
		}
		const applier = replica.applier(prepared, conversation.signal, (results) => {
			for (const {id, fault} of results) {
				if (fault === null) {
					if (!unnoticed.has(id)) this.#applied++
					continue
				}
				this.#failed++
				faults.push([id, {code: fault.code, message: fault.message.slice(0, 2000)}])
			}
			if (faults.length >= 500 && conversation.failure === undefined) tell()
		})
		const outgoing = new Outgoing({
			conversation,
			replica,
			maxConcurrency: self.maxConcurrency,
			nowMs: self.nowMs,
			onSent: (files, bytes) => {
				this.#sent += files
				// What the leader will ask for is not known ahead.
				onEvent({kind: 'planned', files, bytes})
				onMoved(files, bytes)
			},
			onFile: onEvent,
		})
		this.#outgoing = outgoing
		onEvent({kind: 'phase', phase: 'transfer'})
		onEvent({kind: 'planned', files: applier.missing, bytes: applier.missingBytes})
		onEvent({kind: 'changing', steps: prepared.steps.length})
		const begun = applier.begin()
		const incoming = new Incoming({conversation, applier, ready: begun, onReceived: onMoved, onFile: onEvent})
		const underWay: Promise<unknown>[] = [begun]
		const asked = new Set<number>()
		try {
			for (;;) {
				const {name, body} = await conversation.during(
					Promise.race([conversation.expect('fetch', 'pending', 'settle'), rejection(begun)]),
				)
				if (name === 'settle') {
					await conversation.during(Promise.all([...underWay, incoming.complete()]))
					await incoming.close()
					const settle = decode(Settle, body, 'settle')
					await applier.finish(new Set(settle.hold))
					tell()
					return await this.#settle(settle, applier, report)
				}
				if (name === 'pending') {
					this.#leftOver.take(body)
					continue
				}
				const sent = outgoing.send(this.#fetched(body, asked))
				sent.catch((error) => conversation.fail(error instanceof Error ? error : new Error(String(error))))
				underWay.push(sent)
			}
		} catch (error) {
			conversation.fail(error instanceof Error ? error : new Error(String(error)))
			await incoming.close()
			await Promise.allSettled(underWay)
			await applier.keepWhatCame()
			throw error
		}
	}

	/** A leader wants a content here for a path or for a conflict copy of it, so at most twice. */
	#fetched(body: Uint8Array, asked: Set<number>): OutgoingItem[] {
		const most = 2 * this.#parts.replica.counts.files + wireLimits.rows
		return decode(Fetch, body, 'fetch').items.map(([id, path, alternative]) => {
			if (asked.has(id)) throw protocolFault('a content asked for twice')
			asked.add(id)
			if (asked.size > most) throw protocolFault('more wishes than there are contents')
			const [first, second] = parsePaths([path, alternative], 'fetch')
			if (first === undefined || second === undefined) throw protocolFault('a content without a path')
			return {id, path: first, alternative: second === first ? null : second}
		})
	}

	/** This side's own limit; the peer's word can lift it for once, because what goes is kept in the trash. */
	#assertDeletions({deletions}: Prepared): void {
		const {replica, self} = this.#parts
		const held = replica.counts.files + replica.counts.links
		if (this.#allowDeletes || !isTooManyDeletions({deletions, held, maxPercent: self.maxDeletePercent})) return
		throw new TooManyDeletions({side: 'local', deletions, held}, replica.root)
	}

	async #settle(settle: Settle, applier: Applier, report: ScanReport): Promise<AgreedPoint | null> {
		const {conversation, replica, self, peer, point} = this.#parts
		const {agree, generation, token, leaderSeq, pending} = settle
		this.#leftOver.add(pending)
		const all = [...new Set([...this.#leftOver.paths, ...applier.failed])].sort()
		const agreed = agree && all.length <= mostLeftOver(peer)
		const last: AgreedPoint = {
			generation,
			token,
			mine: replica.seq,
			theirs: leaderSeq,
			pending: all,
			rules: [report.rules, settle.rules ?? this.#theirRules],
		}
		const atSec = Math.floor(self.nowMs() / 1000)
		const agreement: Agreement = {peer: peer.device, last, before: point, confirmed: false, atSec}
		if (agreed) await replica.agree(agreement)
		const inFrame = await sendLeftOver(conversation, peer, agreed ? applier.failed : [])
		conversation.sendJson('settled', {seq: last.mine, pending: inFrame, agreed})
		if (peer.confirms && (await this.#isConfirmed()) && agreed)
			await replica.agree({...agreement, confirmed: true}, false)
		return agreed ? last : point
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

/** Steps that nobody would call a change: those that only the index learns of, and of a move the removal. */
function unnoticedIn({steps}: Prepared): ReadonlySet<number> {
	const movedFrom = new Set<RelPath>()
	for (const {disposition} of steps)
		if (disposition.how === 'local' || disposition.how === 'respelled') movedFrom.add(disposition.from)
	const unnoticed = new Set<number>()
	for (const {step, disposition} of steps) {
		const isIndexOnly = disposition.how === 'nothing' || disposition.how === 'refused'
		if (isIndexOnly || (step.do === 'remove' && movedFrom.has(step.path))) unnoticed.add(step.id)
	}
	return unnoticed
}
