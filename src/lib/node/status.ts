// The use-case behind `status`: what a user who wonders wants to know, in one answer. Changes nothing.
import {type CertReport, reportCertificates} from '../certs/index.js'
import type {Config} from '../config/index.js'
import type {ErrorCode} from '../errors/index.js'
import {FileSyncError} from '../errors/index.js'
import {dial} from '../net/index.js'
import type {Replica} from '../replica/replica.js'
import {Connection} from './connection.js'
import {resultOf, type SyncResult} from './result.js'
import {indexDirOf, loadCredentials, nowMs, openReplica} from './setup.js'

export interface StatusError {
	readonly code: ErrorCode
	readonly message: string
	readonly try: readonly string[]
}

export interface StatusResult {
	readonly ok: boolean
	readonly config: {
		readonly file: string
		readonly local_dir: string
		readonly state_dir: string
		readonly peer: string | null
		readonly listen: string
	}
	readonly certificates: Pick<CertReport, 'own' | 'peers'>
	/** Not null: another FileSync process holds the folder, and how it says so. */
	readonly running: string | null
	/** null: another FileSync process holds the folder, or it cannot be opened; `error` says which. */
	readonly index: {
		readonly device: string
		readonly files: number
		readonly folders: number
		readonly links: number
		readonly bytes: number
	} | null
	/** ISO 8601, or null: never. */
	readonly last_sync: string | null
	readonly peer: {
		readonly reachable: boolean
		readonly name: string | null
		readonly round_trip_ms: number | null
		readonly clock_offset_ms: number | null
	} | null
	/** What a sync would do now, as of its dry run. null: not known. */
	readonly pending: Pick<
		SyncResult,
		'pushed' | 'pulled' | 'deleted_local' | 'deleted_remote' | 'renamed' | 'metadata' | 'conflicts' | 'problems'
	> | null
	readonly error: StatusError | null
}

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
	const address = (at: {host: string; port: number} | null) => (at === null ? null : `${at.host}:${at.port}`)
	const certificates = reportCertificates(config, nowMs())
	const base = {
		running: null,
		config: {
			file: config.file,
			local_dir: config.localDir,
			state_dir: indexDirOf(config),
			peer: address(config.peer),
			listen: address(config.server) ?? '',
		},
		certificates: {own: certificates.own, peers: certificates.peers},
	}
	if (certificates.fault !== undefined) return {ok: false, ...base, ...unknown, error: errorOf(certificates.fault)}
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
			peer: {reachable: false, name: null, round_trip_ms: null, clock_offset_ms: null},
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
		const {pushed, pulled, deleted_local, deleted_remote, renamed, metadata, conflicts, problems} = resultOf(outcome, {
			dryRun: true,
			verbose: false,
			peer: connection.peer,
			bytesSent: 0,
			bytesReceived: 0,
			durationMs: Math.round(performance.now() - startedAt),
		})
		return {
			ok: problems.length === 0,
			peer,
			pending: {pushed, pulled, deleted_local, deleted_remote, renamed, metadata, conflicts, problems},
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
	const away = {reachable: false, name: null, round_trip_ms: null, clock_offset_ms: null}
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
		return away
	}
}
