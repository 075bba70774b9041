// `status` when no node runs: opens the folder and does a dry run with the peer.
import type {Config} from '../../config/index.js'
import {FileSyncError} from '../../errors/index.js'
import {dial} from '../../net/index.js'
import type {Replica} from '../../replica/replica.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {Connection} from '../connections/connection.js'
import {loadCredentials} from '../credentials.js'
import {openReplica} from '../open-replica.js'
import {resultOf} from '../use/sync-result.js'
import {away, describe, errorOf, pendingOf, unknown} from './status-parts.js'
import type {StatusResult} from './status-result.js'

/** `base`: the part of the result that needs no folder. */
export async function statusHere(
	config: Config,
	base: Pick<StatusResult, 'running' | 'node' | 'config' | 'certificates'>,
	offline: boolean,
	signal: AbortSignal,
): Promise<StatusResult> {
	const asks = !offline && config.peer !== null
	let replica: Replica
	try {
		replica = await openReplica(config, {}, asks ? WorkerPool.started() : new WorkerPool())
	} catch (error) {
		const peer = asks ? await knock(config, signal) : null
		const held = error instanceof FileSyncError && error.code === 'FOLDER_LOCKED' ? error.message : null
		return {ok: held !== null, ...base, ...unknown, running: held, peer, error: held === null ? errorOf(error) : null}
	}
	try {
		const known = describe(replica)
		if (!asks) return {ok: true, ...base, ...known, peer: null, pending: null, error: null}
		return {...base, ...known, ...(await ask(config, replica, signal))}
	} finally {
		await replica.close()
	}
}

/** Does a dry run with the peer. */
async function ask(
	config: Config,
	replica: Replica,
	signal: AbortSignal,
): Promise<Pick<StatusResult, 'ok' | 'peer' | 'pending' | 'error'>> {
	const startedAt = performance.now()
	let connection: Connection
	try {
		connection = await Connection.open({
			config,
			credentials: loadCredentials(config),
			replica,
			signal,
			startOver: () => replica.startOver(),
		})
	} catch (error) {
		return {
			ok: false,
			peer: {...away},
			pending: null,
			error: errorOf(error),
		}
	}
	const {clockOffsetMs, roundTripMs} = connection.acquaintance
	const peer = {
		reachable: true,
		name: connection.peer.name,
		round_trip_ms: round(roundTripMs),
		clock_offset_ms: Math.round(clockOffsetMs),
	}
	try {
		const outcome = await connection.lead(
			{direction: 'both', force: false, dryRun: true, allowDeletes: false},
			() => replica.scan(signal),
			() => {},
		)
		await connection.close()
		const result = resultOf(outcome, {
			dryRun: true,
			verbose: false,
			peer: connection.peer,
			bytesSent: 0,
			bytesReceived: 0,
			durationMs: Math.round(performance.now() - startedAt),
		})
		return {
			ok: result.problems.length === 0,
			peer,
			pending: pendingOf(result),
			error: null,
		}
	} catch (error) {
		await connection.close(error)
		return {ok: false, peer, pending: null, error: errorOf(error)}
	}
}

const round = (ms: number): number => Math.round(ms * 10) / 10

/** The folder cannot be opened: only checks whether the peer answers. */
async function knock(config: Config, signal: AbortSignal): Promise<StatusResult['peer']> {
	if (config.peer === null) return null
	try {
		const {identity, pins} = loadCredentials(config)
		const startedAt = performance.now()
		const channel = await dial({...config.peer, identity, pins, signal})
		const roundTripMs = round(performance.now() - startedAt)
		// Ends in order: the peer would log a cut connection as a refusal.
		channel.onFrame = () => {}
		await channel.end()
		return {reachable: true, name: null, round_trip_ms: roundTripMs, clock_offset_ms: null}
	} catch {
		return {...away}
	}
}
