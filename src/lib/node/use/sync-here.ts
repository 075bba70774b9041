// Begins a sync in this process: starts the dial, opens the folder and starts the scan, and meanwhile loads the rest of the program.
import {assertNotExpired} from '../../certs/index.js'
import {type Config, requirePeer} from '../../config/index.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {type Credentials, loadCredentials} from '../credentials.js'
import {EarlyDial} from '../start/early-dial.js'
import type {SyncEvent, SyncOptions} from './events.js'
import type {SyncResult} from './sync-result.js'

/** Ends `pool`, also if it throws. Throws FileSyncError; faults of the certificates before anything is opened. */
export async function syncHere(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
	pool: WorkerPool = WorkerPool.started(),
): Promise<SyncResult> {
	const startedAt = performance.now()
	let credentials: Credentials
	try {
		credentials = loadCredentials(config)
		assertNotExpired(credentials.identity, Date.now())
	} catch (error) {
		await pool.close()
		throw error
	}
	for (const warning of credentials.warnings) onEvent({kind: 'warning', ...warning})
	const dial = new EarlyDial(requirePeer(config), credentials, signal)
	const {openReplica} = await import('../open-replica.js')
	const opening = openReplica(config, options, pool)
	// The scan needs no peer, so it runs while the connection is made.
	const stopScan = new AbortController()
	const either = AbortSignal.any([signal, stopScan.signal])
	const onProgress = (entries: number): void => onEvent({kind: 'scanning', entries})
	const scanning = opening.then((replica) => replica.scan(either, onProgress))
	scanning.catch(() => {})
	const {syncFolder} = await import('./sync-once.js')
	const start = {startedAt, credentials, dial, opening, scanning, stopScan: () => stopScan.abort()}
	return syncFolder({config, options, signal, onEvent, start})
}
