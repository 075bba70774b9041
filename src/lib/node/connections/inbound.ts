// Inbound connections of a node: follows the rounds that peers lead, and tells peers of changes here. No peer can end the node.

import type {DeviceId} from '../../core/entries/versions.js'
import type {AgreedPoint} from '../../core/folder/agreement.js'
import {FileSyncError} from '../../errors/index.js'
import {type Channel, type Listener, listen, showFingerprint} from '../../net/index.js'
import {Conversation, peerError} from '../../session/conversation.js'
import {type Acquaintance, welcome} from '../../session/greeting.js'
import {type FollowedRound, followRound} from '../../session/round/follower.js'
import {ReportReader} from '../../session/round/reporting.js'
import type {RoundEvent, RoundOptions} from '../../sync/events.js'
import {Begin, decode} from '../../wire/messages.js'
import type {NodeContext} from '../context.js'
import {WatcherPause} from '../folder/watcher-pause.js'
import {selfOf} from '../open-replica.js'
import type {ServeEvent, SyncEvent} from '../use/events.js'
import type {PeerResult} from '../use/sync-result.js'
import {endOnAbort, startedOver} from './connection.js'
import {asFileSyncError} from './failures.js'
import {type Led, ledByPeer, resultWithoutReport} from './round-reports.js'
import {endIfSilent} from './sign-of-life.js'
import {Standings} from './standings.js'

/** Authenticated connections at once. There is more than one while a dead one has not been noticed, or with several devices. */
const maxConversations = 8

interface InboundConnection {
	readonly conversation: Conversation
	readonly peer: Acquaintance
	/** This side's device id at the greeting. */
	readonly greetedAs: DeviceId
	subscribed: boolean
	/** Its connecting was reported. It is not reported for a peer whose syncs keep failing. */
	announced: boolean
	readonly reports: ReportReader
	/** Rounds that this side asked the peer to lead, by the request's id. */
	readonly asked: Map<number, Asked>
}

/** Callbacks of a caller that waits for a round led by the peer. */
interface Asked {
	readonly onEvent: (event: RoundEvent) => void
	readonly done: (led: Led) => void
	readonly failed: (error: Error) => void
}

export interface InboundOptions {
	readonly onEvent: (event: ServeEvent) => void
	/** A peer subscribed to changes, or a subscriber left. */
	readonly onSubscribers: () => void
	/** The round of this device changed the folder: other peers must be told. */
	readonly onApplied: (device: DeviceId) => void
	/** A round that a peer leads failed; null: one succeeded again. */
	readonly onFailing: (failure: FileSyncError | null) => void
}

export class InboundConnections {
	readonly #context: NodeContext
	readonly #options: InboundOptions
	readonly #connections = new Set<InboundConnection>()
	readonly #running = new Set<Promise<void>>()
	readonly #standings = new Standings()
	#listener: Listener | undefined
	#nextRequest = 1

	constructor(context: NodeContext, options: InboundOptions) {
		this.#context = context
		this.#options = options
	}

