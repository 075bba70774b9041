// What a running node outlives and what ends it, and when a failure is news. Decides by code; prints nothing.
import {type ErrorCode, errnoOf, FileSyncError, PeerError} from '../../errors/index.js'
import {describeFailure} from '../../tree/index.js'

/**
 * The closed list of what ends a node that runs: its certificates, a wrong peer, an index of a later version, and its user. Everything
 * else may pass, so it is reported when it begins, retried, and reported once more when it is over.
 * The config is read before a node runs: a CONFIG_INVALID of a running one tells of the rules file, which can be edited at any time.
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

/** How things stand between two devices: true whichever of the two says it. */
const mutual: ReadonlySet<ErrorCode> = new Set(['SELF_CONNECTION', 'SAME_FOLDER'])

/** True where no retry of a running node can help. PEER_REFUSED is not here: it takes several (see Refusals). */
export const endsNode = (error: FileSyncError): boolean =>
	ending.has(error.code) && (!(error instanceof PeerError) || mutual.has(error.code))

/** Failures of reaching the peer, in contrast to those of a sync with it. */
const unreached: ReadonlySet<ErrorCode> = new Set([
	'PEER_UNREACHABLE',
	'CONNECTION_LOST',
	'PEER_REFUSED',
	'PEER_VERSION',
	'PROTOCOL',
])

export const isUnreached = ({code}: FileSyncError): boolean => unreached.has(code)

/** Whatever a round threw, as an error for people: a raw errno gets a sentence, anything else unknown is an internal error. */
export function asFileSyncError(error: unknown): FileSyncError {
	if (error instanceof FileSyncError) return error
	const what = errnoOf(error) === undefined ? 'the sync stopped with an internal error' : 'the sync stopped'
	return new FileSyncError('INTERNAL', describeFailure(what, error), [], {cause: error})
}

/** The one failure that keeps a party's syncs from succeeding, so that each is said once and not with every retry. */
export class StandingFailure {
	#code: ErrorCode | undefined

	get stands(): boolean {
		return this.#code !== undefined
	}

	/** True when this is news: none stood, or another one. */
	note({code}: FileSyncError): boolean {
		const isNew = code !== this.#code
		this.#code = code
		return isNew
	}

	/** A sync succeeded. True when that is news. */
	over(): boolean {
		const stood = this.stands
		this.#code = undefined
		return stood
	}
}

/**
 * When a refusal is believed, by count and time since the first one in a row. A single one may be a peer that shuts down, or a
 * lost connection: both look like a refusal before the first frame. Without a TLS alert it may also be a peer that has no file
 * descriptors left.
 */
const believed = {sure: {count: 3, ms: 5000}, unsure: {count: 5, ms: 30_000}} as const

/** Refusals in a row. */
export class Refusals {
	#count = 0
	#sinceMs = 0

	/** Notes one more; `nowMs`: on a clock that never jumps. True: the peer means it. */
	isBelieved(isSure: boolean, nowMs: number): boolean {
		if (this.#count++ === 0) this.#sinceMs = nowMs
		const {count, ms} = isSure ? believed.sure : believed.unsure
		return this.#count >= count && nowMs - this.#sinceMs >= ms
	}

	reset(): void {
		this.#count = 0
	}
}
