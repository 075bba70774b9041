// A connection that this side dialled: dial, greet, lead rounds, end.

import {setTimeout as sleep} from 'node:timers/promises'
import pLimit from 'p-limit'
import type {Config} from '../../config/index.js'
import {requirePeer} from '../../config/index.js'
import type {DeviceId} from '../../core/entries/versions.js'
import type {AgreedPoint} from '../../core/folder/agreement.js'
import {FileSyncError} from '../../errors/index.js'
import {type Channel, dial, isSureRefusal, showFingerprint} from '../../net/index.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import {Conversation} from '../../session/conversation.js'
import {type Acquaintance, FellBehind, greet} from '../../session/greeting.js'
import {leadRound} from '../../session/round/leader.js'
import {sendReport} from '../../session/round/reporting.js'
import type {RoundEnd, RoundEvent, RoundOptions} from '../../sync/events.js'
import type {Credentials} from '../credentials.js'
import {selfOf} from '../open-replica.js'
import type {PeerResult} from '../use/sync-result.js'
import {SyncTally} from '../use/sync-tally.js'
import {type Asking, type Led, reportOf} from './round-reports.js'

export interface ConnectParts {
	readonly config: Config
	readonly credentials: Credentials
	readonly replica: Replica
	readonly signal: AbortSignal
	/** A round follows at once: the peer is asked to scan together with the greeting, which saves a round trip. */
	readonly begins?: boolean
	/** Returns a channel that was dialled ahead; used for the first attempt only. */
	readonly first?: () => Promise<Channel>
	/** Gives the replica a new device id, unless its id is no longer `device`. Waits for its turn among the rounds of the node, if any. */
	readonly startOver: (device: DeviceId) => Promise<void>
}

/** Rounds that changed ignore rules may add to a sync. One is enough unless the rules change again; the next sync does the rest. */
const moreRounds = 2

/** Wait before dialling again a peer that closed before its first frame (ms): a killed process is gone by then. */
const refusedPauseMs = 250

const mayBeRefused = (error: unknown): boolean =>
	error instanceof FileSyncError && error.code === 'PEER_REFUSED' && !isSureRefusal(error.cause)

