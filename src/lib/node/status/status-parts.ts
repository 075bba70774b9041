// Parts of the result of `status` that `status-here.ts` and `status-of-node.ts` share.
import {reportCertificates} from '../../certs/index.js'
import type {Config} from '../../config/index.js'
import {FileSyncError} from '../../errors/index.js'
import type {Replica} from '../../replica/replica.js'
import {indexDirOf} from '../index-dir.js'
import {countsOf, type SyncResult} from '../use/sync-result.js'
import type {StatusError, StatusResult} from './status-result.js'

export const errorOf = (error: unknown): StatusError => {
	const known =
		error instanceof FileSyncError ? error : new FileSyncError('INTERNAL', String(error), [], {cause: error})
	return {code: known.code, message: known.message, try: known.advice}
}

/** The part of the result that needs no folder. */
export function baseOf(config: Config): {
	readonly base: Pick<StatusResult, 'running' | 'node' | 'config' | 'certificates'>
	readonly fault: unknown
} {
	const address = (at: {host: string; port: number} | null) => (at === null ? null : `${at.host}:${at.port}`)
	const {own, peers, fault} = reportCertificates(config, Date.now())
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

export const away = {reachable: false, name: null, round_trip_ms: null, clock_offset_ms: null} as const

export const pendingOf = (result: SyncResult): StatusResult['pending'] => ({
	...countsOf(result),
	conflicts: result.conflicts,
	problems: result.problems,
})

export const unknown = {index: null, last_sync: null, peer: null, pending: null} as const

export function describe(replica: Replica): Pick<StatusResult, 'index' | 'last_sync'> {
	const {files, folders, links, bytes} = replica.counts
	const lastSec = Math.max(0, ...replica.agreements().map(({atSec}) => atSec))
	return {
		index: {device: replica.device, files, folders, links, bytes},
		last_sync: lastSec === 0 ? null : new Date(lastSec * 1000).toISOString(),
	}
}
