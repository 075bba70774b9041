// The use-case behind `sync`, `push` and `pull`: one sync by the running node, or in this process if no node runs.
// Loads the code for the second case only if it is needed.
import type {Config} from '../../config/index.js'
import {requirePeer} from '../../config/index.js'
import {FileSyncError, messageOf} from '../../errors/index.js'
import {ControlClient} from '../control/client.js'
import type {WorkerPool} from '../start/head-start.js'
import type {SyncEvent, SyncOptions} from './events.js'
import type {SyncResult} from './sync-result.js'

/** Syncs once. Throws FileSyncError; paths that failed are in the result. `pool`: from the head start, ended with the sync. */
export async function syncOnce(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
	pool?: WorkerPool,
): Promise<SyncResult> {
	const node = await ControlClient.open(config)
	if (node !== undefined) {
		// The head start did not notice the node.
		void pool?.close()
		return askNode(node, options, signal, onEvent)
	}
	requirePeer(config)
	const {syncHere} = await import('./sync-here.js')
	return syncHere(config, options, signal, onEvent, pool)
}

/** Hands the request to the running node and passes its events on. */
async function askNode(
	node: ControlClient,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	onEvent({kind: 'handed-over'})
	try {
		for await (const reply of node.ask({do: 'sync', options}, signal)) {
			if (reply.kind === 'event') onEvent(reply.event)
			if (reply.kind === 'result') return reply.result
		}
	} catch (error) {
		if (!signal.aborted) throw error
		throw new FileSyncError(
			'INTERRUPTED',
			`${messageOf(signal.reason)}; the running node goes on with it`,
			['filesync top', 'shows what it does'],
			{cause: error},
		)
	}
	throw new FileSyncError('CONNECTION_LOST', 'the running node ended before the sync was done', [
		'run the command again: it goes on where it stopped',
	])
}
