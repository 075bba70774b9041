// The rest of a sync in this process: waits for folder and connection, which sync-here.ts has begun, and leads a round.
import type {Config} from '../../config/index.js'
import {requirePeer} from '../../config/index.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import {startedOverText} from '../../session/greeting.js'
import {clockWarning} from '../connections/clock-skew.js'
import {Connection} from '../connections/connection.js'
import type {Credentials} from '../credentials.js'
import type {EarlyDial} from '../start/early-dial.js'
import type {SyncEvent, SyncOptions} from './events.js'
import type {SyncResult} from './sync-result.js'

/** What sync-here.ts has begun. */
export interface SyncStart {
	/** By `performance.now()`. */
	readonly startedAt: number
	readonly credentials: Credentials
	readonly dial: EarlyDial
	/** Rejects with what `Replica.open` throws. */
	readonly opening: Promise<Replica>
	/** The first scan. */
	readonly scanning: Promise<ScanReport>
	/** Cancels the first scan. */
	readonly stopScan: () => void
}

export interface SyncParts {
	readonly config: Config
	readonly options: SyncOptions
	readonly signal: AbortSignal
	readonly onEvent: (event: SyncEvent) => void
	readonly start: SyncStart
}

/** Throws FileSyncError; faults of the folder come before faults of the connection. */
export async function syncFolder(parts: SyncParts): Promise<SyncResult> {
	const {config, options, signal, onEvent, start} = parts
	let replica: Replica
	try {
		replica = await start.opening
	} catch (error) {
		await start.dial.drop()
		throw error
	}
	onEvent({kind: 'phase', phase: 'connect'})
	try {
		const onProgress = (entries: number): void => onEvent({kind: 'scanning', entries})
		let firstScan: Promise<ScanReport> | undefined = start.scanning
		const scan = (): Promise<ScanReport> => {
			const scanning = firstScan ?? replica.scan(signal, onProgress)
			firstScan = undefined
			return scanning
		}
		let connection: Connection
		try {
			connection = await connect(parts, replica)
		} catch (error) {
			start.stopScan()
			throw error
		}
		onEvent({kind: 'connected', name: connection.peer.name, ...requirePeer(config)})
		const warning = clockWarning(connection.acquaintance.clockOffsetMs)
		if (warning !== undefined) onEvent({kind: 'warning', message: warning})
		try {
			const tally = await connection.sync(options, (onPart) => connection.lead(options, scan, onEvent, onPart))
			const {heldBack, unforeseen} = tally
			onEvent({kind: 'held', changes: heldBack})
			if (unforeseen !== undefined) onEvent({kind: 'warning', message: unforeseen})
			const {bytesSent, bytesReceived} = connection.channel
			const result = tally.result({
				peer: connection.peer,
				bytesSent,
				bytesReceived,
				durationMs: Math.round(performance.now() - start.startedAt),
			})
			if (!options.dryRun) await connection.report({result, heldBack, unforeseen})
			await connection.close()
			if (!options.dryRun) for (const message of await replica.expireTrash()) onEvent({kind: 'warning', message})
			return {...result, duration_ms: Math.round(performance.now() - start.startedAt)}
		} catch (error) {
			await connection.close(error)
			throw error
		}
	} finally {
		await replica.close()
	}
}

function connect(
	{config, signal, onEvent, start: {credentials, dial}}: SyncParts,
	replica: Replica,
): Promise<Connection> {
	const startOver = async (): Promise<void> => {
		await replica.startOver()
		onEvent({kind: 'warning', message: startedOverText})
	}
	return Connection.open({config, credentials, replica, signal, startOver, first: () => dial.take(), begins: true})
}
