// The use-case behind `serve`: listens, lets the peer lead rounds on this folder, one at a time, and tells it of changes here.
import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {AgreedPoint} from '../core/agreement.js'
import type {DeviceId} from '../core/versions.js'
import {FileSyncError, messageOf} from '../errors/index.js'
import {type Channel, type Listener, listen, showFingerprint} from '../net/index.js'
import type {Replica} from '../replica/replica.js'
import {Conversation} from '../session/conversation.js'
import {followRound} from '../session/follower.js'
import {type Acquaintance, welcome} from '../session/greeting.js'
import {Changes} from './changes.js'
import {endOnAbort} from './connection.js'
import {type Credentials, loadCredentials, nowMs, openReplica, selfOf} from './setup.js'

export type ServeEvent =
	| {readonly kind: 'ready'; readonly certFile: string; readonly host: string; readonly port: number}
	| {readonly kind: 'connected'; readonly name: string; readonly address: string; readonly fingerprint: string}
	| {readonly kind: 'disconnected'; readonly name: string; readonly reason: string | null}
	| {
			readonly kind: 'synced'
			readonly name: string
			readonly applied: number
			readonly sent: number
			readonly failed: number
			readonly durationMs: number
	  }
	| {readonly kind: 'refused'; readonly address: string; readonly reason: string}
	| {readonly kind: 'warning'; readonly message: string; readonly advice: readonly string[]}
	| {readonly kind: 'failed'; readonly name: string; readonly message: string; readonly advice: readonly string[]}

/** Authenticated peers at once. More than one happens when a dead connection has not been noticed yet, or in a ring. */
const maxConversations = 8

interface Guest {
	readonly conversation: Conversation
	readonly peer: Acquaintance
	subscribed: boolean
}

/** Serves until `signal` is aborted. Throws what keeps it from starting: locked folder, missing root, certificates, port. */
export async function serve(
	config: Config,
	{firstSync}: {firstSync: boolean},
	signal: AbortSignal,
	onEvent: (event: ServeEvent) => void,
): Promise<void> {
	const credentials = loadCredentials(config)
	assertNotExpired('own', credentials.identity, nowMs())
	const replica = await openReplica(config, firstSync)
	try {
		await new Server(config, credentials, replica, signal, onEvent).run()
	} finally {
		await replica.close()
	}
}

class Server {
	readonly #guests = new Set<Guest>()
	readonly #running = new Set<Promise<void>>()
	/** One round at a time on this folder, whoever leads it. */
	readonly #rounds = pLimit(1)
	#changes: Changes | undefined

	constructor(
		private readonly config: Config,
		private readonly credentials: Credentials,
		private readonly replica: Replica,
		private readonly signal: AbortSignal,
		private readonly onEvent: (event: ServeEvent) => void,
	) {}

