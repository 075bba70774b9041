// A running node: one process that holds a folder, listens for the peer, dials it, or both, and takes requests.
// Owns how its parts hear of each other; each part does its own work.

import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {DeviceId} from '../core/versions.js'
import {FileSyncError} from '../errors/index.js'
import {showFingerprint} from '../net/index.js'
import type {Replica} from '../replica/replica.js'
import {WorkerPool} from '../replica/worker-pool.js'
import {startedOverText} from '../session/greeting.js'
import type {RoundOptions} from '../sync/events.js'
import {keepHeapSteady} from '../tree/index.js'
import {Connection} from './connections/connection.js'
import {InboundConnections, nobodyConnected} from './connections/inbound.js'
import {leadOnce} from './connections/led-round.js'
import {OutboundConnection} from './connections/outbound.js'
import type {Led} from './connections/round-reports.js'
import type {NodeParts} from './context.js'
import {ControlServer} from './control/server.js'
import {type Credentials, loadCredentials} from './credentials.js'
import {LiveFolder} from './folder/live-folder.js'
import {Unsent} from './folder/unsent.js'
import {openWhenReady} from './folder/waiting-start.js'
import type {AskableNode} from './node-api.js'
import {deviceName, nowMs, openReplica} from './open-replica.js'
import {describeInboundEvent, describeOutboundEvent} from './status/event-log.js'
import type {NodeAction, NodeState} from './status/node-state.js'
import {software} from './status/software.js'
import {StatusRecorder} from './status/status-recorder.js'
import type {ServeEvent, SyncEvent, SyncOptions, WatchEvent} from './use/events.js'
import {previewFirstSync} from './use/first-sync-preview.js'
import type {SyncResult} from './use/sync-result.js'

/** Tries of a sync whose connection ends. Two nodes that find each other have two of them at first, each of which may be given up. */
const attempts = 4
/** How long a sync that lost its connection waits for the next one of its node. */
const connectedWithinMs = 3000

export interface NodeRoles {
	readonly listen: boolean
	readonly dial: boolean
}

export interface NodeOptions {
	readonly firstSync: boolean
	/** Lifts the deletion limit for the first round that this node leads. */
	readonly allowDeletes: boolean
}

export interface NodeListeners {
	readonly onServe: (event: ServeEvent) => void
	readonly onWatch: (event: WatchEvent) => void
}

/**
 * Runs a node until `signal` is aborted. Waits for a folder that cannot be used yet. Throws what keeps it from starting (locked
 * folder, certificates, port) and what trying again cannot mend. `pool`: for the first attempt to open the folder, which ends it
 * when it fails.
 */
export async function runNode(
	config: Config,
	roles: NodeRoles,
	options: NodeOptions,
	signal: AbortSignal,
	listeners: NodeListeners,
	pool?: WorkerPool,
): Promise<void> {
	keepHeapSteady()
	const credentials = loadCredentials(config)
	assertNotExpired(credentials.identity, nowMs())
	const tell = roles.listen ? listeners.onServe : listeners.onWatch
	const ready = pool === undefined ? [] : [pool]
	const open = () => openReplica(config, options, ready.pop() ?? WorkerPool.started())
	const replica = await openWhenReady(config, open, signal, tell)
	if (replica === undefined) return
	try {
		const node = new RunningNode({config, credentials, replica}, roles, options, signal, listeners)
		await node.run()
	} finally {
		await replica.close()
	}
}

export class RunningNode implements AskableNode {
	readonly #config: Config
	readonly #replica: Replica
	readonly #roles: NodeRoles
	readonly #listeners: NodeListeners
	readonly #stop = new AbortController()
	readonly #parts: NodeParts
	readonly #recorder: StatusRecorder
	readonly #unsent: Unsent
	readonly #inbound: InboundConnections
	readonly #outbound: OutboundConnection | undefined
	readonly #control: ControlServer
	/** The last rounds that an inbound peer led failed. */
	#isInboundFailing = false
	#isExpiring = false
	#saidOfTrash = ''

