// The use-cases behind `serve` and `watch`: a node that listens, one that dials, or one that does both.
import type {Config} from '../../config/index.js'
import {requirePeer} from '../../config/index.js'
import {type NodeListeners, type NodeOptions, type NodeRoles, runNode} from '../node.js'
import type {WorkerPool} from '../start/head-start.js'

/** Runs until `signal` is aborted. Throws what keeps it from starting, and what trying again cannot mend. `pool`: of the head start. */
export async function runRoles(
	config: Config,
	roles: NodeRoles,
	options: NodeOptions,
	signal: AbortSignal,
	listeners: NodeListeners,
	pool?: WorkerPool,
): Promise<void> {
	if (roles.dial) requirePeer(config)
	await runNode(config, roles, options, signal, listeners, pool)
}
