// The dialling side of a node: one connection to the peer kept open, a round at the start and whenever either side changes.
// Reconnects by itself; gives way to a connection that the peer holds to this node, so that two that dial each other share one.
import {requirePeer} from '../config/index.js'
import type {DeviceId} from '../core/versions.js'
import {type ErrorCode, FileSyncError, messageOf} from '../errors/index.js'
import type {RoundEvent, RoundOptions} from '../session/round.js'
import {clockWarning} from './clock.js'
import {Connection} from './connection.js'
import type {WatchEvent} from './events.js'
import {leadOnce} from './lead.js'
import {networkName} from './network.js'
import type {NodeParts} from './parts.js'
import type {SyncResult} from './result.js'
import {random} from './setup.js'

/** Reconnecting: doubles from `firstMs` to `mostMs`, each time shortened by up to half at random, so that peers do not meet. */
const backOff = {firstMs: 500, mostMs: 30_000} as const
/** What a round left over is tried again after so long, then after twice as long and so on, up to the time between full looks. */
const again = {firstMs: 2000} as const
/** How often a node that is offline looks whether the network changed. */
const networkLookMs = 2000

/**
 * So many refusals in a row, over so many milliseconds, are believed. One alone may be a peer that is being shut down, or a line
 * that is cut, before its first word: both close the connection as a refusal does.
 */
const believed = {refusals: 3, ms: 5000} as const

/** What trying again can mend. Everything else ends the node. */
const passing: ReadonlySet<ErrorCode> = new Set([
	'PEER_UNREACHABLE',
	'CONNECTION_LOST',
	'PEER_FAILED',
	'PROTOCOL',
	'PEER_VERSION',
	'FOLDER_LOCKED',
])

export interface LinkOptions {
	/** Lifts the deletion limit for the first round only. */
	readonly allowDeletes: boolean
	readonly onEvent: (event: WatchEvent) => void
	/** Does this device hold a connection to this node? */
	readonly isHere: (device: DeviceId) => boolean
	/** This side gave way: the peer's connection is the one. */
	readonly onYielded: () => void
	/** A round changed this folder: others may want to know. */
	readonly onApplied: (device: DeviceId) => void
}

/** Why the loop wakes from a wait: something is due, or the wait is of no use any more. */
type Waker = () => void

export class Link {
	readonly #parts: NodeParts
	readonly #options: LinkOptions
	#connection: Connection | undefined
	#allowDeletes: boolean
	#attempt = 0
	/** In a row, with nothing else between them, and when the first of them was. */
	#refusals = {count: 0, since: 0}
	/** After so long what was left over is tried again, and after how long the time after that. */
	#againMs = Number.POSITIVE_INFINITY
	#nextAgainMs = 0
	#wake: Waker = () => {}
	#due = true
	/** The peer's device, once it was met. */
	#peer: DeviceId | undefined

	constructor(parts: NodeParts, options: LinkOptions) {
		this.#parts = parts
		this.#options = options
		this.#allowDeletes = options.allowDeletes
	}

	/** The connection, while it stands. */
	get connection(): Connection | undefined {
		return this.#connection?.conversation.failure === undefined ? this.#connection : undefined
	}