/** Resolves early when the signal is aborted; the caller checks the signal. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, {signal}).catch(() => {})

export class Connection {
	readonly conversation: Conversation
	readonly peer: PeerResult
	readonly acquaintance: Acquaintance
	readonly #parts: ConnectParts
	readonly #turns = pLimit(1)
	#point: AgreedPoint | null
	#generation: number
	/** This side's device id at the greeting. */
	readonly #device: DeviceId
	/** The peer was already asked for a round, and told the ignore rules `#toldRules`. */
	#begun: boolean
	#toldRules: string

	private constructor(parts: ConnectParts, conversation: Conversation, acquaintance: Acquaintance) {
		this.#parts = parts
		this.conversation = conversation
		this.acquaintance = acquaintance
		this.#point = acquaintance.ground.kind === 'point' ? acquaintance.ground.point : null
		this.#generation = acquaintance.generation
		this.#device = parts.replica.device
		this.#begun = parts.begins === true
		this.#toldRules = acquaintance.toldRules
		const {host, port} = requirePeer(parts.config)
		this.peer = {
			host,
			port,
			name: acquaintance.name,
			fingerprint: showFingerprint(conversation.channel.peer.fingerprint),
		}
	}

	/**
	 * Dials and greets. An index that fell behind its peer starts over and greets again. A peer that closes before its first frame either
	 * refuses this side or is shutting down: it is dialled once more. Throws PEER_UNREACHABLE, PEER_MISMATCH, PEER_REFUSED, PEER_VERSION,
	 * SAME_FOLDER and others.
	 */
	static async open(parts: ConnectParts): Promise<Connection> {
		let dialNext = parts.first ?? (() => Connection.#dial(parts))
		const done = {startOver: false, askAgain: false}
		for (;;) {
			const channel = await dialNext()
			try {
				return await Connection.#greeted(parts, channel)
			} catch (error) {
				if (error instanceof FellBehind && !done.startOver) {
					done.startOver = true
					await parts.startOver(error.device)
				} else if (mayBeRefused(error) && !done.askAgain) {
					done.askAgain = true
					await pause(refusedPauseMs, parts.signal)
				} else throw error
			}
			dialNext = () => Connection.#dial(parts)
		}
	}

	static #dial({config, credentials, signal}: ConnectParts): Promise<Channel> {
		const {identity, pins} = credentials
		return dial({...requirePeer(config), identity, pins, signal})
	}

	static async #greeted(parts: ConnectParts, channel: Channel): Promise<Connection> {
		const {config, replica, signal} = parts
		const conversation = new Conversation(channel)
		const stop = endOnAbort(conversation, signal)
		try {
			return new Connection(
				parts,
				conversation,
				await greet(conversation, replica, selfOf(config), parts.begins === true),
			)
		} catch (error) {
			stop()
			conversation.fail(error instanceof Error ? error : new Error(String(error)))
			throw error
		}
	}

	/** Runs `task` after all earlier tasks: one round at a time on a connection. */
	inTurn<T>(task: () => Promise<T>): Promise<T> {
		return this.#turns(task)
	}

	/** Asks the peer for a round before `lead` does; resolves when the peer has locked its folder for it. Call within `inTurn`. */
	async begin({isAsked = false}: Pick<RoundOptions, 'isAsked'>): Promise<void> {
		if (!this.#begun) {
			this.#toldRules = this.#parts.replica.rules
			const body = {round: this.#generation + 1, rules: this.#toldRules, asked: isAsked}
			this.conversation.sendJson('begin', body)
		}
		this.#begun = true
		await this.conversation.heard()
	}

	/** Leads one round. `scan`: returns this side's scan, which may be running already. `onPart`: see `RoundContext`. */
	async lead(
		options: RoundOptions,
		scan: () => Promise<ScanReport>,
		onEvent: (event: RoundEvent) => void,
		onPart: (end: RoundEnd) => void = () => {},
	): Promise<RoundEnd> {
		const {config, replica} = this.#parts
		if (replica.device !== this.#device) throw startedOver()
		const round = leadRound(
			{
				conversation: this.conversation,
				replica,
				self: selfOf(config),
				peer: {...this.acquaintance, toldRules: this.#toldRules},
				point: this.#point,
				generation: this.#generation,
				begun: this.#begun,
				mtimeSkewSec: config.mtimeSkewSec,
				onEvent,
				onPart,
				scan,
			},
			options,
		)
		this.#begun = false
		const {outcome, point} = await round
		if (point !== null && point !== this.#point) this.#generation = point.generation
		this.#point = point
		return outcome
	}

	/**
	 * A sync: one round, and another one at once if the first changed a side's ignore rules. `lead` leads one round with `lead` of this
	 * connection. Returns what all of them came to.
	 */
	async sync(
		options: {readonly dryRun: boolean; readonly verbose: boolean},
		lead: (onPart: (end: RoundEnd) => void) => Promise<RoundEnd>,
	): Promise<SyncTally> {
		const tally = new SyncTally(options)
		for (let left = moreRounds; ; left--) {
			const outcome = await lead((end) => tally.addPart(end))
			const hasRules = tally.endRound(outcome)
			if (options.dryRun || left === 0 || !hasRules) return tally
		}
	}

	/** Sends the result of a round to the peer; does nothing if the connection has ended. `request`: the peer's, if it asked for the round. */
	async report(led: Led, request: Asking | null = null): Promise<void> {
		if (!this.acquaintance.takesReports) return
		try {
			await sendReport(this.conversation, reportOf(led, request))
		} catch (error) {
			if (this.conversation.failure === undefined) throw error
		}
	}

	get channel(): Channel {
		return this.conversation.channel
	}

	/** Ends the connection. Only an error of the peer's making (PROTOCOL) is sent to it first. */
	async close(error?: unknown): Promise<void> {
		if (error instanceof FileSyncError && error.code === 'PROTOCOL') await this.conversation.refuse(error)
		else await this.conversation.end({waits: false})
	}
}

/** Ends a conversation that was greeted under an earlier device id: the peer would store an agreement with an id that is no longer used. */
export const startedOver = (): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', 'this device started over as a new one meanwhile', ['run the command again'])

/** Ends the conversation when the signal is aborted. Finished files stay, unfinished ones are in staging. Returns how to detach. */
export function endOnAbort(conversation: Conversation, signal: AbortSignal): () => void {
	const onAbort = (): void =>
		conversation.fail(signal.reason instanceof Error ? signal.reason : new FileSyncError('INTERRUPTED', 'interrupted'))
	if (signal.aborted) onAbort()
	else signal.addEventListener('abort', onAbort, {once: true})
	const stop = (): void => signal.removeEventListener('abort', onAbort)
	conversation.onFailure(stop)
	return stop
}
