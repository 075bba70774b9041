// The outbound connection of a node: keeps it open, leads a round at the start and whenever either side changes, and reconnects.
// Gives way to an inbound connection of the same peer, so that two nodes that dial each other share one connection.
import {requirePeer} from '../../config/index.js'
import type {DeviceId} from '../../core/entries/versions.js'
import {FileSyncError, messageOf} from '../../errors/index.js'
import {isSureRefusal} from '../../net/index.js'
import {sendFailure} from '../../session/round/reporting.js'
import {type TooMany, TooManyDeletions} from '../../sync/deletions.js'
import type {RoundEvent, RoundOptions} from '../../sync/events.js'
import {protocolFault} from '../../wire/fault.js'
import {decode} from '../../wire/messages.js'
import {Request} from '../../wire/report.js'
import type {NodeContext} from '../context.js'
import {random} from '../open-replica.js'
import type {WatchEvent} from '../use/events.js'
import type {SyncResult} from '../use/sync-result.js'
import {clockWarning} from './clock-skew.js'
import {Connection} from './connection.js'
import {asFileSyncError, endsNode, isUnreached, Refusals, StandingFailure} from './failures.js'
import {type LedHere, leadOnce} from './led-round.js'
import {networkName} from './network.js'
import type {Asking} from './round-reports.js'

/** Wait before reconnecting: doubles from `firstMs` to `mostMs`, shortened at random by up to half so that peers do not collide. */
const backOff = {firstMs: 500, mostMs: 30_000} as const
/** First wait before paths that failed are tried again (ms). Doubles each time, up to the interval of full scans. */
const again = {firstMs: 2000} as const
/** Requests of the peer that may wait. */
const mostRequests = 16
/** How often an offline node checks whether the network changed (ms). */
const networkCheckMs = 2000
/** Shortest wait after a failed sync before a change here starts another one (ms). */
const soonestMs = 5000

export interface OutboundOptions {
	/** Lifts the deletion limit for the first round only. */
	readonly allowDeletes: boolean
	readonly onEvent: (event: WatchEvent) => void
	/** True if this device has an inbound connection to this node. */
	readonly isHere: (device: DeviceId) => boolean
	/** The connection is open: a sync may lead a round on it. */
	readonly onConnected: () => void
	/** This side gave way to the peer's connection. */
	readonly onYielded: () => void
	/** A round with this device changed the folder: other peers must be told. */
	readonly onApplied: (device: DeviceId) => void
}

/** Ends the loop's current wait. */
type Waker = () => void

export class OutboundConnection {
	readonly #context: NodeContext
	readonly #options: OutboundOptions
	#connection: Connection | undefined
	#allowDeletes: boolean
	#attempt = 0
	readonly #refusals = new Refusals()
	/** Why the peer cannot be reached, and why no sync with it succeeds. */
	readonly #unreached = new StandingFailure()
	readonly #failed = new StandingFailure()
	/** Wait until paths that failed are tried again, and the wait after that (ms). */
	#againMs = Number.POSITIVE_INFINITY
	#nextAgainMs = 0
	#wake: Waker = () => {}
	#due = true
	/** The peer's device id, known after the first greeting. */
	#peer: DeviceId | undefined

	constructor(context: NodeContext, options: OutboundOptions) {
		this.#context = context
		this.#options = options
		this.#allowDeletes = options.allowDeletes
	}

	/** The connection while it is open. */
	get connection(): Connection | undefined {
		return this.#connection?.conversation.failure === undefined ? this.#connection : undefined
	}