	/** Runs until the signal is aborted. Throws FileSyncError for what trying again cannot mend. */
	async run(): Promise<void> {
		const {signal} = this.#parts
		// One listener for all waits: one per wait would pile up.
		signal.addEventListener('abort', () => this.#wake(), {once: true})
		while (!signal.aborted) {
			try {
				if (this.#peer !== undefined && this.#yields(this.#peer)) await this.#wait(null)
				else await this.#connected()
			} catch (error) {
				if (signal.aborted) break
				if (!(error instanceof FileSyncError) || !this.#isPassing(error)) throw error
				await this.#offline(error)
			}
		}
	}

	#isPassing({code}: FileSyncError): boolean {
		if (code !== 'PEER_REFUSED') {
			this.#refusals = {count: 0, since: 0}
			return passing.has(code)
		}
		const now = performance.now()
		const {count, since} = this.#refusals
		this.#refusals = {count: count + 1, since: count === 0 ? now : since}
		return this.#refusals.count < believed.refusals || now - this.#refusals.since < believed.ms
	}

	/** Something changed here, or a round is wanted: it is due now, and so is the next try to connect. */
	poke(): void {
		this.#due = true
		this.#wake()
	}

	/** The peer connected to this node, or left: perhaps this side gives way now, or dials again at once. */
	reconsider(): void {
		this.#attempt = 0
		const {conversation, acquaintance} = this.#connection ?? {}
		if (acquaintance !== undefined && this.#yields(acquaintance.device))
			conversation?.fail(new FileSyncError('CONNECTION_LOST', 'the peer holds a connection to this node'))
		this.#wake()
	}

	/** Ends the connection; it is dialled again at once. */
	drop(): void {
		this.#connection?.conversation.fail(new FileSyncError('CONNECTION_LOST', 'this node connects anew'))
		this.#attempt = 0
		this.#wake()
	}

	/** Of two devices that hold a connection to each other the one with the smaller id keeps its own. */
	#yields(peer: DeviceId): boolean {
		return this.#parts.replica.device > peer && this.#options.isHere(peer)
	}

	/** One connection, from dialling to its loss. */
	async #connected(): Promise<void> {
		const {config, credentials, replica, signal, journal} = this.#parts
		const {onEvent} = this.#options
		const address = requirePeer(config)
		if (journal.link.state !== 'offline') journal.link = {state: 'connecting', since: journal.now()}
		onEvent({kind: 'connecting', ...address})
		const connection = await Connection.open({config, credentials, replica, signal})
		const {conversation, acquaintance, peer} = connection
		this.#refusals = {count: 0, since: 0}
		const forgetWire = journal.addWire(connection.channel)
		this.#peer = acquaintance.device
		if (this.#yields(acquaintance.device)) {
			forgetWire()
			await connection.close()
			this.#options.onYielded()
			onEvent({kind: 'yielded', name: peer.name})
			return
		}
		this.#connection = connection
		this.#noteConnected(connection)
		onEvent({kind: 'connected', name: peer.name, ...address})
		const warning = clockWarning(acquaintance.clockOffsetMs)
		if (warning !== undefined) onEvent({kind: 'warning', message: warning, advice: []})
		conversation.on('changed', () => this.poke())
		conversation.onFailure(() => this.#wake())
		conversation.sendJson('subscribe', {})
		this.#due = true
		try {
			for (;;) {
				if (this.#due && !journal.paused) {
					this.#due = false
					await this.#round(connection)
					this.#attempt = 0
				}
				// It may have ended while nothing waited for it: no wake comes any more.
				if (conversation.failure !== undefined) throw conversation.failure
				if (!this.#due || journal.paused) {
					await this.#wait(Math.min(this.#againMs, config.rescanIntervalSec * 1000))
					this.#due = true
				}
				if (conversation.failure !== undefined) throw conversation.failure
			}
		} catch (error) {
			forgetWire()
			this.#connection = undefined
			await connection.close(error)
			if (this.#yields(acquaintance.device)) {
				this.#options.onYielded()
				onEvent({kind: 'yielded', name: peer.name})
				return
			}
			throw error
		}
	}

	async #round(connection: Connection): Promise<void> {
		const options = {direction: 'both', force: false, dryRun: false, allowDeletes: this.#allowDeletes} as const
		const {result} = await this.lead(connection, options, true, () => {})
		this.#allowDeletes = false
		this.#againMs = result.ok ? Number.POSITIVE_INFINITY : Math.max(again.firstMs, this.#nextAgainMs)
		this.#nextAgainMs = result.ok ? 0 : 2 * this.#againMs
	}

	/** Leads a round on this connection, after those that were asked for before. */
	async lead(
		connection: Connection,
		options: RoundOptions,
		verbose: boolean,
		onRoundEvent: (event: RoundEvent) => void,
	): Promise<{readonly result: SyncResult; readonly heldBack: number}> {
		const {onEvent, onApplied} = this.#options
		const led = await leadOnce(this.#parts, connection, options, verbose, onRoundEvent)
		const {result} = led
		if (!options.dryRun) {
			onEvent({kind: 'synced', result})
			if (result.pulled + result.deleted_local + result.renamed + result.metadata > 0)
				onApplied(connection.acquaintance.device)
		}
		return led
	}

	#noteConnected({channel, peer, acquaintance}: Connection): void {
		const {journal} = this.#parts
		journal.link = {
			state: 'connected',
			since: journal.now(),
			name: peer.name,
			address: `${channel.peer.address}:${channel.peer.port}`,
			fingerprint: peer.fingerprint,
			leader: 'here',
			round_trip_ms: Math.round(acquaintance.roundTripMs * 10) / 10,
			clock_offset_ms: Math.round(acquaintance.clockOffsetMs),
		}
	}

	async #offline(error: FileSyncError): Promise<void> {
		const {journal} = this.#parts
		// Advice once is help, every few seconds it is noise; that a lost connection is dialled again needs none.
		const advice = this.#attempt === 0 && error.code !== 'CONNECTION_LOST' ? error.advice : []
		const fullMs = Math.min(backOff.mostMs, backOff.firstMs * 2 ** this.#attempt++)
		const [byte = 0] = random(1)
		const retryMs = Math.round(fullMs * (1 - byte / 512))
		const message = error.code === 'CONNECTION_LOST' ? 'the connection to the peer was lost' : messageOf(error)
		const {link} = journal
		const now = journal.now()
		journal.link = {
			state: 'offline',
			since: link.state === 'offline' ? link.since : now,
			reason: message,
			advice: error.advice,
			retry_at: new Date(Date.parse(now) + retryMs).toISOString(),
		}
		this.#options.onEvent({kind: 'offline', message, advice, retryMs})
		const stopLooking = this.#onNetworkChange(() => {
			this.#attempt = 0
			this.#wake()
		})
		await this.#wait(retryMs)
		stopLooking()
	}

	#onNetworkChange(call: () => void): () => void {
		const before = networkName()
		const timer = setInterval(() => {
			if (networkName() !== before) call()
		}, networkLookMs)
		return () => clearInterval(timer)
	}

	/** Waits until something is due, at most so long (null: without a bound); a wake or the signal ends it. */
	async #wait(ms: number | null): Promise<void> {
		if (this.#parts.signal.aborted) return
		let timer: NodeJS.Timeout | undefined
		await new Promise<void>((resolve) => {
			this.#wake = resolve
			if (ms !== null) timer = setTimeout(resolve, ms)
		})
		clearTimeout(timer)
		this.#wake = () => {}
	}
}
