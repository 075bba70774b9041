// The peer's folder as one side of a round that this device leads: each verb as frames of a conversation.
// Trusts nothing: what the peer answers must fit what it was asked.

import type {Entry, Fault} from '../core/entries/entry.js'
import type {AgreedPoint} from '../core/folder/agreement.js'
import {parseRelPath, type RelPath} from '../core/paths.js'
import {type ById, byStepId} from '../core/plan/by-id.js'
import type {Disposition, PlanStep} from '../core/plan/plan.js'
import type {
	Application,
	Changes,
	ContentSink,
	Preparation,
	Settled,
	Side,
	SideScan,
	Terms,
	Wish,
} from '../sync/side.js'
import {tightenHeap} from '../tree/index.js'
import {wireLimits} from '../wire/codes.js'
import {decodeEntries, type RefusedRow} from '../wire/entries.js'
import {protocolFault} from '../wire/fault.js'
import {Applied, decode, Prepared, Scanned, Settled as SettledMessage} from '../wire/messages.js'
import {BulkRoom, encodeRows, sendSteps} from './batches.js'
import type {Conversation} from './conversation.js'
import type {Acquaintance} from './greeting.js'
import {LeftOver, sendLeftOver} from './round/left-over.js'
import {FrameSink} from './transfer/frame-sink.js'
import {Incoming} from './transfer/incoming.js'

export interface RemoteSideParts {
	readonly conversation: Conversation
	readonly peer: Acquaintance
	readonly point: AgreedPoint | null
	readonly generation: number
	/** The peer was asked for this round along with the greeting. */
	readonly begun: boolean
	/** Somebody waits for this round. */
	readonly isAsked: boolean
	/** The rules of the leading side as the peer is told of them: those of its last scan. */
	readonly rules: string
}

export class RemoteSide implements Side {
	readonly #parts: RemoteSideParts
	#steps: PlanStep[] = []
	/** What the peer was told of the leading side's rules. */
	#told: string
	/** What it sent along with its scan. */
	#changes: Changes = {entries: [], refused: []}
	#dispositions: ReadonlyMap<number, Disposition> = new Map()
	#sink: FrameSink | undefined
	#held: ReadonlySet<number> = new Set()

	constructor(parts: RemoteSideParts) {
		this.#parts = parts
		this.#told = parts.begun ? parts.peer.toldRules : parts.rules
	}