	async run(): Promise<void> {
		const {config, credentials, signal, onEvent} = this
		const {identity, pins} = credentials
		for (const message of credentials.warnings) onEvent({kind: 'warning', message, advice: []})
		// One per conversation, taken off when it ends.
		setMaxListeners(0, signal)
		this.replica.assertRoot()
		this.replica.loadRules()
		this.replica.expireTrash()
		const listener: Listener = await listen({
			...config.server,
			identity,
			pins,
			onChannel: (channel) => this.#receive(channel),
			onRefused: ({address, reason}) => onEvent({kind: 'refused', address, reason}),
		})
		onEvent({kind: 'ready', certFile: identity.certFile, host: listener.host, port: listener.port})
		try {
			await aborted(signal)
		} finally {
			await listener.close()
			await this.#changes?.close()
			for (const {conversation} of this.#guests)
				conversation.fail(new FileSyncError('CONNECTION_LOST', 'this node is shutting down'))
			await Promise.allSettled(this.#running)
		}
	}

	#receive(channel: Channel): void {
		const running = this.#converse(new Conversation(channel)).finally(() => this.#running.delete(running))
		this.#running.add(running)
	}

	/** One peer, from its hello to its goodbye. Whatever it does, the node goes on. */
	async #converse(conversation: Conversation): Promise<void> {
		const {onEvent} = this
		const {address, fingerprint} = conversation.channel.peer
		endOnAbort(conversation, this.signal)
		let guest: Guest | undefined
		let name = address
		try {
			const peer = await welcome(conversation, this.replica, selfOf(this.config))
			name = peer.name
			guest = {conversation, peer, subscribed: false}
			this.#admit(guest)
			onEvent({kind: 'connected', name, address, fingerprint: showFingerprint(fingerprint)})
			await this.#follow(guest)
		} catch (error) {
			const failure = conversation.failure ?? error
			this.replica.noteFailure(failure)
			const ended =
				failure instanceof FileSyncError && (failure.code === 'CONNECTION_LOST' || failure.code === 'INTERRUPTED')
			if (guest !== undefined && ended) onEvent({kind: 'disconnected', name, reason: null})
			else if (!ended) {
				const advice = failure instanceof FileSyncError ? failure.advice : []
				onEvent({kind: 'failed', name, message: messageOf(failure), advice})
				await conversation.refuse(failure).catch(() => {})
			}
		} finally {
			if (guest !== undefined) this.#guests.delete(guest)
			conversation.fail(new FileSyncError('CONNECTION_LOST', 'the conversation is over'))
		}
	}

	/** A device that connects again replaces its older connection: that one is dead and has not noticed. */
	#admit(guest: Guest): void {
		const same = [...this.#guests].filter(({peer}) => peer.device === guest.peer.device)
		for (const {conversation, subscribed} of same)
			if (subscribed === false)
				conversation.fail(new FileSyncError('CONNECTION_LOST', 'the same device connected again'))
		if (this.#guests.size >= maxConversations) {
			const [oldest] = this.#guests
			oldest?.conversation.fail(new FileSyncError('CONNECTION_LOST', 'too many peers are connected at once'))
		}
		this.#guests.add(guest)
	}

	async #follow(guest: Guest): Promise<void> {
		const {conversation, peer} = guest
		let point: AgreedPoint | null = peer.ground.kind === 'point' ? peer.ground.point : null
		for (;;) {
			const {name} = await conversation.expect('begin', 'subscribe')
			if (name === 'subscribe') {
				guest.subscribed = true
				this.#watch()
				continue
			}
			const startedAt = performance.now()
			// Not `during`: the folder belongs to this round until nothing of it is under way, however it ends.
			const round = await this.#rounds(() =>
				followRound({
					conversation,
					replica: this.replica,
					self: selfOf(this.config),
					peer,
					point: this.#pointWith(peer.device, point),
					onScan: () => {},
				}),
			)
			point = round.point
			this.#changes?.poke()
			const {applied, sent, failed} = round
			if (round.finished === 'settled') {
				this.replica.expireTrash()
				this.onEvent({
					kind: 'synced',
					name: peer.name,
					applied,
					sent,
					failed,
					durationMs: Math.round(performance.now() - startedAt),
				})
			}
		}
	}

	/** A point that a later conversation of the same device replaced is not agreed any more. */
	#pointWith(device: DeviceId, point: AgreedPoint | null): AgreedPoint | null {
		const stored = this.replica.agreement(device)
		return point !== null && (stored?.last.token === point.token || stored?.before?.token === point.token)
			? point
			: null
	}

	/** From the first subscriber on, changes here are told to those who want to know. */
	#watch(): void {
		this.#changes ??= new Changes({
			replica: this.replica,
			debounceMs: this.config.debounceMs,
			onChanged: () => {
				for (const {conversation, subscribed} of this.#guests)
					if (subscribed && conversation.failure === undefined) conversation.sendJson('changed', {})
			},
			onWarning: (message, advice) => this.onEvent({kind: 'warning', message, advice}),
		})
	}
}

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
	new Promise((resolve) => {
		if (signal.aborted) resolve()
		else signal.addEventListener('abort', () => resolve(), {once: true})
	})