	/** Runs until the signal is aborted. Throws FileSyncError for a failure that no retry can fix: see `endsNode`. */
	async run(): Promise<void> {
		const {signal} = this.#context
		// One listener for all waits: one per wait would accumulate.
		signal.addEventListener('abort', () => this.#wake(), {once: true})
		while (!signal.aborted) {
			try {
				if (this.#peer !== undefined && this.#yields(this.#peer)) await this.#wait(null)
				else await this.#connected()
			} catch (error) {
				if (signal.aborted) break
				const failure = asFileSyncError(error)
				if (this.#ends(failure)) throw failure
				await this.#retryLater(failure)
			}
		}
	}

	#ends(failure: FileSyncError): boolean {
		if (failure.code === 'PEER_REFUSED')
			return this.#refusals.isBelieved(isSureRefusal(failure.cause), performance.now())
		this.#refusals.reset()
		return endsNode(failure)
	}

	/** Something changed here, or a round is wanted: leads one now, or tries to connect now. */
	poke(): void {
		this.#due = true
		this.#wake()
	}

	/** A subscriber came or left: this side may now have to give way, or to dial again. */
	reconsider(): void {
		this.#attempt = 0
		const connection = this.#connection
		// After rounds that were already requested: a caller may wait for one of them.
		if (connection !== undefined && this.#yields(connection.acquaintance.device))
			void connection.inTurn(async () => {
				if (!this.#yields(connection.acquaintance.device)) return
				connection.conversation.fail(new FileSyncError('CONNECTION_LOST', 'the peer holds a connection to this node'))
			})
		this.#wake()
	}

	/** Ends the connection; it is dialled again at once. */
	drop(): void {
		this.#connection?.conversation.fail(new FileSyncError('CONNECTION_LOST', 'this node connects anew'))
		this.#attempt = 0
		this.#wake()
	}

	/** Of two devices connected to each other both ways, the connection that the smaller id dialled stays. */
	#yields(peer: DeviceId): boolean {
		return this.#context.replica.device > peer && this.#options.isHere(peer)
	}

	/** One connection, from dialling to its end. */
	async #connected(): Promise<void> {
		const {config, credentials, replica, signal, recorder, startOver} = this.#context
		const {onEvent, onConnected} = this.#options
		const address = requirePeer(config)
		// Throws before dialling if this side's folder is missing.
		replica.assertRoot()
		const isQuiet = this.#failed.stands || this.#unreached.stands
		if (!isQuiet) {
			recorder.link = {state: 'connecting', since: recorder.now()}
			onEvent({kind: 'connecting', ...address})
		}
		const connection = await Connection.open({config, credentials, replica, signal, startOver})
		const {conversation, acquaintance, peer} = connection
		this.#refusals.reset()
		this.#unreached.over()
		const forgetWire = recorder.addWire(connection.channel)
		this.#peer = acquaintance.device
		if (this.#yields(acquaintance.device)) {
			forgetWire()
			await connection.close()
			this.#yielded(peer.name)
			return
		}
		this.#connection = connection
		if (!this.#failed.stands) {
			this.#noteConnected(connection)
			onEvent({kind: 'connected', name: peer.name, ...address})
		}
		onConnected()
		const warning = clockWarning(acquaintance.clockOffsetMs)
		if (warning !== undefined) onEvent({kind: 'warning', message: warning, advice: []})
		conversation.on('changed', () => this.poke())
		const requests: Request[] = []
		conversation.on('request', (body) => {
			if (requests.length >= mostRequests) throw protocolFault('more requests than can be waited for')
			requests.push(decode(Request, body, 'request'))
			this.#wake()
		})
		conversation.onFailure(() => this.#wake())
		conversation.sendJson('subscribe', {})
		this.#due = true
		try {
			for (;;) {
				const request = requests.shift()
				if (request !== undefined) await this.#answer(connection, request)
				else if (this.#due && !recorder.paused) {
					this.#due = false
					await this.#round(connection)
					this.#attempt = 0
				}
				// It may have ended while the loop was not waiting: then nothing wakes the next wait.
				if (conversation.failure !== undefined) throw conversation.failure
				if ((!this.#due || recorder.paused) && requests.length === 0) {
					await this.#wait(Math.min(this.#againMs, config.rescanIntervalSec * 1000))
					this.#due = requests.length === 0
				}
				if (conversation.failure !== undefined) throw conversation.failure
			}
		} catch (error) {
			forgetWire()
			this.#connection = undefined
			await connection.close(error)
			if (this.#yields(acquaintance.device)) {
				this.#yielded(peer.name)
				return
			}
			throw error
		}
	}

	/** The peer leads from now on, so failures of this side's connection no longer count. */
	#yielded(name: string): void {
		this.#failed.over()
		this.#options.onYielded()
		this.#options.onEvent({kind: 'yielded', name})
	}

	async #round(connection: Connection): Promise<void> {
		const result = await this.#leadOn(connection)
		this.#allowDeletes = false
		if (this.#failed.over()) {
			this.#noteConnected(connection)
			this.#options.onEvent({kind: 'recovered', name: connection.peer.name})
		}
		this.#againMs = result.ok ? Number.POSITIVE_INFINITY : Math.max(again.firstMs, this.#nextAgainMs)
		this.#nextAgainMs = result.ok ? 0 : 2 * this.#againMs
	}

	/** Leads a round. If there are too many deletions, leads it again without them: they wait for the user. */
	async #leadOn(connection: Connection): Promise<SyncResult> {
		const options = {direction: 'both', force: false, dryRun: false, allowDeletes: this.#allowDeletes} as const
		const waiting: TooMany[] = []
		for (;;) {
			try {
				const led = await this.lead(connection, {...options, waitingDeletions: waiting}, true, () => {})
				return led.result
			} catch (error) {
				// Once for each side: both may have too many.
				if (!(error instanceof TooManyDeletions) || waiting.some(({side}) => side === error.excess.side)) throw error
				waiting.push(error.excess)
			}
		}
	}

	/** Leads a round that the peer asked for. */
	async #answer(connection: Connection, {id, direction, force, dryRun, allowDeletes, verbose}: Request): Promise<void> {
		const here = {both: 'both', push: 'pull', pull: 'push'} as const
		const options = {direction: here[direction], force, dryRun, allowDeletes, isAsked: true}
		try {
			await this.lead(connection, options, true, () => {}, {id, wantsActions: verbose || dryRun})
		} catch (error) {
			if (!(error instanceof TooManyDeletions)) throw error
			sendFailure(connection.conversation, id, error)
		}
	}

	/** Leads a round on this connection, after those that were requested before. */
	async lead(
		connection: Connection,
		options: RoundOptions,
		verbose: boolean,
		onRoundEvent: (event: RoundEvent) => void,
		request: Asking | null = null,
	): Promise<LedHere> {
		const {onEvent, onApplied} = this.#options
		let led: LedHere
		try {
			led = await leadOnce(this.#context, connection, options, verbose, onRoundEvent, request)
		} catch (error) {
			// The peer may still be in this round, so the next round needs a new connection.
			if (!(error instanceof TooManyDeletions)) connection.conversation.fail(asFileSyncError(error))
			throw error
		}
		const {result, news} = led
		if (!options.dryRun) {
			onEvent({kind: 'synced', result, news})
			if (result.pulled + result.deleted_local + result.renamed + result.metadata > 0)
				onApplied(connection.acquaintance.device)
		}
		return led
	}

	#noteConnected({channel, peer, acquaintance}: Connection): void {
		const {recorder} = this.#context
		recorder.link = {
			state: 'connected',
			since: recorder.now(),
			name: peer.name,
			address: `${channel.peer.address}:${channel.peer.port}`,
			fingerprint: peer.fingerprint,
			leader: 'here',
			round_trip_ms: Math.round(acquaintance.roundTripMs * 10) / 10,
			clock_offset_ms: Math.round(acquaintance.clockOffsetMs),
		}
	}

	/** Reports the failure if it is news, and waits until the next try is due. */
	async #retryLater(failure: FileSyncError): Promise<void> {
		const {recorder} = this.#context
		const {code} = failure
		const isOffline = isUnreached(failure)
		// The node redials a lost connection by itself: no advice needed.
		const advice = code === 'CONNECTION_LOST' ? [] : failure.advice
		const fullMs = Math.min(backOff.mostMs, backOff.firstMs * 2 ** this.#attempt++)
		const [byte = 0] = random(1)
		const retryMs = Math.round(fullMs * (1 - byte / 512))
		const message = code === 'CONNECTION_LOST' ? 'the connection to the peer was lost' : messageOf(failure)
		const now = recorder.now()
		const since = 'retry_at' in recorder.link ? recorder.link.since : now
		const shared = {since, reason: message, advice, retry_at: new Date(Date.parse(now) + retryMs).toISOString()}
		recorder.link = isOffline ? {state: 'offline', ...shared} : {state: 'failing', code, ...shared}
		if ((isOffline ? this.#unreached : this.#failed).note(failure))
			this.#options.onEvent(
				isOffline ? {kind: 'offline', message, advice, retryMs} : {kind: 'failed', code, message, advice, retryMs},
			)
		const isDue = !isOffline && (await this.#pause(Math.min(retryMs, soonestMs)))
		const stopLooking = this.#onNetworkChange(() => {
			this.#attempt = 0
			this.#wake()
		})
		if (!isDue) await this.#wait(isOffline ? retryMs : Math.max(0, retryMs - soonestMs))
		stopLooking()
	}

	/** Waits for the full time; only the signal ends it early. True: something became due meanwhile. */
	async #pause(ms: number): Promise<boolean> {
		const until = performance.now() + ms
		let isDue = false
		for (let left = ms; left > 0 && !this.#context.signal.aborted; left = until - performance.now()) {
			await this.#wait(left)
			isDue ||= performance.now() < until
		}
		return isDue
	}

	#onNetworkChange(call: () => void): () => void {
		const before = networkName()
		const timer = setInterval(() => {
			if (networkName() !== before) call()
		}, networkCheckMs)
		return () => clearInterval(timer)
	}

	/** Waits until `#wake` is called, the signal is aborted, or `ms` have passed (null: no limit). */
	async #wait(ms: number | null): Promise<void> {
		if (this.#context.signal.aborted) return
		let timer: NodeJS.Timeout | undefined
		await new Promise<void>((resolve) => {
			this.#wake = resolve
			if (ms !== null) timer = setTimeout(resolve, ms)
		})
		clearTimeout(timer)
		this.#wake = () => {}
	}
}