	async scan(): Promise<SideScan> {
		if (!this.#parts.begun) this.#begin()
		return this.#receive()
	}

	async *changesSince(otherRules: string): AsyncGenerator<Changes, void> {
		// What the peer sent was new since the point, which does not count any more.
		if (this.#parts.point !== null && otherRules !== this.#told) {
			this.#told = otherRules
			this.#begin()
			await this.#receive()
		}
		const changes = this.#changes
		this.#changes = {entries: [], refused: []}
		yield changes
	}

	async resolve(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, Entry>> {
		const {conversation} = this.#parts
		const found = new Map<RelPath, Entry>()
		for (let at = 0; at < paths.length; at += 1000) {
			const some = paths.slice(at, at + 1000)
			conversation.sendJson('look', {paths: some})
			const {body} = await conversation.expect('looked')
			const asked = new Set(some)
			for (const entry of decodeEntries(body).entries) {
				if (!asked.has(entry.path)) throw protocolFault('a record that nobody asked for')
				found.set(entry.path, entry)
			}
		}
		return found
	}

	async expect(steps: readonly PlanStep[]): Promise<void> {
		for (const step of steps) this.#steps.push(step)
		await sendSteps(this.#parts.conversation, steps)
	}

	async prepare(options: {readonly allowDeletes: boolean; readonly dryRun: boolean}): Promise<Preparation> {
		const {conversation} = this.#parts
		conversation.sendJson('prepare', options)
		const dispositions = new Map<number, Disposition>()
		this.#dispositions = dispositions
		let asked: ById<PlanStep> | undefined
		for (;;) {
			const {body} = await conversation.expect('prepared')
			const message = decode(Prepared, body, 'prepared')
			// A peer that takes all steps whole names none.
			if (message.steps.length > 0) asked ??= byStepId(this.#steps)
			for (const [id, how, from, code] of message.steps) {
				const step = asked?.get(id)
				if (step === undefined) throw protocolFault('an answer to a step that nobody asked for')
				dispositions.set(id, dispositionOf(step, how, from, code))
			}
			if (message.last) return {dispositions, deletions: message.deletions, held: message.held}
		}
	}

	apply(onFault: (id: number, fault: Fault) => void): Application {
		const {conversation} = this.#parts
		const asked = byStepId(this.#steps)
		conversation.on('applied', (body) => {
			for (const [id, fault] of decode(Applied, body, 'applied').results) {
				if (!asked.has(id)) throw protocolFault('the result of a step that nobody asked for')
				// A copy: what else a peer puts into it is not kept.
				if (fault !== null) onFault(id, {code: fault.code, message: fault.message})
			}
		})
		conversation.sendJson('carryOut', {})
		const sink = new FrameSink(conversation)
		this.#sink = sink
		let [files, bytes] = [0, 0]
		for (const {size} of this.#wishes()) {
			files++
			bytes += size
		}
		return {
			expected: {files, bytes},
			wishes: {[Symbol.iterator]: () => this.#wishes()},
			sink,
			// The peer begins by itself, and finishes when it hears the terms.
			begin: () => Promise.resolve(),
			finish: (held) => {
				this.#held = held
				return Promise.resolve()
			},
			keepWhatCame: () => Promise.resolve(),
		}
	}

	async supply(wishes: Iterable<Wish>, sink: ContentSink): Promise<ReadonlyMap<number, Fault>> {
		const {conversation} = this.#parts
		const wanted = [...wishes]
		const incoming = new Incoming({conversation, sink, expected: wanted.length})
		const rows = (some: readonly Wish[]) => some.map(({id, path, alternative}) => [id, path, alternative ?? path])
		for (const body of encodeRows(wanted, rows)) conversation.send('fetch', body)
		try {
			await incoming.complete()
		} finally {
			await incoming.close()
		}
		return incoming.senderFaults
	}

	async next(): Promise<void> {
		const {conversation} = this.#parts
		conversation.sendJson('next', {hold: [...this.#held]})
		await conversation.expect('ready')
		this.close()
		this.#sink = undefined
		this.#steps = []
		this.#dispositions = new Map()
		this.#held = new Set()
	}

	async settle({agree, generation, token, seq, rules, pending}: Terms): Promise<Settled> {
		const {conversation, peer} = this.#parts
		const inFrame = await sendLeftOver(conversation, peer, pending)
		const hold = [...this.#held]
		conversation.sendJson('settle', {agree, generation, token, leaderSeq: seq, pending: inFrame, hold, rules})
		const leftThere = new LeftOver()
		let answer = await conversation.expect('settled', 'pending')
		for (; answer.name === 'pending'; answer = await conversation.expect('settled', 'pending'))
			leftThere.take(answer.body)
		const settled = decode(SettledMessage, answer.body, 'settled')
		leftThere.add(settled.pending)
		return {agreed: settled.agreed, seq: settled.seq, pending: leftThere.paths}
	}

	async confirm(agreed: boolean): Promise<void> {
		const {conversation, peer} = this.#parts
		if (peer.confirms) conversation.sendJson('confirm', {agreed})
	}

	abandon(error: Error): void {
		this.#parts.conversation.fail(error)
	}

	end(): void {
		this.#parts.conversation.sendJson('finish', {})
	}

	/** The conversation goes on for weeks: what listened for this round would keep its plan in memory. */
	close(): void {
		this.#parts.conversation.off('applied')
		this.#sink?.close()
	}

	#begin(): void {
		const {conversation, generation, isAsked: asked} = this.#parts
		conversation.sendJson('begin', {round: generation + 1, rules: this.#told, asked})
	}

	/** What changed at the peer, streamed in path order, and then what its scan came to. */
	async #receive(): Promise<SideScan> {
		const {conversation, peer} = this.#parts
		const entries: Entry[] = []
		const refused: RefusedRow[] = []
		const room = new BulkRoom('an index')
		let last = ''
		for (;;) {
			const {name, body} = await conversation.expect('records', 'scanned')
			if (name === 'scanned') {
				this.#changes = {entries, refused}
				const {rules = peer.rules, ...scanned} = decode(Scanned, body, 'scanned')
				return {...scanned, rules}
			}
			room.take(body.byteLength)
			const decoded = decodeEntries(body)
			for (const entry of decoded.entries) {
				if (entry.path <= last) throw protocolFault('index records that are not in path order')
				last = entry.path
				entries.push(entry)
			}
			tightenHeap(entries.length)
			if (refused.length < wireLimits.pending) refused.push(...decoded.refused)
		}
	}

	/** The contents of steps that the peer carries out whole, made as they are asked for. */
	*#wishes(): Generator<Wish, void> {
		for (const step of this.#steps) {
			if (step.do !== 'put' || this.#dispositions.has(step.id)) continue
			const {id, path, source, state} = step
			const alternative = source === path ? null : path
			yield {id, path: source, alternative, isHashed: state.hash !== null, size: state.size}
		}
	}
}

/** How the peer says that it carries out a step. A path that cannot stand there is absent there. */
function dispositionOf(step: PlanStep, how: string, from: string, code: string): Disposition {
	if (how === 'refused')
		return step.do === 'remove' && code.startsWith('BAD_PATH') ? {how: 'nothing'} : {how: 'refused', code}
	if (how === 'nothing' || how === 'meta') return {how}
	const check = parseRelPath(from)
	if (!check.ok) throw protocolFault('a content that comes from no path')
	return {how: 'local', from: check.path}
}
