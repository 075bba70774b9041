// The answer to `status` of a running node.
import type {Config} from '../../config/index.js'
import type {AskableNode} from '../node-api.js'
import {away, baseOf, describe, errorOf, pendingOf} from './status-parts.js'
import type {StatusResult} from './status-result.js'

/** A running node's own status: without a scan, and over the connection that is open. */
export async function statusOfNode(
	config: Config,
	node: AskableNode,
	{offline}: {readonly offline: boolean},
): Promise<StatusResult> {
	const {base, fault} = baseOf(config)
	const state = node.state()
	const running = `filesync node, process ${state.pid}, since ${state.started}`
	const known = {...base, running, node: state, ...describe(node.replica)}
	if (fault !== undefined) return {ok: false, ...known, peer: null, pending: null, error: errorOf(fault)}
	const isAlone = config.peer === null && state.link.state !== 'connected'
	if (offline || isAlone) return {ok: true, ...known, peer: null, pending: null, error: null}
	const {link} = state
	const peer = {
		reachable: true,
		name: link.state === 'connected' ? link.name : null,
		round_trip_ms: link.state === 'connected' ? link.round_trip_ms : null,
		clock_offset_ms: link.state === 'connected' ? link.clock_offset_ms : null,
	}
	try {
		const dryRun = {direction: 'both', force: false, dryRun: true, allowDeletes: false, firstSync: false} as const
		const result = await node.sync({...dryRun, verbose: false}, () => {})
		const pending = pendingOf(result)
		return {ok: result.problems.length === 0, ...known, peer: {...peer, name: result.peer.name}, pending, error: null}
	} catch (error) {
		return {ok: false, ...known, peer: {...away}, pending: null, error: errorOf(error)}
	}
}
