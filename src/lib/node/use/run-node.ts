// The use-case behind `serve` and `watch`: a node that listens, one that dials, or one that does both.
import {assertNotExpired} from '../../certs/index.js'
import type {Config} from '../../config/index.js'
import {requirePeer} from '../../config/index.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {keepHeapSteady} from '../../tree/index.js'
import {loadCredentials} from '../credentials.js'
import {openWhenReady} from '../folder/waiting-start.js'
import {type NodeListeners, type NodeOptions, type NodeRoles, RunningNode} from '../node.js'
import {nowMs, openReplica} from '../open-replica.js'

/**
 * Runs a node until `signal` is aborted. Waits for a folder that cannot be used yet. Throws what keeps it from starting (locked
 * folder, certificates, port) and what no retry can mend. `pool`: of the head start, used by the first attempt to open the folder.
 */
export async function runNode(
	config: Config,
	roles: NodeRoles,
	options: NodeOptions,
	signal: AbortSignal,
	listeners: NodeListeners,
	pool?: WorkerPool,
): Promise<void> {
	if (roles.dial) requirePeer(config)
	keepHeapSteady()
	const credentials = loadCredentials(config)
	assertNotExpired(credentials.identity, nowMs())
	const tell = roles.listen ? listeners.onServe : listeners.onWatch
	const ready = pool === undefined ? [] : [pool]
	const open = () => openReplica(config, options, ready.pop() ?? WorkerPool.started())
	const replica = await openWhenReady(config, open, signal, tell)
	if (replica === undefined) return
	try {
		const node = new RunningNode({config, credentials, replica}, roles, options, signal, listeners)
		await node.run()
	} finally {
		await replica.close()
	}
}