	constructor(
		{config, credentials, replica}: {config: Config; credentials: Credentials; replica: Replica},
		roles: NodeRoles,
		{allowDeletes}: NodeOptions,
		signal: AbortSignal,
		listeners: NodeListeners,
	) {
		this.#config = config
		this.#replica = replica
		this.#roles = roles
		this.#listeners = {
			onServe: (event) => {
				describeInboundEvent(event, this.#recorder)
				listeners.onServe(event)
			},
			onWatch: (event) => {
				describeOutboundEvent(event, this.#recorder)
				listeners.onWatch(event)
			},
		}
		// One per conversation, taken off when it ends.
		setMaxListeners(0, this.#stop.signal)
		if (signal.aborted) this.#stop.abort(signal.reason)
		else signal.addEventListener('abort', () => this.#stop.abort(signal.reason), {once: true})
		const rounds = pLimit(1)
		this.#unsent = new Unsent(replica)
		this.#recorder = new StatusRecorder(this.#facts())
		const live = new LiveFolder({
			replica,
			debounceMs: config.debounceMs,
			rescanMs: config.rescanIntervalSec * 1000,
			signal: this.#stop.signal,
			exclusive: (task) => rounds(task),
			onChanged: () => this.#changedHere(),
			onWarning: (message, advice) => this.#warn(message, advice),
			onHeld: (why) => {
				this.#recorder.held = why
			},
		})
		this.#parts = {
			config,
			credentials,
			replica,
			live,
			recorder: this.#recorder,
			rounds,
			startOver: async (device) => {
				if (await this.#startOver(device)) this.#warn(startedOverText, [])
			},
			expireTrash: () => void this.#expireTrash(),
			signal: this.#stop.signal,
		}
		this.#inbound = new InboundConnections(this.#parts, {
			onEvent: this.#listeners.onServe,
			onSubscribers: () => this.#subscribersChanged(),
			onApplied: (device) => {
				this.#inbound.tellChanged(device)
				this.#outbound?.poke()
			},
			onFailing: (failure) => this.#showFailing(failure),
		})
		this.#outbound = roles.dial
			? new OutboundConnection(this.#parts, {
					allowDeletes,
					onEvent: this.#listeners.onWatch,
					isHere: (device) => this.#inbound.hasSubscriber(device),
					onYielded: () => this.#showGuest(),
					onApplied: (device) => this.#inbound.tellChanged(device),
				})
			: undefined
		this.#control = new ControlServer(config, this)
	}

	/** Runs until the signal is aborted, or something fails that trying again cannot mend. */
	async run(): Promise<void> {
		const {credentials, live, signal} = this.#parts
		for (const {message, advice} of credentials.warnings) this.#warn(message, advice)
		try {
			this.#parts.expireTrash()
			await this.#control.listen()
			if (this.#roles.listen) await this.#inbound.listen()
			void live.begin()
			await (this.#outbound?.run() ?? aborted(signal))
		} finally {
			this.#stop.abort(new FileSyncError('CONNECTION_LOST', 'this node is shutting down'))
			await this.#control.close()
			await live.close()
			await this.#inbound.close()
			this.#recorder.close()
		}
	}

	state(): NodeState {
		return this.#recorder.state()
	}

	/** Resolves when what was asked for is begun. */
	act(action: NodeAction): void {
		const recorder = this.#recorder
		switch (action) {
			case 'pause':
				recorder.paused = true
				recorder.log('info', 'Paused')
				return
			case 'resume':
				recorder.paused = false
				recorder.log('info', 'Resumed')
				this.#changedHere()
				return
			case 'clear-log':
				recorder.clearLog()
				return
			case 'sync':
				this.#outbound?.poke()
				this.#inbound.tellChanged()
		}
	}

	/** What `sync`, `push` and `pull` do, in this process. Throws FileSyncError. */
	async sync(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		const {config, signal} = this.#parts
		if (options.firstSync && config.peer === null) throw onlyListens()
		if (options.firstSync && options.dryRun) return previewFirstSync(this.#parts, roundOptions(options), onEvent)
		if (options.firstSync) await this.#startOver(this.#replica.device)
		for (let attempt = 1; ; attempt++) {
			try {
				return await this.#syncOnce(options, onEvent)
			} catch (error) {
				// The peer may have led a round to this side meanwhile, or two connections became one: only a new greeting tells.
				const isLost = error instanceof FileSyncError && error.code === 'CONNECTION_LOST'
				if (!isLost || signal.aborted || attempt === attempts) throw error
				await this.#connectedAgain()
			}
		}
	}

	/**
	 * Waits until a connection stands that a sync can use, for a moment: a connection beside that of the node's own loop would be given
	 * up as soon as the loop has dialled again.
	 */
	async #connectedAgain(): Promise<void> {
		const {signal} = this.#parts
		this.#outbound?.poke()
		const until = performance.now() + connectedWithinMs
		while (this.#outbound !== undefined && performance.now() < until && !signal.aborted) {
			if (this.#outbound.connection !== undefined || this.#inbound.canAsk) return
			await new Promise((resolve) => setTimeout(resolve, 50))
		}
	}

	async #syncOnce(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		const {config, credentials, replica, signal, startOver} = this.#parts
		const outbound = this.#outbound
		const standing = outbound?.connection
		if (outbound !== undefined && standing !== undefined && !options.firstSync) {
			this.#tellConnected(standing, onEvent)
			const led = await outbound.lead(standing, roundOptions(options), options.verbose, onEvent)
			tellLed(led, onEvent)
			return led.result
		}
		onEvent({kind: 'phase', phase: 'connect'})
		if (this.#inbound.canAsk && !options.firstSync) {
			const led = await this.#inbound.ask(roundOptions(options), options.verbose, onEvent)
			tellLed(led, onEvent)
			return led.result
		}
		if (config.peer === null) throw nobodyConnected()
		const connection = await Connection.open({config, credentials, replica, signal, startOver})
		const forgetWire = this.#recorder.addWire(connection.channel)
		try {
			this.#tellConnected(connection, onEvent)
			const led = await leadOnce(this.#parts, connection, roundOptions(options), options.verbose, onEvent)
			tellLed(led, onEvent)
			if (!options.dryRun) this.#listeners.onWatch({kind: 'synced', result: led.result, news: led.news})
			await connection.close()
			// It dials at once, or gives up a wait that is of no use any more.
			outbound?.poke()
			return led.result
		} catch (error) {
			await connection.close(error)
			throw error
		} finally {
			forgetWire()
		}
	}

	get replica(): Replica {
		return this.#replica
	}

	/** False: it is another device by then. */
	#startOver(device: DeviceId): Promise<boolean> {
		return this.#parts.rounds(async () => {
			if (this.#replica.device !== device) return false
			await this.#replica.startOver()
			// Their peers know the device that is no more.
			this.#outbound?.drop()
			this.#inbound.drop()
			return true
		})
	}

	#tellConnected(connection: Connection, onEvent: (event: SyncEvent) => void): void {
		const {host, port, name} = connection.peer
		onEvent({kind: 'connected', name, host, port})
	}

