// The use-case behind `sync`, `push` and `pull`: one round with the peer, then done.

import {assertNotExpired} from '../certs/index.js'
import type {Config} from '../config/index.js'
import {requirePeer} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {clockWarning} from './clock.js'
import {Connection} from './connection.js'
import {ControlClient} from './control-client.js'
import type {SyncEvent, SyncOptions} from './events.js'
import {resultOf, type SyncResult} from './result.js'
import {loadCredentials, nowMs, openReplica} from './setup.js'

/**
 * Syncs once: in this process, or by the node that holds the folder. Throws FileSyncError; paths that could not be handled are
 * in the result.
 */
export async function syncOnce(
	config: Config,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	const startedAt = performance.now()
	const peerAddress = requirePeer(config)
	const node = await ControlClient.open(config)
	if (node !== undefined) return askNode(node, options, signal, onEvent)
	const credentials = loadCredentials(config)
	assertNotExpired('own', credentials.identity, nowMs())
	for (const message of credentials.warnings) onEvent({kind: 'warning', message})
	const replica = await openReplica(config, options.firstSync)
	onEvent({kind: 'phase', phase: 'connect'})
	try {
		// The scan needs no peer: it runs while the connection is made. A peer that cannot be reached ends it.
		const stop = new AbortController()
		const either = AbortSignal.any([signal, stop.signal])
		const scanning = replica.scan(either, (entries) => onEvent({kind: 'scanning', entries}))
		scanning.catch(() => {})
		let connection: Connection
		try {
			connection = await Connection.open({config, credentials, replica, signal, begins: true})
		} catch (error) {
			stop.abort()
			await scanning.catch(() => {})
			throw error
		}
		onEvent({kind: 'connected', name: connection.peer.name, ...peerAddress})
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
				durationMs: Math.round(performance.now() - startedAt),
			})
		} catch (error) {
			await connection.close(error)
			throw error
		}
	} finally {
		await replica.close()
	}
}

/** Hands the request to the running node and tells what it tells. */
async function askNode(
	node: ControlClient,
	options: SyncOptions,
	signal: AbortSignal,
	onEvent: (event: SyncEvent) => void,
): Promise<SyncResult> {
	for await (const reply of node.ask({do: 'sync', options}, signal)) {
		if (reply.kind === 'event') onEvent(reply.event)
		if (reply.kind === 'result') return reply.result
	}
	throw new FileSyncError('CONNECTION_LOST', 'the running node ended before the sync was done', [
		'run the command again: it goes on where it stopped',
	])
}
