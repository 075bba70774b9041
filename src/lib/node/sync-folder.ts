// One round with the peer, in this process, then done: opens the folder, takes the connection that was dialled ahead, leads.
import type {Config} from '../config/index.js'
import {requirePeer} from '../config/index.js'
import type {Crew} from '../replica/crew.js'
import type {Replica} from '../replica/replica.js'
import {clockWarning} from './clock.js'
import {Connection} from './connection.js'
import type {Credentials} from './credentials.js'
import type {EarlyDial} from './early-dial.js'
import type {SyncEvent, SyncOptions} from './events.js'
import {resultOf, type SyncResult} from './result.js'
import {openReplica} from './setup.js'

export interface SyncParts {
	readonly config: Config
	readonly options: SyncOptions
	readonly signal: AbortSignal
	readonly onEvent: (event: SyncEvent) => void
	readonly credentials: Credentials
	/** Its scanner has been started. */
	readonly crew: Crew
	readonly early: EarlyDial
	/** When the sync began, on the clock of `performance.now()`. */
	readonly startedAt: number
}

/** Throws FileSyncError: what is wrong with the folder before what is wrong with the connection. */
export async function syncFolder(parts: SyncParts): Promise<SyncResult> {
	const {config, options, signal, onEvent, crew, early} = parts
	let replica: Replica
	try {
		replica = await openReplica(config, options.firstSync, crew)
	} catch (error) {
		await early.drop()
		throw error
	}
	onEvent({kind: 'phase', phase: 'connect'})
	try {
		// The scan needs no peer: it runs while the connection is made. A peer that cannot be reached ends it.
		const stop = new AbortController()
		const either = AbortSignal.any([signal, stop.signal])
		const scanning = replica.scan(either, (entries) => onEvent({kind: 'scanning', entries}))
		scanning.catch(() => {})
		let connection: Connection
		try {
			connection = await connect(parts, replica)
		} catch (error) {
			stop.abort()
			await scanning.catch(() => {})
			throw error
		}
		onEvent({kind: 'connected', name: connection.peer.name, ...requirePeer(config)})
		const warning = clockWarning(connection.acquaintance.clockOffsetMs)
		if (warning !== undefined) onEvent({kind: 'warning', message: warning})
		try {
			const outcome = await connection.lead(options, () => scanning, onEvent)
			onEvent({kind: 'held', changes: outcome.plan.heldBack.length})
			await connection.close()
			if (!options.dryRun) replica.expireTrash()
			return resultOf(outcome, {
				dryRun: options.dryRun,
				verbose: options.verbose,
				peer: connection.peer,
				bytesSent: connection.channel.bytesSent,
				bytesReceived: connection.channel.bytesReceived,
				durationMs: Math.round(performance.now() - parts.startedAt),
			})
		} catch (error) {
			await connection.close(error)
			throw error
		}
	} finally {
		await replica.close()
	}
}

const connect = ({config, credentials, signal, early}: SyncParts, replica: Replica): Promise<Connection> =>
	Connection.open({config, credentials, replica, signal, first: () => early.take(), begins: true})