	/** Throws LISTEN_FAILED. */
	async listen(): Promise<void> {
		const {config, credentials} = this.#context
		const {identity, pins} = credentials
		this.#listener = await listen({
			...config.server,
			identity,
			pins,
			onChannel: (channel) => this.#receive(channel),
			onRefused: ({address, reason}) => this.#options.onEvent({kind: 'refused', address, reason}),
		})
		const {host, port} = this.#listener
		this.#options.onEvent({kind: 'ready', certFile: identity.certFile, host, port})
	}

	/** True if this device is connected and subscribed to changes. */
	hasSubscriber(device: DeviceId): boolean {
		return [...this.#connections].some(({peer, subscribed}) => subscribed && peer.device === device)
	}

	/** The newest subscriber, if there is one. */
	get subscriber(): {readonly peer: Acquaintance; readonly channel: Channel} | undefined {
		const connection = [...this.#connections].findLast(({subscribed}) => subscribed)
		return connection === undefined ? undefined : {peer: connection.peer, channel: connection.conversation.channel}
	}

	/** Tells all subscribers except one device that something changed here; each then leads a round. Returns how many were told. */
	tellChanged(except?: DeviceId): number {
		let told = 0
		for (const {conversation, subscribed, peer} of this.#connections) {
			if (!subscribed || peer.device === except || conversation.failure !== undefined) continue
			conversation.sendJson('changed', {})
			told++
		}
		return told
	}

	/** The newest subscriber that can be asked for a round, if there is one. */
	get #leader(): InboundConnection | undefined {
		return [...this.#connections].findLast(
			({subscribed, peer, conversation}) => subscribed && peer.takesReports && conversation.failure === undefined,
		)
	}

	get canAsk(): boolean {
		return this.#leader !== undefined
	}

	/**
	 * Asks a subscriber to lead a round and returns its result as seen from this side. Throws FileSyncError: why the round failed, and
	 * PEER_UNREACHABLE without a subscriber.
	 */
	async ask(options: RoundOptions, verbose: boolean, tell: (event: SyncEvent) => void): Promise<Led> {
		const connection = this.#leader
		if (connection === undefined) throw nobodyConnected()
		const {conversation, asked} = connection
		const {direction, force, dryRun, allowDeletes} = options
		const id = this.#nextRequest++
		const {name, host, port} = peerOf(connection)
		tell({kind: 'connected', name, host, port})
		try {
			const led = await conversation.during(
				new Promise<Led>((done, failed) => {
					asked.set(id, {onEvent: tell, done, failed})
					conversation.sendJson('request', {id, direction, force, dryRun, allowDeletes, verbose})
				}),
			)
			const {actions: _, ...result} = led.result
			return verbose || dryRun ? led : {...led, result}
		} finally {
			asked.delete(id)
		}
	}

	/** Ends all conversations, because this side has a new device id. Subscribers dial again. */
	drop(): void {
		for (const {conversation} of this.#connections) conversation.fail(startedOver())
	}

	/** Accepts no more connections, ends the open ones with a reason, and waits until their rounds have ended. */
	async close(): Promise<void> {
		await this.#listener?.close()
		for (const {conversation} of this.#connections)
			conversation.fail(new FileSyncError('CONNECTION_LOST', 'this node is shutting down'))
		await Promise.allSettled(this.#running)
	}

	#receive(channel: Channel): void {
		const running = this.#converse(new Conversation(channel)).finally(() => this.#running.delete(running))
		this.#running.add(running)
	}

	/** One connection, from the greeting to its end. Never rejects. */
	async #converse(conversation: Conversation): Promise<void> {
		const {replica, config, signal, recorder, startOver} = this.#context
		const {onEvent, onSubscribers} = this.#options
		const {address} = conversation.channel.peer
		endOnAbort(conversation, signal)
		const forgetWire = recorder.addWire(conversation.channel)
		let connection: InboundConnection | undefined
		let name = address
		try {
			const peer = await welcome(conversation, replica, selfOf(config), startOver)
			name = peer.name
			connection = {
				conversation,
				peer,
				greetedAs: replica.device,
				subscribed: false,
				announced: false,
				reports: new ReportReader(),
				asked: new Map(),
			}
			this.#admit(connection)
			if (!this.#standings.of(peer.device).isFruitless) this.#announce(connection)
			await this.#follow(connection)
		} catch (error) {
			const cause = conversation.failure ?? error
			replica.noteFailure(cause)
			const failure = asFileSyncError(cause)
			const ended = failure.code === 'CONNECTION_LOST' || failure.code === 'INTERRUPTED'
			if (ended) {
				if (connection?.announced === true) onEvent({kind: 'disconnected', name, reason: null})
			} else {
				this.#noteFailed(connection, name, failure)
				await conversation.refuse(cause).catch(() => {})
			}
		} finally {
			forgetWire()
			conversation.fail(new FileSyncError('CONNECTION_LOST', 'the conversation is over'))
			if (connection !== undefined) {
				this.#connections.delete(connection)
				if (connection.subscribed) onSubscribers()
			}
		}
	}

	#announce(connection: InboundConnection): void {
		const {conversation, peer} = connection
		const {address, fingerprint} = conversation.channel.peer
		connection.announced = true
		this.#options.onEvent({kind: 'connected', name: peer.name, address, fingerprint: showFingerprint(fingerprint)})
	}

	#noteFailed(connection: InboundConnection | undefined, name: string, failure: FileSyncError): void {
		const {message, advice} = failure
		if (connection !== undefined) {
			this.#options.onFailing(failure)
			if (!this.#standings.of(connection.peer.device).failure.note(failure)) return
		}
		this.#options.onEvent({kind: 'failed', name, message, advice})
	}

	/** A round with this peer is complete. */
	#noteFinished(connection: InboundConnection): void {
		const {device, name} = connection.peer
		const standing = this.#standings.of(device)
		standing.isFruitless = false
		if (!connection.announced) this.#announce(connection)
		if (!standing.failure.over()) return
		this.#options.onFailing(null)
		this.#options.onEvent({kind: 'recovered', name})
	}

	/**
	 * An older connection of the same device is dead and has not noticed, or it is alive: a node that reconnects may carry out a sync on
	 * a connection of its own meanwhile.
	 */
	#admit(connection: InboundConnection): void {
		for (const {conversation, peer} of this.#connections)
			if (peer.device === connection.peer.device)
				endIfSilent(conversation, new FileSyncError('CONNECTION_LOST', 'the same device connected again'))
		if (this.#connections.size >= maxConversations) {
			const [oldest] = this.#connections
			oldest?.conversation.fail(new FileSyncError('CONNECTION_LOST', 'too many peers are connected at once'))
		}
		this.#connections.add(connection)
	}

	async #follow(connection: InboundConnection): Promise<void> {
		const {conversation, peer} = connection
		const {expireTrash, rounds, recorder} = this.#context
		const {onEvent, onSubscribers, onApplied} = this.#options
		let point: AgreedPoint | null = peer.ground.kind === 'point' ? peer.ground.point : null
		for (;;) {
			const {name, body} = await conversation.expect('begin', 'subscribe', 'report')
			if (name === 'subscribe') {
				connection.subscribed = true
				onSubscribers()
				continue
			}
			if (name === 'report') {
				this.#hear(connection, body)
				continue
			}
			const startedAt = performance.now()
			// Not `during`: the folder stays locked until every task of this round has ended, also if the connection is lost.
			const standing = this.#standings.of(peer.device)
			standing.isFruitless = true
			const round = await rounds(() => this.#round(connection, point, body))
			point = round.point
			this.#noteFinished(connection)
			expireTrash()
			const {applied, sent, failed, finished} = round
			if (finished !== 'settled') continue
			const durationMs = Math.round(performance.now() - startedAt)
			// Paths that failed are retried in every round: the same number again is not reported.
			if (applied + sent > 0 || failed !== standing.failed)
				onEvent({kind: 'synced', name: peer.name, applied, sent, failed, durationMs})
			standing.failed = failed
			if (!peer.takesReports) recorder.noteResult(resultWithoutReport(peerOf(connection), round, durationMs))
			if (applied > 0) onApplied(peer.device)
		}
	}

	/** The peer reports the result of the round that it led last. */
	#hear(connection: InboundConnection, body: Uint8Array): void {
		const report = connection.reports.take(body)
		if (report === undefined) return
		if (report.kind === 'failed') {
			connection.asked.get(report.request)?.failed(peerError(report.failure))
			return
		}
		const {result, heldBack, unforeseen} = ledByPeer(report, peerOf(connection))
		if (!result.dry_run) {
			const news = this.#context.recorder.noteResult(result)
			this.#options.onEvent({kind: 'reported', name: connection.peer.name, result, news})
		}
		if (report.request !== null) connection.asked.get(report.request)?.done({result, heldBack, unforeseen})
	}

	async #round(connection: InboundConnection, point: AgreedPoint | null, begin: Uint8Array): Promise<FollowedRound> {
		const {conversation, peer} = connection
		const isAsked = !connection.subscribed || decode(Begin, begin, 'begin').asked
		const {replica, config, live, recorder} = this.#context
		if (connection.greetedAs !== replica.device) throw startedOver()
		const agreed = this.#pointWith(peer.device, point)
		recorder.beginRound()
		let round: FollowedRound | undefined
		const watcherPause = new WatcherPause(live)
		try {
			round = await followRound({
				conversation,
				replica,
				self: selfOf(config),
				peer,
				point: agreed,
				begin,
				scan: (onProgress) => live.scan(conversation.signal, {isAsked, onProgress}),
				onEvent: (event) => {
					watcherPause.onRoundEvent(event)
					recorder.onRoundEvent(event)
					for (const {onEvent} of connection.asked.values()) onEvent(event)
				},
			})
			return round
		} finally {
			if (round === undefined || round.failed > 0) live.distrust()
			watcherPause.over()
			recorder.endRound()
			void live.roundOver()
		}
	}

	/**
	 * The agreement that both sides still share; null: another conversation of the same device has replaced it. Throws CONNECTION_LOST if
	 * the device has confirmed the later one: then this conversation is with an old state or a copy of the device, or is a second
	 * connection of the same process. The next greeting tells which.
	 */
	#pointWith(device: DeviceId, point: AgreedPoint | null): AgreedPoint | null {
		const stored = this.#context.replica.agreement(device)
		if (point === null || stored?.last.token === point.token) return point
		if (stored?.confirmed === true)
			throw new FileSyncError('CONNECTION_LOST', 'the same device synced over another connection meanwhile')
		return stored?.before?.token === point.token ? point : null
	}
}

/** The peer as it stands in a result. */
function peerOf({conversation, peer}: InboundConnection): PeerResult {
	const {address, port, fingerprint} = conversation.channel.peer
	return {host: address, port, name: peer.name, fingerprint: showFingerprint(fingerprint)}
}

export const nobodyConnected = (): FileSyncError =>
	new FileSyncError(
		'PEER_UNREACHABLE',
		'no device is connected to this node, and its config names none to connect to',
		[
			'start filesync watch on the other device, or run filesync sync there',
			'to have this device connect by itself, set peer.host and peer.port in its config and start it again',
		],
	)
