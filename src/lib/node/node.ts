// A running node: one process that holds a folder, listens for the peer, dials it, or both, and takes requests.
// Connects its parts with each other; each part does its own work.

import {setMaxListeners} from 'node:events'
import pLimit from 'p-limit'
import type {Config} from '../config/index.js'
import type {DeviceId} from '../core/entries/versions.js'
import {FileSyncError} from '../errors/index.js'
import {showFingerprint} from '../net/index.js'
import type {Replica} from '../replica/replica.js'
import {startedOverText} from '../session/greeting.js'
import {InboundConnections} from './connections/inbound.js'
import {OutboundConnection} from './connections/outbound.js'
import type {NodeContext} from './context.js'
import {ControlServer} from './control/server.js'
import type {Credentials} from './credentials.js'
import {LiveFolder} from './folder/live-folder.js'
import {Unsent} from './folder/unsent.js'
import type {AskableNode} from './node-api.js'
import {deviceName, nowMs} from './open-replica.js'
import {logInboundEvent, logOutboundEvent} from './status/event-log.js'
import type {NodeAction, NodeState} from './status/node-state.js'
import {software} from './status/software.js'
import {StatusRecorder} from './status/status-recorder.js'
import type {ServeEvent, SyncEvent, SyncOptions, WatchEvent} from './use/events.js'
import {NodeSync} from './use/sync-in-node.js'
import type {SyncResult} from './use/sync-result.js'

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

export class RunningNode implements AskableNode {
	readonly #config: Config
	readonly #replica: Replica
	readonly #roles: NodeRoles
	readonly #listeners: NodeListeners
	readonly #stop = new AbortController()
	readonly #context: NodeContext
	readonly #recorder: StatusRecorder
	readonly #unsent: Unsent
	readonly #inbound: InboundConnections
	readonly #outbound: OutboundConnection | undefined
	readonly #sync: NodeSync
	readonly #control: ControlServer
	/** The last round that an inbound peer led failed. */
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
				logInboundEvent(event, this.#recorder)
				listeners.onServe(event)
			},
			onWatch: (event) => {
				logOutboundEvent(event, this.#recorder)
				listeners.onWatch(event)
			},
		}
		// No limit: one listener per conversation, removed when it ends.
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
		this.#context = {
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
		this.#inbound = new InboundConnections(this.#context, {
			onEvent: this.#listeners.onServe,
			onSubscribers: () => this.#subscribersChanged(),
			onApplied: (device) => {
				this.#inbound.tellChanged(device)
				this.#outbound?.poke()
			},
			onFailing: (failure) => this.#showFailing(failure),
		})
		this.#outbound = roles.dial
			? new OutboundConnection(this.#context, {
					allowDeletes,
					onEvent: this.#listeners.onWatch,
					isHere: (device) => this.#inbound.hasSubscriber(device),
					onConnected: () => this.#sync.connectionsChanged(),
					onYielded: () => this.#showInbound(),
					onApplied: (device) => this.#inbound.tellChanged(device),
				})
			: undefined
		this.#sync = new NodeSync({
			context: this.#context,
			inbound: this.#inbound,
			outbound: this.#outbound,
			startOver: () => this.#startOver(replica.device),
			onSynced: ({result, news}) => this.#listeners.onWatch({kind: 'synced', result, news}),
		})
		this.#control = new ControlServer(config, this)
	}

	/** Runs until the signal is aborted. Throws a failure that no retry can fix. */
	async run(): Promise<void> {
		const {credentials, live, signal} = this.#context
		for (const {message, advice} of credentials.warnings) this.#warn(message, advice)
		try {
			this.#context.expireTrash()
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

	sync(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		return this.#sync.run(options, onEvent)
	}

	get replica(): Replica {
		return this.#replica
	}

	/** Gives the replica a new device id. False: its id is no longer `device`. */
	#startOver(device: DeviceId): Promise<boolean> {
		return this.#context.rounds(async () => {
			if (this.#replica.device !== device) return false
			await this.#replica.startOver()
			// They were greeted under the old id.
			this.#outbound?.drop()
			this.#inbound.drop()
			return true
		})
	}

	#changedHere(): void {
		if (this.#recorder.paused) return
		this.#outbound?.poke()
		this.#inbound.tellChanged()
	}

	#subscribersChanged(): void {
		this.#sync.connectionsChanged()
		this.#outbound?.reconsider()
		this.#showInbound()
	}

	/** Shows the inbound peer in the status, unless this side's own connection is open. */
	#showInbound(): void {
		const {recorder} = this.#context
		// A failure stays shown until a round succeeds, also if the peer connects anew.
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

	/** Warns about what cannot be removed once, and not after every round. */
	async #expireTrash(): Promise<void> {
		if (this.#isExpiring) return
		this.#isExpiring = true
		const [message = ''] = await this.#replica.expireTrash()
		this.#isExpiring = false
		if (message !== '' && message !== this.#saidOfTrash) this.#warn(message, [])
		this.#saidOfTrash = message
	}

	/** Shows that rounds led by the peer fail; null: one succeeded again. */
	#showFailing(failure: FileSyncError | null): void {
		const {recorder} = this.#context
		this.#isInboundFailing = failure !== null
		if (this.#outbound?.connection !== undefined) return
		if (failure === null) {
			this.#showInbound()
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
		const {changes, isChecking} = this.#context.live.unscanned
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
				watching: this.#context.live.watching,
				pending: this.#pending(),
				counts: this.#replica.counts,
				device: this.#replica.device,
			}),
		}
	}
}

/** Resolves when the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<void> =>
	new Promise((resolve) => {
		if (signal.aborted) resolve()
		else signal.addEventListener('abort', () => resolve(), {once: true})
	})
