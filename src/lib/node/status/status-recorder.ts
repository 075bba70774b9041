// Collects the state of a running node for `status` and `top`: connection, rounds, rates, conflicts, problems, log.
// All lists are bounded. Never acts, never prints.
import type {Problem} from '../../core/entries/entry.js'
import type {RoundEvent} from '../../sync/events.js'
import {countsOf, type SyncResult} from '../use/sync-result.js'
import type {Instant, LastSync, LinkState, LogLine, NodeState, RoundState, TransferState} from './node-state.js'
import {type ProblemNews, StandingProblems} from './problem-news.js'

/** Entries kept in each list. */
const kept = {log: 500, conflicts: 100, problems: 1000, seconds: 60} as const

/** A channel, as far as its traffic is counted. */
export interface WireCounter {
	readonly bytesSent: number
	readonly bytesReceived: number
}

/** What does not change while the node runs, and how to ask for the rest. */
export interface RecordedFacts {
	readonly fixed: Pick<NodeState, 'started' | 'pid' | 'software' | 'device' | 'folder' | 'config' | 'listens' | 'dials'>
	readonly folder: () => Pick<NodeState, 'watching' | 'pending'> & {
		readonly counts: {readonly files: number; readonly folders: number; readonly links: number; readonly bytes: number}
		/** The index's device id; a new one after starting over. */
		readonly device: string
	}
	readonly nowMs: () => number
}

type Mutable<T> = {-readonly [K in keyof T]: T[K]}

export class StatusRecorder {
	readonly #facts: RecordedFacts
	#link: LinkState
	#round: Mutable<RoundState> | null = null
	#transfers = new Map<string, TransferState>()
	#lastSync: LastSync | null = null
	#conflicts: NodeState['conflicts'][number][] = []
	#problems: readonly Problem[] = []
	readonly #standing = new StandingProblems()
	#log: LogLine[] = []
	#nextLine = 1
	#syncs = 0
	#paused = false
	#held: string | null = null
	/** Open channels, and the sums of the closed ones. */
	readonly #wires = new Set<WireCounter>()
	#ended = {sent: 0, received: 0}
	#sampled = {sent: 0, received: 0}
	readonly #up: number[] = []
	readonly #down: number[] = []
	readonly #timer: NodeJS.Timeout

	constructor(facts: RecordedFacts) {
		this.#facts = facts
		this.#link = {state: facts.fixed.dials === null ? 'waiting' : 'connecting', since: this.now()}
		this.#timer = setInterval(() => this.#sample(), 1000)
		this.#timer.unref()
	}

	now(): Instant {
		return new Date(this.#facts.nowMs()).toISOString()
	}

	get link(): LinkState {
		return this.#link
	}

	set link(link: LinkState) {
		this.#link = link
	}

	get paused(): boolean {
		return this.#paused
	}

	set paused(paused: boolean) {
		this.#paused = paused
	}

	set held(why: string | null) {
		this.#held = why
	}

	get isInRound(): boolean {
		return this.#round !== null
	}

	log(level: LogLine['level'], text: string): void {
		this.#log.push({id: this.#nextLine++, at: this.now(), level, text})
		if (this.#log.length > kept.log) this.#log.splice(0, this.#log.length - kept.log)
	}

	clearLog(): void {
		this.#log = []
	}

	/** Counts the bytes of a channel until the returned function is called. */
	addWire(wire: WireCounter): () => void {
		this.#wires.add(wire)
		return () => {
			if (!this.#wires.delete(wire)) return
			this.#ended = {sent: this.#ended.sent + wire.bytesSent, received: this.#ended.received + wire.bytesReceived}
		}
	}

	beginRound(): void {
		this.#round = {phase: 'scan', since: this.now(), files_done: 0, files_total: 0, bytes_done: 0, bytes_total: 0}
		this.#transfers.clear()
	}

	onRoundEvent(event: RoundEvent): void {
		const round = this.#round
		if (round === null) return
		switch (event.kind) {
			case 'phase':
				round.phase = event.phase
				break
			case 'planned':
				round.files_total += event.files
				round.bytes_total += event.bytes
				break
			case 'moved':
				round.files_done += event.files
				round.bytes_done += event.bytes
				break
			case 'file':
				this.#note(event)
				break
			default:
				break
		}
	}

	endRound(): void {
		this.#round = null
		this.#transfers.clear()
	}

	/** Notes the result of a round, whichever side led it; never of a dry run. Returns which problems are news. */
	noteResult(result: SyncResult): ProblemNews {
		const at = this.now()
		const {ok, conflicts, duration_ms} = result
		this.#syncs++
		this.#problems = result.problems.slice(0, kept.problems)
		this.#lastSync = {at, ok, ...countsOf(result), conflicts: conflicts.length, duration_ms}
		for (const {path, copy, winner} of conflicts.slice(-kept.conflicts)) this.#conflicts.push({at, path, copy, winner})
		if (this.#conflicts.length > kept.conflicts) this.#conflicts = this.#conflicts.slice(-kept.conflicts)
		return this.#standing.note(result)
	}

	state(): NodeState {
		const {fixed, folder} = this.#facts
		const {counts, device, watching, pending} = folder()
		const {files, folders, links, bytes} = counts
		const {sent, received} = this.#wireTotals()
		return {
			at: this.now(),
			...fixed,
			device: {id: device, name: fixed.device.name},
			link: this.#link,
			watching,
			paused: this.#paused,
			held: this.#held,
			totals: {files, folders, links, bytes, syncs: this.#syncs, sent_bytes: sent, received_bytes: received},
			pending,
			round: this.#round === null ? null : {...this.#round},
			transfers: [...this.#transfers.values()],
			rates: {up: [...this.#up], down: [...this.#down]},
			conflicts: [...this.#conflicts],
			problems: this.#problems,
			last_sync: this.#lastSync,
			log: [...this.#log],
		}
	}

	close(): void {
		clearInterval(this.#timer)
	}

	#note({path, way, done, total}: Extract<RoundEvent, {kind: 'file'}>): void {
		const key = `${way} ${path}`
		if (done >= total) this.#transfers.delete(key)
		else {
			const since = this.#transfers.get(key)?.since ?? this.now()
			this.#transfers.set(key, {path, way, bytes_done: done, bytes_total: total, since})
		}
	}

	#wireTotals(): {readonly sent: number; readonly received: number} {
		let {sent, received} = this.#ended
		for (const wire of this.#wires) {
			sent += wire.bytesSent
			received += wire.bytesReceived
		}
		return {sent, received}
	}

	#sample(): void {
		const totals = this.#wireTotals()
		push(this.#up, totals.sent - this.#sampled.sent)
		push(this.#down, totals.received - this.#sampled.received)
		this.#sampled = totals
	}
}

function push(list: number[], value: number): void {
	list.push(Math.max(0, value))
	if (list.length > kept.seconds) list.shift()
}
