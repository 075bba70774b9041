// The use-case behind `status`: what a user who wonders wants to know, in one answer. Changes nothing.
import {reportCertificates} from '../certs/index.js'
import type {Config} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {dial} from '../net/index.js'
import type {Replica} from '../replica/replica.js'
import type {AskableNode} from './askable.js'
import {Connection} from './connection.js'
import {ControlClient} from './control-client.js'
import {resultOf, type SyncResult} from './result.js'
import {indexDirOf, loadCredentials, nowMs, openReplica} from './setup.js'
import type {StatusError, StatusResult} from './status-result.js'

const errorOf = (error: unknown): StatusError => {
	const known =
		error instanceof FileSyncError ? error : new FileSyncError('INTERNAL', String(error), [], {cause: error})
	return {code: known.code, message: known.message, try: known.advice}
}

/** Gathers everything that can be known; the first thing that cannot is in `error`. Throws only what a config lacks. */
export async function status(
	config: Config,
	{offline}: {offline: boolean},
	signal: AbortSignal,
): Promise<StatusResult> {
	const {base, fault} = baseOf(config)
	if (fault !== undefined) return {ok: false, ...base, ...unknown, error: errorOf(fault)}
	const node = await ControlClient.open(config)
	if (node !== undefined) return askNode(node, offline, signal)
	let replica: Replica
	try {
		replica = await openReplica(config)
	} catch (error) {
		const peer = offline || config.peer === null ? null : await knock(config, signal)
		const held = error instanceof FileSyncError && error.code === 'FOLDER_LOCKED' ? error.message : null
		return {ok: held !== null, ...base, ...unknown, running: held, peer, error: held === null ? errorOf(error) : null}
	}
	try {
		const known = describe(replica)
		if (offline || config.peer === null) return {ok: true, ...base, ...known, peer: null, pending: null, error: null}
		return {...base, ...known, ...(await ask(config, replica, signal))}
	} finally {
		await replica.close()
	}
}

/** What is known without the folder. */
function baseOf(config: Config): {
	readonly base: Pick<StatusResult, 'running' | 'node' | 'config' | 'certificates'>
	readonly fault: unknown
} {
	const address = (at: {host: string; port: number} | null) => (at === null ? null : `${at.host}:${at.port}`)
	const {own, peers, fault} = reportCertificates(config, nowMs())
	return {
		base: {
			running: null,
			node: null,
			config: {
				file: config.file,
				local_dir: config.localDir,
				state_dir: indexDirOf(config),
				peer: address(config.peer),
				listen: address(config.server) ?? '',
			},
			certificates: {own, peers},
		},
		fault,
	}
}

/** The running node answers with what it knows. */
async function askNode(node: ControlClient, offline: boolean, signal: AbortSignal): Promise<StatusResult> {
	for await (const reply of node.ask({do: 'status', offline}, signal)) if (reply.kind === 'status') return reply.status
	throw new FileSyncError('FOLDER_LOCKED', 'the node that holds this folder ended before it answered', [
		'run the command again',
	])
}

/** The status of a running node, told by itself: nothing is scanned for it, and a standing connection is used. */
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
	if (offline || config.peer === null) return {ok: true, ...known, peer: null, pending: null, error: null}
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

const away = {reachable: false, name: null, round_trip_ms: null, clock_offset_ms: null} as const

const pendingOf = ({
	pushed,
	pulled,
	deleted_local,
	deleted_remote,
	renamed,
	metadata,
	conflicts,
	problems,
}: SyncResult): StatusResult['pending'] => ({
	pushed,
	pulled,
	deleted_local,
	deleted_remote,
	renamed,
	metadata,
	conflicts,
	problems,
})

const unknown = {index: null, last_sync: null, peer: null, pending: null} as const

function describe(replica: Replica): Pick<StatusResult, 'index' | 'last_sync'> {
	const {files, folders, links, bytes} = replica.counts
	const lastSec = Math.max(0, ...replica.agreements().map(({atSec}) => atSec))
	return {
		index: {device: replica.device, files, folders, links, bytes},
		last_sync: lastSec === 0 ? null : new Date(lastSec * 1000).toISOString(),
	}
}

/** A dry run with the peer. */
async function ask(
	config: Config,
	replica: Replica,
	signal: AbortSignal,
): Promise<Pick<StatusResult, 'ok' | 'peer' | 'pending' | 'error'>> {
	const startedAt = performance.now()
	let connection: Connection
	try {
		connection = await Connection.open({config, credentials: loadCredentials(config), replica, signal})
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

/** Without the folder: does the peer answer at all? */
async function knock(config: Config, signal: AbortSignal): Promise<StatusResult['peer']> {
	if (config.peer === null) return null
	try {
		const {identity, pins} = loadCredentials(config)
		const startedAt = performance.now()
		const channel = await dial({...config.peer, identity, pins, signal})
		const roundTripMs = round(performance.now() - startedAt)
		// A goodbye, not a cut: the peer would take that for a refusal and log it.
		channel.onFrame = () => {}
		await channel.end()
		return {reachable: true, name: null, round_trip_ms: roundTripMs, clock_offset_ms: null}
	} catch {
		return {...away}
	}
}
