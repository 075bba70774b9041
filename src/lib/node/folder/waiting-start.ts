// The start of a node whose folder cannot be used yet (a disk that is not mounted, a full one): said once, tried again until it can.
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Config} from '../../config/index.js'
import {type ErrorCode, errnoOf, type FileSyncError} from '../../errors/index.js'
import type {Replica} from '../../replica/replica.js'
import {kindAt} from '../../tree/index.js'
import {asFileSyncError, StandingFailure} from '../connections/failures.js'
import {indexDirOf} from '../index-dir.js'
import type {StartEvent} from '../use/events.js'

/** Doubles from the first to the most. */
const retry = {firstMs: 500, mostMs: 10_000} as const

/** Errors that may pass without a restart. Wrong settings, a lock and an index of a later version do not. */
const passing: ReadonlySet<ErrorCode> = new Set([
	'ROOT_REPLACED',
	'INDEX_DAMAGED',
	'DISK_FULL',
	'DISK_FAILED',
	'INTERNAL',
])

/** Codes by which a root says that it, or what was asked for it, is no folder that this user can use. */
const settled: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/** Was this folder ever opened? One that never was is more likely a typing error than a disk that is not mounted. */
const hasPast = (config: Config): boolean =>
	kindAt(join(indexDirOf(config), 'db')) !== undefined ||
	// Its target is away, and the index lies under the name of that.
	kindAt(config.localDir) === 'symlink'

function canPass({code, cause}: FileSyncError, config: Config): boolean {
	if (code !== 'ROOT_MISSING') return passing.has(code)
	return !settled.has(errnoOf(cause)) || hasPast(config)
}

/**
 * Calls `open` until it succeeds; undefined when the signal was aborted before. Throws FileSyncError for what does not pass by
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
			// A bug stays one however often it is tried.
			if (failure.code === 'INTERNAL' && errnoOf(failure.cause) === undefined) throw error
			if (!canPass(failure, config)) throw error
			const {code, message, advice} = failure
			if (standing.note(failure)) tell({kind: 'waiting', code, message, advice})
			await sleep(waitMs, undefined, {signal}).catch(() => {})
		}
	}
	return undefined
}
