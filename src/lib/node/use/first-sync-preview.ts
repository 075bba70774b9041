// `--first-sync --dry-run` in a running node: the plan of a first sync, without a change to the node's own index.
import type {RoundOptions} from '../../sync/events.js'
import {Connection} from '../connections/connection.js'
import {withFolders} from '../connections/led-round.js'
import type {NodeContext} from '../context.js'
import type {SyncEvent} from './events.js'
import {resultOf, type SyncResult} from './sync-result.js'

/** Throws FileSyncError. */
export async function previewFirstSync(
	context: NodeContext,
	options: RoundOptions,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	const {config, credentials, replica, rounds, signal} = context
	const startedAt = performance.now()
	onEvent({kind: 'phase', phase: 'connect'})
	// In turn with the rounds, because its scan empties staging.
	const preview = await rounds(() => replica.preview())
	try {
		const startOver = () => preview.startOver()
		const connection = await Connection.open({config, credentials, replica: preview, signal, startOver})
		const {host, port, name} = connection.peer
		onEvent({kind: 'connected', name, host, port})
		try {
			const scan = () => preview.scan(signal, (entries) => onEvent({kind: 'scanning', entries}))
			const dryRun = {...options, dryRun: true}
			const outcome = await withFolders(context, connection, dryRun, () => connection.lead(dryRun, scan, onEvent))
			onEvent({kind: 'held', changes: outcome.plan.heldBack.length})
			await connection.close()
			return resultOf(outcome, {
				dryRun: true,
				verbose: true,
				peer: connection.peer,
				bytesSent: connection.channel.bytesSent,
				bytesReceived: connection.channel.bytesReceived,
				durationMs: Math.round(performance.now() - startedAt),
			})
		} catch (error) {
			await connection.close(error)
			throw error
		}
	} finally {
		await preview.close()
	}
}
