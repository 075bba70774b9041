// The listening side of a node: peers that dialled it, whose rounds it follows, and which it tells of changes here.
// Whatever a peer does, the node goes on.
import type {AgreedPoint} from '../../core/agreement.js'
import type {DeviceId} from '../../core/versions.js'
import {FileSyncError} from '../../errors/index.js'
import {type Channel, type Listener, listen, showFingerprint} from '../../net/index.js'
import {Conversation, peerError} from '../../session/conversation.js'
import {type Acquaintance, welcome} from '../../session/greeting.js'
import {type FollowedRound, followRound} from '../../session/round/follower.js'
import {ReportReader} from '../../session/round/reporting.js'
import type {RoundEvent, RoundOptions} from '../../sync/events.js'
import {Begin, decode} from '../../wire/messages.js'
import type {NodeParts} from '../context.js'
import {WatcherPause} from '../folder/watcher-pause.js'
import {selfOf} from '../open-replica.js'
import type {ServeEvent, SyncEvent} from '../use/events.js'
import type {PeerResult} from '../use/sync-result.js'
import {endOnAbort, startedOver} from './connection.js'
import {asFileSyncError} from './failures.js'
import {type Led, ledByPeer, resultWithoutReport} from './round-reports.js'
import {endIfSilent} from './sign-of-life.js'
import {Standings} from './standings.js'

/** Authenticated peers at once. More than one happens when a dead connection has not been noticed yet, or in a ring. */
const maxConversations = 8

interface InboundConnection {
	readonly conversation: Conversation
	readonly peer: Acquaintance
	/** This side, as the peer knows it. */
	readonly greetedAs: DeviceId
	subscribed: boolean
	/** Its connecting was reported. Not reported again for a peer whose syncs keep failing. */
	announced: boolean
	readonly reports: ReportReader
	/** Rounds that were asked for, by the request's id. */
	readonly asked: Map<number, Asked>
}

/** Who waits for a round that the peer is asked to lead. */
interface Asked {
	readonly onEvent: (event: RoundEvent) => void
	readonly done: (led: Led) => void
	readonly failed: (error: Error) => void
}

export interface InboundOptions {
	readonly onEvent: (event: ServeEvent) => void
	/** A peer stays and wants to be told of changes; or such a peer left. */
	readonly onSubscribers: () => void
	/** A peer's round changed this folder: others may want to know. */
	readonly onApplied: (device: DeviceId) => void
	/** No round with this peer succeeds; null: one did. */
	readonly onFailing: (failure: FileSyncError | null) => void
}

export class InboundConnections {
	readonly #parts: NodeParts
	readonly #options: InboundOptions
	readonly #connections = new Set<InboundConnection>()
	readonly #running = new Set<Promise<void>>()
	readonly #standings = new Standings()
	#listener: Listener | undefined
	#nextRequest = 1

	constructor(parts: NodeParts, options: InboundOptions) {
		this.#parts = parts
		this.#options = options
	}

	/** Throws LISTEN_FAILED. */
	async listen(): Promise<void> {
		const {config, credentials} = this.#parts
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

	/** Is this device here, to stay? */
	hasSubscriber(device: DeviceId): boolean {
		return [...this.#connections].some(({peer, subscribed}) => subscribed && peer.device === device)
	}

	/** Whoever stays, if anyone does. */
	get subscriber(): {readonly peer: Acquaintance; readonly channel: Channel} | undefined {
		const connection = [...this.#connections].findLast(({subscribed}) => subscribed)
		return connection === undefined ? undefined : {peer: connection.peer, channel: connection.conversation.channel}
	}

	/** Tells all that stay, but for one device, that something changed here: they lead a round then. Returns to how many. */
	tellChanged(except?: DeviceId): number {
		let told = 0
		for (const {conversation, subscribed, peer} of this.#connections) {
			if (!subscribed || peer.device === except || conversation.failure !== undefined) continue
			conversation.sendJson('changed', {})
			told++
		}
		return told
	}

	/** Whoever stays and can be asked for a round, if anyone does. */
	get #leader(): InboundConnection | undefined {
		return [...this.#connections].findLast(
			({subscribed, peer, conversation}) => subscribed && peer.takesReports && conversation.failure === undefined,
		)
	}

	get canAsk(): boolean {
		return this.#leader !== undefined
	}

	/**
	 * Has the peer that stays lead a round, which is told as if this side had led it. Throws FileSyncError: why none came of it, and
	 * PEER_UNREACHABLE where nobody stays.
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

	/** Ends all conversations: this device is another one from now on. Peers that stay dial again. */
	drop(): void {
		for (const {conversation} of this.#connections) conversation.fail(startedOver())
	}

	/** No more connections; those that are here hear why, and their rounds end. */
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

	/** One peer, from its hello to its goodbye. */
	async #converse(conversation: Conversation): Promise<void> {
		const {replica, config, signal, recorder, startOver} = this.#parts
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

	/** A round with this peer came to its end. */
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
		const {expireTrash, rounds, recorder} = this.#parts
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
			// Not `during`: the folder belongs to this round until nothing of it is under way, however it ends.
			const standing = this.#standings.of(peer.device)
			standing.isFruitless = true
			const round = await rounds(() => this.#round(connection, point, body))
			point = round.point
			this.#noteFinished(connection)
			expireTrash()
			const {applied, sent, failed, finished} = round
			if (finished !== 'settled') continue
			const durationMs = Math.round(performance.now() - startedAt)
			// What cannot be done now is retried in every round: the same failure again is not reported.
			if (applied + sent > 0 || failed !== standing.failed)
				onEvent({kind: 'synced', name: peer.name, applied, sent, failed, durationMs})
			standing.failed = failed
			if (!peer.takesReports) recorder.noteResult(resultWithoutReport(peerOf(connection), round, durationMs))
			if (applied > 0) onApplied(peer.device)
		}
	}

	/** The peer tells of the round that it led last. */
	#hear(connection: InboundConnection, body: Uint8Array): void {
		const report = connection.reports.take(body)
		if (report === undefined) return
		if (report.kind === 'failed') {
			connection.asked.get(report.request)?.failed(peerError(report.failure))
			return
		}
		const {result, heldBack, unforeseen} = ledByPeer(report, peerOf(connection))
		if (!result.dry_run) {
			const news = this.#parts.recorder.noteResult(result)
			this.#options.onEvent({kind: 'reported', name: connection.peer.name, result, news})
		}
		if (report.request !== null) connection.asked.get(report.request)?.done({result, heldBack, unforeseen})
	}

	async #round(connection: InboundConnection, point: AgreedPoint | null, begin: Uint8Array): Promise<FollowedRound> {
		const {conversation, peer} = connection
		const isAsked = !connection.subscribed || decode(Begin, begin, 'begin').asked
		const {replica, config, live, recorder} = this.#parts
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
	 * The point that both sides still share; null where a later conversation of the same device replaced it. Throws CONNECTION_LOST where that
	 * device has confirmed the later point: this conversation is then with an old state or a copy of it, or is a second connection of the
	 * same process. The next greeting tells which.
	 */
	#pointWith(device: DeviceId, point: AgreedPoint | null): AgreedPoint | null {
		const stored = this.#parts.replica.agreement(device)
		if (point === null || stored?.last.token === point.token) return point
		if (stored?.confirmed === true)
			throw new FileSyncError('CONNECTION_LOST', 'the same device synced over another connection meanwhile')
		return stored?.before?.token === point.token ? point : null
	}
}

/** The peer as a result names it. */
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
