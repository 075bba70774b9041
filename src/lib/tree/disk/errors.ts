// Errors of the tree module: how a failed file-system call is told, and how an error crosses a thread border.
// Never decides what a failure means for a sync.
import {errnoOf, FileSyncError, isErrorCode, messageOf} from '../../errors/index.js'
import {shellWord} from '../../errors/shell.js'
import {describeFailure, openFilesAdvice} from '../../errors/system.js'

export {shellWord} from '../../errors/shell.js'
export {describeFailure} from '../../errors/system.js'

/** An error with a Node-like `code`, for conditions that no system call reported itself. */
export class TreeError extends Error {
	constructor(
		readonly code: string,
		message: string,
	) {
		super(message)
		this.name = 'TreeError'
	}
}

/** An error as plain data. `advice` is there for a FileSyncError only. */
export interface PlainError {
	readonly name: string
	readonly message: string
	readonly code: string | undefined
	readonly stack: string | undefined
	readonly advice: readonly string[] | undefined
}

/** Whatever was thrown, as data that structured clone can carry. */
export const toPlainError = (error: unknown): PlainError => ({
	name: error instanceof Error ? error.name : 'Error',
	message: messageOf(error),
	code: errnoOf(error),
	stack: error instanceof Error ? error.stack : undefined,
	advice: error instanceof FileSyncError ? error.advice : undefined,
})

/** The other way: a FileSyncError becomes one again, anything else an Error with the same `code` and `stack`. */
export function fromPlainError(plain: PlainError): Error {
	const {code, message, advice, name, stack} = plain
	if (advice !== undefined && code !== undefined && isErrorCode(code)) {
		const error = new FileSyncError(code, message, advice)
		if (stack !== undefined) error.stack = stack
		return error
	}
	const error = code === undefined ? new Error(message) : new TreeError(code, message)
	error.name = name
	if (stack !== undefined) error.stack = stack
	return error
}

/** The root folder itself cannot be used: nothing at all may be concluded from that about what it holds. */
export function rootFailure(root: string, error: unknown): FileSyncError {
	const code = errnoOf(error)
	// This process lacks something, and the root nothing.
	if (code === 'EMFILE' || code === 'ENFILE')
		return new FileSyncError(
			'DISK_FAILED',
			describeFailure(`the folder ${root} cannot be read`, error),
			openFilesAdvice,
			{
				cause: error,
			},
		)
	if (code === 'ENOENT' || code === 'ENOTDIR')
		return new FileSyncError(
			'ROOT_MISSING',
			`the folder ${root} ${code === 'ENOENT' ? 'does not exist' : 'is not a folder'}; nothing was synced`,
			[
				'If it lies on a disk or share that is not mounted, mount it and run the command again.',
				`If it is meant to be new and empty: mkdir -p ${shellWord(root)}`,
				'If it moved, set "local_dir" in the configuration to where it is now.',
			],
			{cause: error},
		)
	return new FileSyncError(
		'ROOT_MISSING',
		describeFailure(`the folder ${root} cannot be read`, error),
		[`Give this user the right to read and enter it: ls -ld ${shellWord(root)}`],
		{cause: error},
	)
}
