// System error codes in words. Pure.
import {errnoOf, messageOf} from './index.js'

const meanings: Readonly<Record<string, string>> = {
	EACCES: 'permission denied',
	EPERM: 'operation not permitted',
	EIO: 'the disk reported a read or write error',
	ENOENT: 'it does not exist',
	EEXIST: 'it exists already',
	ENOTDIR: 'a folder was expected',
	EISDIR: 'it is a folder',
	ELOOP: 'a symbolic link stands where a folder or file was expected',
	ENAMETOOLONG: 'its path is too long',
	EMFILE: 'too many files are open in this process',
	ENFILE: 'too many files are open on this system',
	ENOSPC: 'no space is left',
	EDQUOT: "this user's quota is used up",
	EROFS: 'the file system is read-only',
	EBUSY: 'it is in use',
	ENOTEMPTY: 'the folder is not empty',
	ESTALE: 'the network file system lost it',
}

/** The same for codes that mean something else on Windows. */
const windowsMeanings: Readonly<Record<string, string>> = {
	EBUSY: 'another program has it open',
	EPERM: 'another program has it open, or this user may not change it',
	EACCES: 'another program has it open, or this user may not change it',
}

/** A short sentence for a failed call, without the absolute path of Node's messages. */
export function describeFailure(doing: string, error: unknown): string {
	const code = errnoOf(error)
	if (code === undefined) return `${doing}: ${messageOf(error)}`
	const known = process.platform === 'win32' ? (windowsMeanings[code] ?? meanings[code]) : meanings[code]
	return `${doing}: ${known ?? 'the call failed'} (${code})`
}

/** Codes of temporary trouble of a disk or a process: all settings are right, and the same call may succeed later. */
const passing: ReadonlySet<string> = new Set([
	'EIO',
	'EMFILE',
	'ENFILE',
	'EROFS',
	'EBUSY',
	'ESTALE',
	'ENOMEM',
	'EAGAIN',
])

/** Advice for EMFILE and ENFILE. */
export const openFilesAdvice: readonly string[] = [
	'raise the limit of open files (ulimit -n), or end programs that hold many; then run the command again',
]

/** Advice for `code` if it does not depend on the call, else `otherwise`. */
export const adviceOf = (code: string | undefined, otherwise: readonly string[]): readonly string[] =>
	code === 'EMFILE' || code === 'ENFILE' ? openFilesAdvice : otherwise

export const isDiskFull = (code: string | undefined): boolean => code === 'ENOSPC' || code === 'EDQUOT'

/** True for errors that occur although all settings are right: exit code 1, not 2. */
export const isPassing = (code: string | undefined): boolean =>
	code !== undefined && (passing.has(code) || isDiskFull(code))

/** The path of a failed system call, if the error has one. */
export const pathOf = (error: unknown): string | undefined =>
	error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined
