// Which failures end a running node, and when a failure is news. Decides by error code; prints nothing.
import {type ErrorCode, errnoOf, FileSyncError, PeerError} from '../../errors/index.js'
import {describeFailure} from '../../tree/index.js'

/**
 * The complete list of what ends a running node: its certificates, a wrong peer, an index of a later version, and its user. Everything
 * else may pass, so it is reported when it begins, retried, and reported again when it is over.
 * CONFIG_INVALID is not here: the config is read before a node runs, so then it means the rules file, which users edit at any time.
 */
const ending: ReadonlySet<ErrorCode> = new Set([
	'CERT_MISSING',
	'CERT_UNREADABLE',
	'CERT_INVALID',
	'CERT_EXPIRED',
	'PEER_MISMATCH',
	'SELF_CONNECTION',
	'SAME_FOLDER',
	'INDEX_NEWER',
	'INTERRUPTED',
])

/** Facts about the pair of devices: true whichever of the two reports them. */
const mutual: ReadonlySet<ErrorCode> = new Set(['SELF_CONNECTION', 'SAME_FOLDER'])

/** True if no retry can help. PEER_REFUSED is decided by `Refusals`: it takes several in a row. */
export const endsNode = (error: FileSyncError): boolean =>
	ending.has(error.code) && (!(error instanceof PeerError) || mutual.has(error.code))

/** Failures to reach the peer, as opposed to failures of a sync with it. */
const unreached: ReadonlySet<ErrorCode> = new Set([
	'PEER_UNREACHABLE',
	'CONNECTION_LOST',
	'PEER_REFUSED',
	'PEER_VERSION',
	'PROTOCOL',
])

export const isUnreached = ({code}: FileSyncError): boolean => unreached.has(code)

/** Any thrown value as a FileSyncError: a system error becomes a sentence, anything else unknown an internal error. */
export function asFileSyncError(error: unknown): FileSyncError {
	if (error instanceof FileSyncError) return error
	const what = errnoOf(error) === undefined ? 'the sync stopped with an internal error' : 'the sync stopped'
	return new FileSyncError('INTERNAL', describeFailure(what, error), [], {cause: error})
}

/** The failure that currently keeps syncs with one peer from succeeding. Reported once, and not with every retry. */
export class StandingFailure {
	#code: ErrorCode | undefined

	get stands(): boolean {
		return this.#code !== undefined
	}

	/** True if this is news: there was no failure, or a different one. */
	note({code}: FileSyncError): boolean {
		const isNew = code !== this.#code
		this.#code = code
		return isNew
	}

	/** A sync succeeded. True if that is news. */
	over(): boolean {
		const stood = this.stands
		this.#code = undefined
		return stood
	}
}

/**
 * When refusals count: so many in a row over so long a time (ms). A single one may be a peer that shuts down or a lost connection, which
 * look the same before the first frame. Without a TLS alert (`unsure`) the peer may also have run out of file descriptors.
 */
const believed = {sure: {count: 3, ms: 5000}, unsure: {count: 5, ms: 30_000}} as const

/** Refusals in a row. */
export class Refusals {
	#count = 0
	#sinceMs = 0

	/** Counts one more; `nowMs`: of a monotonic clock. True: the peer really refuses. */
	isBelieved(isSure: boolean, nowMs: number): boolean {
		if (this.#count++ === 0) this.#sinceMs = nowMs
		const {count, ms} = isSure ? believed.sure : believed.unsure
		return this.#count >= count && nowMs - this.#sinceMs >= ms
	}

	reset(): void {
		this.#count = 0
	}
}
