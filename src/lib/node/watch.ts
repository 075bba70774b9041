// The use-case behind `watch`: one connection kept open, a sync at the start and whenever either side changes, reconnecting by itself.
import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import {requirePeer} from '../config/index.js'
import {type ErrorCode, FileSyncError, messageOf} from '../errors/index.js'
import type {Replica} from '../replica/replica.js'
import {Changes} from './changes.js'
import {Connection} from './connection.js'
import {resultOf, type SyncResult} from './result.js'
import {type Credentials, loadCredentials, nowMs, openReplica, random} from './setup.js'
import {type SyncEvent, warnOfClock} from './sync.js'

export interface WatchOptions {
	readonly firstSync: boolean
	/** Lifts the deletion limit for the first sync only. */
	readonly allowDeletes: boolean
}

export type WatchEvent =
	| {readonly kind: 'connecting'; readonly host: string; readonly port: number}
	| {readonly kind: 'connected'; readonly name: string; readonly host: string; readonly port: number}
	| {readonly kind: 'offline'; readonly message: string; readonly advice: readonly string[]; readonly retryMs: number}
	| {readonly kind: 'synced'; readonly result: SyncResult}
	| {readonly kind: 'warning'; readonly message: string; readonly advice: readonly string[]}

/** Reconnecting: doubles from `firstMs` to `mostMs`, each time shortened by up to half at random, so that peers do not meet. */
const backOff = {firstMs: 500, mostMs: 30_000} as const

/** What trying again can mend. Everything else ends the watch. */
const passing: ReadonlySet<ErrorCode> = new Set([
	'PEER_UNREACHABLE',
	'CONNECTION_LOST',
	'PEER_FAILED',
	'PROTOCOL',
	'PEER_VERSION',
	'FOLDER_LOCKED',
])

/** Watches until `signal` is aborted. Throws FileSyncError for what trying again cannot mend. */
export async function watch(
	config: Config,
	options: WatchOptions,
	signal: AbortSignal,
	onEvent: (event: WatchEvent) => void,
): Promise<void> {
	requirePeer(config)
	const credentials = loadCredentials(config)
	assertNotExpired('own', credentials.identity, nowMs())
	for (const message of credentials.warnings) onEvent({kind: 'warning', message, advice: []})
	const replica = await openReplica(config, options.firstSync)
	try {
		await new Watch(config, credentials, replica, options, signal, onEvent).run()
	} finally {
		await replica.close()
	}
}

class Watch {
	#allowDeletes: boolean
	#attempt = 0
	/** Wakes the waiting loop; set while it waits. */
	#wake: () => void = () => {}
	#due = true

	constructor(
		private readonly config: Config,
		private readonly credentials: Credentials,
		private readonly replica: Replica,
		options: WatchOptions,
		private readonly signal: AbortSignal,
		private readonly onEvent: (event: WatchEvent) => void,
	) {
		this.#allowDeletes = options.allowDeletes
	}

	async run(): Promise<void> {
		const {replica, config, signal} = this
		replica.assertRoot()
		replica.loadRules()
		const changes = new Changes({
			replica,
			debounceMs: config.debounceMs,
			onChanged: () => this.#poke(),
			onWarning: (message, advice) => this.onEvent({kind: 'warning', message, advice}),
		})
		// One listener for the whole watch: one per wait would pile up.
		signal.addEventListener('abort', () => this.#wake(), {once: true})
		try {
			while (!signal.aborted) {
				try {
					await this.#connected(changes)
				} catch (error) {
					if (signal.aborted) break
					if (!(error instanceof FileSyncError) || !passing.has(error.code)) throw error
					await this.#offline(error)
				}
			}
		} finally {
			await changes.close()
		}
	}

	/** One connection, from dialling to its loss. */
	async #connected(changes: Changes): Promise<void> {
		const {config, credentials, replica, signal, onEvent} = this
		const address = requirePeer(config)
		onEvent({kind: 'connecting', ...address})
		const connection = await Connection.open({config, credentials, replica, signal})
		const {conversation} = connection
		onEvent({kind: 'connected', name: connection.peer.name, ...address})
		warnOfClock(connection.acquaintance.clockOffsetMs, (event) => this.#warn(event))
		conversation.on('changed', () => this.#poke())
		conversation.onFailure(() => this.#wake())
		conversation.sendJson('subscribe', {})
		this.#due = true
		try {
			for (;;) {
				if (this.#due) {
					this.#due = false
					await this.#sync(connection)
					changes.poke()
					this.#attempt = 0
				}
				// It may have ended while nothing waited for it: no wake comes any more.
				if (conversation.failure !== undefined) throw conversation.failure
				await this.#idle()
				if (conversation.failure !== undefined) throw conversation.failure
			}
		} catch (error) {
			await connection.close(error)
			throw error
		}
	}

	async #sync(connection: Connection): Promise<void> {
		const {replica, signal, onEvent} = this
		const startedAt = performance.now()
		const {bytesSent, bytesReceived} = connection.channel
		const options = {direction: 'both', force: false, dryRun: false, allowDeletes: this.#allowDeletes} as const
		const outcome = await connection.lead(
			options,
			() => replica.scan(signal),
			() => {},
		)
		this.#allowDeletes = false
		replica.expireTrash()
		const result = resultOf(outcome, {
			dryRun: false,
			verbose: true,
			peer: connection.peer,
			bytesSent: connection.channel.bytesSent - bytesSent,
			bytesReceived: connection.channel.bytesReceived - bytesReceived,
			durationMs: Math.round(performance.now() - startedAt),
		})
		onEvent({kind: 'synced', result})
	}

	#poke(): void {
		this.#due = true
		this.#wake()
	}

	/** Until something changes on either side, the connection ends, or it is time for a full look. */
	async #idle(): Promise<void> {
		if (this.#due) return
		await this.#pause(this.config.rescanIntervalSec * 1000)
		this.#due = true
	}

	async #offline(error: FileSyncError): Promise<void> {
		// Advice once is help, every few seconds it is noise; that a lost connection is dialled again needs none.
		const advice = this.#attempt === 0 && error.code !== 'CONNECTION_LOST' ? error.advice : []
		const fullMs = Math.min(backOff.mostMs, backOff.firstMs * 2 ** this.#attempt++)
		const [byte = 0] = random(1)
		const retryMs = Math.round(fullMs * (1 - byte / 512))
		const message = error.code === 'CONNECTION_LOST' ? 'the connection to the peer was lost' : messageOf(error)
		this.onEvent({kind: 'offline', message, advice, retryMs})
		await this.#pause(retryMs)
	}

	/** Waits, at most so long; a wake or the signal ends it. */
	async #pause(ms: number): Promise<void> {
		if (this.signal.aborted) return
		let timer: NodeJS.Timeout | undefined
		const woken = new Promise<void>((resolve) => {
			this.#wake = resolve
			timer = setTimeout(resolve, ms)
		})
		await woken
		clearTimeout(timer)
		this.#wake = () => {}
	}

	#warn(event: SyncEvent): void {
		if (event.kind === 'warning') this.onEvent({kind: 'warning', message: event.message, advice: []})
	}
}
