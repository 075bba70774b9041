// Starts a node whose folder cannot be used yet (disk not mounted, disk full): reports that once and tries again.
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Config} from '../../config/index.js'
import {type ErrorCode, errnoOf, type FileSyncError} from '../../errors/index.js'
import type {Replica} from '../../replica/replica.js'
import {kindAt} from '../../tree/index.js'
import {asFileSyncError, StandingFailure} from '../connections/failures.js'
import {indexDirOf} from '../index-dir.js'
import type {StartEvent} from '../use/events.js'

/** Wait between two tries: doubles from the first to the most (ms). */
const retry = {firstMs: 500, mostMs: 10_000} as const

/** Errors that may pass without a restart; wrong settings, a lock or an index of a later version do not. */
const passing: ReadonlySet<ErrorCode> = new Set([
	'ROOT_REPLACED',
	'INDEX_DAMAGED',
	'DISK_FULL',
	'DISK_FAILED',
	'INTERNAL',
])

/** Error codes that mean that this user cannot use the root as a folder. */
const settled: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/** True if this folder was opened before. If it never was, its path is more likely mistyped than not mounted. */
const hasPast = (config: Config): boolean =>
	kindAt(join(indexDirOf(config), 'db')) !== undefined ||
	// A dangling link: its target is not mounted, and the index is named after the target.
	kindAt(config.localDir) === 'symlink'

function canPass({code, cause}: FileSyncError, config: Config): boolean {
	if (code !== 'ROOT_MISSING') return passing.has(code)
	return !settled.has(errnoOf(cause)) || hasPast(config)
}

/**
 * Calls `open` until it succeeds; undefined: the signal was aborted first. Throws FileSyncError for a failure that does not pass by
 * itself.
 */
export async function openWhenReady(
	config: Config,
	open: () => Promise<Replica>,
	signal: AbortSignal,
	tell: (event: StartEvent) => void,
): Promise<Replica | undefined> {
	const standing = new StandingFailure()
	for (let waitMs: number = retry.firstMs; !signal.aborted; waitMs = Math.min(retry.mostMs, 2 * waitMs)) {
		try {
			const replica = await open()
			if (standing.over()) tell({kind: 'opened'})
			return replica
		} catch (error) {
			const failure = asFileSyncError(error)
			// Retrying does not fix a bug.
			if (failure.code === 'INTERNAL' && errnoOf(failure.cause) === undefined) throw error
			if (!canPass(failure, config)) throw error
			const {code, message, advice} = failure
			if (standing.note(failure)) tell({kind: 'waiting', code, message, advice})
			await sleep(waitMs, undefined, {signal}).catch(() => {})
		}
	}
	return undefined
}
