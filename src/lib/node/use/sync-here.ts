// A sync in this process: the one that was begun ahead of its command (head-start.ts), or one that begins now. The rest of the program
// is loaded while it is under way.
import type {Config} from '../../config/index.js'
import {BegunSync} from '../start/begun-sync.js'
import {takePool} from '../start/early-crew.js'
import {dropBegun, takeBegun} from '../start/head-start.js'
import type {SyncEvent, SyncOptions} from './events.js'
import type {SyncResult} from './sync-result.js'

/** Throws FileSyncError. */
export async function syncHere(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	let begun = takeBegun(config, options)
	if (begun === undefined) {
		// One of another config would hold a folder.
		await dropBegun()
		begun = await BegunSync.begin(config, options, takePool(), signal)
	}
	for (const warning of begun.credentials.warnings) onEvent({kind: 'warning', ...warning})
	const {syncFolder} = await import('./sync-once.js')
	return syncFolder({config, options, signal, onEvent, begun})
}