	#changedHere(): void {
		if (this.#recorder.paused) return
		this.#outbound?.poke()
		this.#inbound.tellChanged()
	}

	#subscribersChanged(): void {
		this.#outbound?.reconsider()
		this.#showGuest()
	}

	/** Where no connection of this side stands, whoever dialled it is the peer. */
	#showGuest(): void {
		const {recorder} = this.#parts
		// An inbound peer that comes and goes without a sync changes nothing about that.
		if (this.#outbound?.connection !== undefined || this.#isInboundFailing) return
		const there = this.#inbound.subscriber
		if (there === undefined) {
			if (this.#outbound === undefined) recorder.link = {state: 'waiting', since: recorder.now()}
			return
		}
		const {peer, channel} = there
		recorder.link = {
			state: 'connected',
			since: recorder.now(),
			name: peer.name,
			address: channel.peer.address,
			fingerprint: showFingerprint(channel.peer.fingerprint),
			leader: 'peer',
			round_trip_ms: null,
			clock_offset_ms: null,
		}
	}

	/** What cannot be removed is said once, not after every round. */
	async #expireTrash(): Promise<void> {
		if (this.#isExpiring) return
		this.#isExpiring = true
		const [message = ''] = await this.#replica.expireTrash()
		this.#isExpiring = false
		if (message !== '' && message !== this.#saidOfTrash) this.#warn(message, [])
		this.#saidOfTrash = message
	}

	/** The peer leads the rounds, and none succeeds; null: one did. */
	#showFailing(failure: FileSyncError | null): void {
		const {recorder} = this.#parts
		this.#isInboundFailing = failure !== null
		if (this.#outbound?.connection !== undefined) return
		if (failure === null) {
			this.#showGuest()
			return
		}
		const {code, message: reason, advice} = failure
		const since = recorder.link.state === 'failing' ? recorder.link.since : recorder.now()
		recorder.link = {state: 'failing', since, code, reason, advice, retry_at: null}
	}

	#warn(message: string, advice: readonly string[]): void {
		const {onServe, onWatch} = this.#listeners
		const event = {kind: 'warning', message, advice} as const
		if (this.#roles.listen) onServe(event)
		else onWatch(event)
	}

	#pending(): NodeState['pending'] {
		const {changes, isChecking} = this.#parts.live.unscanned
		return {changes: changes + this.#unsent.changes, checking: isChecking}
	}

	#facts(): ConstructorParameters<typeof StatusRecorder>[0] {
		const {host, port} = this.#config.server
		const {peer} = this.#config
		return {
			nowMs,
			fixed: {
				started: new Date(nowMs()).toISOString(),
				pid: process.pid,
				software,
				device: {id: this.#replica.device, name: deviceName()},
				folder: this.#config.localDir,
				config: this.#config.file,
				listens: this.#roles.listen ? `${host}:${port}` : null,
				dials: this.#roles.dial && peer !== null ? `${peer.host}:${peer.port}` : null,
			},
			folder: () => ({
				watching: this.#parts.live.watching,
				pending: this.#pending(),
				counts: this.#replica.counts,
				device: this.#replica.device,
			}),
		}
	}
}

const roundOptions = ({direction, force, dryRun, allowDeletes}: SyncOptions): RoundOptions => ({
	direction,
	force,
	dryRun,
	allowDeletes,
	isAsked: true,
})

function tellLed({heldBack, unforeseen}: Led, onEvent: (event: SyncEvent) => void): void {
	onEvent({kind: 'held', changes: heldBack})
	if (unforeseen !== undefined) onEvent({kind: 'warning', message: unforeseen})
}

const onlyListens = (): FileSyncError =>
	new FileSyncError(
		'USAGE',
		'this node only listens: --first-sync is given where it is started, or on the other device',
		['stop it, then: filesync serve --first-sync', 'on the other device: filesync sync --first-sync'],
	)

/** Resolves when the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<void> =>
	new Promise((resolve) => {
		if (signal.aborted) resolve()
		else signal.addEventListener('abort', () => resolve(), {once: true})
	})
