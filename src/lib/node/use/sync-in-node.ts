// `sync`, `push` and `pull` inside a running node: over its outbound connection, by asking an inbound peer to lead, or over a connection
// of their own.
import {FileSyncError} from '../../errors/index.js'
import type {RoundOptions} from '../../sync/events.js'
import {ConnectedWait} from '../connections/connected-wait.js'
import {Connection} from '../connections/connection.js'
import {type InboundConnections, nobodyConnected} from '../connections/inbound.js'
import {type LedHere, leadOnce} from '../connections/led-round.js'
import type {OutboundConnection} from '../connections/outbound.js'
import type {Led} from '../connections/round-reports.js'
import type {NodeContext} from '../context.js'
import type {SyncEvent, SyncOptions} from './events.js'
import {previewFirstSync} from './first-sync-preview.js'
import type {SyncResult} from './sync-result.js'

/** Tries of a sync whose connection ends. Two nodes that dial each other have two connections at first, and either may be closed. */
const attempts = 4
/** How long a sync that lost its connection waits for the node's next one (ms). */
const connectedWithinMs = 3000

export interface NodeSyncParts {
	readonly context: NodeContext
	readonly inbound: InboundConnections
	/** undefined: this node only listens. */
	readonly outbound: OutboundConnection | undefined
	/** Gives the replica a new device id. */
	readonly startOver: () => Promise<unknown>
	/** A round over a connection of its own is complete. */
	readonly onSynced: (led: LedHere) => void
}

export class NodeSync {
	readonly #node: NodeSyncParts
	readonly #wait = new ConnectedWait()

	constructor(node: NodeSyncParts) {
		this.#node = node
	}

	/** Tells waiting syncs that a connection was opened or closed. */
	connectionsChanged(): void {
		this.#wait.announce()
	}

	/** Throws FileSyncError. */
	async run(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		const {context, startOver} = this.#node
		const {config, signal} = context
		if (options.firstSync && config.peer === null) throw onlyListens()
		if (options.firstSync && options.dryRun) return previewFirstSync(context, roundOptions(options), onEvent)
		if (options.firstSync) await startOver()
		for (let attempt = 1; ; attempt++) {
			try {
				return await this.#once(options, onEvent)
			} catch (error) {
				// The peer may have led a round meanwhile, or one of two connections was closed: a new greeting tells.
				const isLost = error instanceof FileSyncError && error.code === 'CONNECTION_LOST'
				if (!isLost || signal.aborted || attempt === attempts) throw error
				await this.#connectedAgain()
			}
		}
	}

	/** Makes the node dial at once and waits for its connection for a short time. */
	async #connectedAgain(): Promise<void> {
		const {context, inbound, outbound} = this.#node
		if (outbound === undefined) return
		outbound.poke()
		const isConnected = (): boolean => outbound.connection !== undefined || inbound.canAsk
		await this.#wait.until(isConnected, connectedWithinMs, context.signal)
	}

	async #once(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		const {inbound, outbound} = this.#node
		const standing = options.firstSync ? undefined : outbound?.connection
		if (outbound !== undefined && standing !== undefined) {
			tellConnected(standing, onEvent)
			return tellLed(await outbound.lead(standing, roundOptions(options), options.verbose, onEvent), onEvent)
		}
		onEvent({kind: 'phase', phase: 'connect'})
		if (inbound.canAsk && !options.firstSync)
			return tellLed(await inbound.ask(roundOptions(options), options.verbose, onEvent), onEvent)
		return this.#onOwnConnection(options, onEvent)
	}

	async #onOwnConnection(options: SyncOptions, onEvent: (event: SyncEvent) => void): Promise<SyncResult> {
		const {context, outbound, onSynced} = this.#node
		if (context.config.peer === null) throw nobodyConnected()
		const connection = await Connection.open(context)
		const forgetWire = context.recorder.addWire(connection.channel)
		try {
			tellConnected(connection, onEvent)
			const led = await leadOnce(context, connection, roundOptions(options), options.verbose, onEvent)
			tellLed(led, onEvent)
			if (!options.dryRun) onSynced(led)
			await connection.close()
			// The peer can be reached, so the node dials now instead of waiting on.
			outbound?.poke()
			return led.result
		} catch (error) {
			await connection.close(error)
			throw error
		} finally {
			forgetWire()
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

function tellConnected({peer: {name, host, port}}: Connection, onEvent: (event: SyncEvent) => void): void {
	onEvent({kind: 'connected', name, host, port})
}

function tellLed({result, heldBack, unforeseen}: Led, onEvent: (event: SyncEvent) => void): SyncResult {
	onEvent({kind: 'held', changes: heldBack})
	if (unforeseen !== undefined) onEvent({kind: 'warning', message: unforeseen})
	return result
}

const onlyListens = (): FileSyncError =>
	new FileSyncError(
		'USAGE',
		'this node only listens: --first-sync is given where it is started, or on the other device',
		['stop it, then: filesync serve --first-sync', 'on the other device: filesync sync --first-sync'],
	)
