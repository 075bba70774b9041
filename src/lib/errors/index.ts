// The table of errors for users: code, exit code, and the class that carries them.
// A file that cannot be handled is no error but a Problem in the result, and the other files go on.

/** Exit codes: a contract with users' scripts. */
export const exit = {
	done: 0,
	incomplete: 1,
	usage: 2,
	unreachable: 3,
	untrusted: 4,
	unsafe: 5,
	locked: 6,
	interrupted: 130,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]

const table = {
	USAGE: exit.usage,
	CONFIG_MISSING: exit.usage,
	CONFIG_INVALID: exit.usage,
	CONFIG_EXISTS: exit.usage,
	CERT_MISSING: exit.usage,
	CERT_UNREADABLE: exit.usage,
	CERT_INVALID: exit.usage,
	CERT_EXISTS: exit.usage,
	CERT_EXPIRED: exit.usage,
	STATE_UNUSABLE: exit.usage,
	LISTEN_FAILED: exit.incomplete,
	PEER_UNREACHABLE: exit.unreachable,
	CONNECTION_LOST: exit.unreachable,
	PROTOCOL: exit.unreachable,
	PEER_VERSION: exit.unreachable,
	PEER_FAILED: exit.unreachable,
	PEER_MISMATCH: exit.untrusted,
	PEER_REFUSED: exit.untrusted,
	SELF_CONNECTION: exit.untrusted,
	ROOT_MISSING: exit.unsafe,
	ROOT_REPLACED: exit.unsafe,
	TOO_MANY_DELETIONS: exit.unsafe,
	SAME_FOLDER: exit.unsafe,
	INDEX_DAMAGED: exit.unsafe,
	INDEX_NEWER: exit.usage,
	FOLDER_LOCKED: exit.locked,
	DISK_FULL: exit.incomplete,
	DISK_FAILED: exit.incomplete,
	INSTALLATION: exit.incomplete,
	INTERNAL: exit.incomplete,
	INTERRUPTED: exit.interrupted,
} as const satisfies Record<string, ExitCode>

export type ErrorCode = keyof typeof table

/** True for a code in this version's table; a peer of a later version may send others. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(table, code)

/**
 * An error the user can act on. `message` names the thing, what was found and what was wanted;
 * `advice` are the next steps, one per line, as commands where there is one.
 */
export class FileSyncError extends Error {
	readonly code: ErrorCode
	readonly exit: ExitCode
	readonly advice: readonly string[]

	constructor(code: ErrorCode, message: string, advice: readonly string[] = [], options?: {cause?: unknown}) {
		super(message, options)
		this.name = 'FileSyncError'
		this.code = code
		this.exit = table[code]
		this.advice = advice
	}
}

/** An error that the peer reported: this side is fine, and it may pass over there. */
export class PeerError extends FileSyncError {}

/** Something odd that stops nothing. `advice` as in an error. */
export interface Warning {
	readonly message: string
	readonly advice: readonly string[]
}

/** The `code` of a Node system error (`ENOENT`, …); undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
	if (!(error instanceof Error) || !('code' in error)) return undefined
	return typeof error.code === 'string' ? error.code : undefined
}

/** The message of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
