// The use-case behind `status`. Changes nothing. Loads the code that opens the folder only if no node answers.
import type {Config} from '../../config/index.js'
import {FileSyncError} from '../../errors/index.js'
import {ControlClient} from '../control/client.js'
import {baseOf, errorOf, unknown} from './status-parts.js'
import type {StatusResult} from './status-result.js'

/** Collects everything that can be found out; `error` holds the first thing that cannot. Throws only for a faulty config. */
export async function status(
	config: Config,
	{offline}: {offline: boolean},
	signal: AbortSignal,
): Promise<StatusResult> {
	const {base, fault} = baseOf(config)
	if (fault !== undefined) return {ok: false, ...base, ...unknown, error: errorOf(fault)}
	const node = await ControlClient.open(config)
	if (node !== undefined) return askNode(node, offline, signal)
	const {statusHere} = await import('./status-here.js')
	return statusHere(config, base, offline, signal)
}

/** Asks the running node. */
async function askNode(node: ControlClient, offline: boolean, signal: AbortSignal): Promise<StatusResult> {
	for await (const reply of node.ask({do: 'status', offline}, signal)) if (reply.kind === 'status') return reply.status
	throw new FileSyncError('FOLDER_LOCKED', 'the node that holds this folder ended before it answered', [
		'run the command again',
	])
}
