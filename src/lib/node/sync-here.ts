// A sync in this process, begun in the order of what takes longest: the scanning thread (head-start.ts), then the dial. The rest of
// the program is loaded while both are under way.
import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import {requirePeer} from '../config/index.js'
import {type Credentials, loadCredentials} from './credentials.js'
import {EarlyDial} from './early-dial.js'
import type {SyncEvent, SyncOptions} from './events.js'
import {takeCrew} from './head-start.js'
import type {SyncResult} from './result.js'

/** Throws FileSyncError. */
export async function syncHere(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	const startedAt = performance.now()
	const crew = takeCrew()
	let credentials: Credentials
	try {
		credentials = loadCredentials(config)
		assertNotExpired('own', credentials.identity, Date.now())
	} catch (error) {
		await crew.close()
		throw error
	}
	for (const message of credentials.warnings) onEvent({kind: 'warning', message})
	const early = new EarlyDial(requirePeer(config), credentials, signal)
	const {syncFolder} = await import('./sync-folder.js')
	return syncFolder({config, options, signal, onEvent, credentials, crew, early, startedAt})
}
