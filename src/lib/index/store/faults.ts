// Owns what a failure of LevelDB or of the disk below it means for the user. LevelDB reports most of them as one
// "IO error" with a text. What that text says for certain is taken; for the rest the folder is asked.
import {access, constants, open, readdir, readFile, rm, statfs} from 'node:fs/promises'
import {join} from 'node:path'
import {accessAdvice} from '../../disk/access.js'
import {errnoOf, FileSyncError, messageOf} from '../../errors/index.js'
import {adviceOf, describeFailure, isDiskFull, isPassing, pathOf} from '../../errors/system.js'
import {Damage} from './checks.js'
import {databaseIn} from './folder.js'
import {readHolder} from './holder.js'

/** Room for what LevelDB may write at once: a log and a table of 8 MB each (see store.ts). Bytes. */
const roomNeeded = 16 * 1024 * 1024

export function damaged(dir: string, what: string, cause?: unknown): FileSyncError {
	return new FileSyncError(
		'INDEX_DAMAGED',
		`the index in ${dir} is damaged: ${what}`,
		['run once with --first-sync: nothing is deleted, both sides are united'],
		{cause},
	)
}

export async function locked(dir: string, cause?: unknown): Promise<FileSyncError> {
	const holder = await readHolder(dir)
	const who =
		holder === undefined
			? 'another FileSync process'
			: `process ${holder.pid} (${holder.command}), since ${new Date(holder.sinceSec * 1000).toISOString()}`
	const advice = [
		'if it is a serve or watch, sync from the other device, or stop it first',
		'otherwise wait until it has ended',
	]
	return new FileSyncError(
		'FOLDER_LOCKED',
		`the folder is in use by ${who}; its index in ${dir} can be held by one process at a time`,
		advice,
		{cause},
	)
}

/** What kept LevelDB from its work: a system's code, and the path that it is about. */
interface Failure {
	readonly code: string
	readonly path: string
}

const refused: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** `code`: the exit code says whether settings and permissions are wrong (2), or the disk and the process for now (1). */
function unusable(dir: string, {code, path}: Failure, cause: unknown): FileSyncError {
	if (isDiskFull(code))
		return new FileSyncError(
			'DISK_FULL',
			`the disk of the index in ${dir} is full (${code})`,
			[`free at least ${roomNeeded / 1024 / 1024} MB there, or set state_dir to a folder on another disk`],
			{cause},
		)
	const failed = Object.assign(new Error(code), {code})
	const said = errnoOf(cause) === 'LEVEL_IO_ERROR' ? `: ${messageOf(cause)}` : ''
	const what = `${describeFailure(`the index in ${dir} cannot be used`, failed)}${said}`
	if (isPassing(code)) return new FileSyncError('DISK_FAILED', what, adviceOf(code, diskAdvice), {cause})
	const advice = refused.has(code) ? accessAdvice(path, dir) : []
	const wanted = 'state_dir must be a folder on a local disk that this user can read and write'
	return new FileSyncError('STATE_UNUSABLE', what, [...advice, wanted], {cause})
}

const diskAdvice = ['check that disk (the system log names its errors), or set state_dir to a folder on another one']

/** Errors of the disk as LevelDB tells them: strerror's text, which is all that it passes on. In English on every system. */
const told: readonly (readonly [RegExp, string])[] = [
	[/No space left on device/, 'ENOSPC'],
	[/Disk quota exceeded/, 'EDQUOT'],
	[/Too many open files in system/, 'ENFILE'],
	[/Too many open files/, 'EMFILE'],
	[/Read-only file system/, 'EROFS'],
	[/Permission denied/, 'EACCES'],
	[/Is a directory/, 'EISDIR'],
	[/Input\/output error/, 'EIO'],
]

/** What LevelDB's own text says. It comes first: by the time the disk is asked it may have space again. */
function toldBy(error: unknown): string | undefined {
	const text = messageOf(error)
	return told.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * What the disk says when it is asked to do what LevelDB does; undefined when all of it works. Opens none of LevelDB's
 * files: to close db/LOCK again would free the lock of this process.
 */
async function probe(dir: string): Promise<Failure | undefined> {
	const database = databaseIn(dir)
	const file = join(dir, 'probe')
	try {
		await access(database, constants.R_OK | constants.W_OK | constants.X_OK)
		for (const name of await readdir(database)) {
			try {
				await access(join(database, name), constants.R_OK | constants.W_OK)
			} catch (error) {
				// LevelDB removes its old files behind our back.
				if (errnoOf(error) !== 'ENOENT') throw error
			}
		}
		const handle = await open(file, 'w', 0o600)
		try {
			await handle.writeFile(Buffer.alloc(4096))
			await handle.sync()
		} finally {
			await handle.close()
		}
		const {bavail, bsize} = await statfs(dir)
		return bavail * bsize < roomNeeded ? {code: 'ENOSPC', path: dir} : undefined
	} catch (error) {
		return {code: errnoOf(error) ?? 'EIO', path: pathOf(error) ?? dir}
	} finally {
		await rm(file, {force: true}).catch(() => undefined)
	}
}

/** True when CURRENT names a manifest that is not there: LevelDB calls that an IO error as well. */
async function lacksManifest(dir: string): Promise<boolean> {
	const database = databaseIn(dir)
	try {
		const name = (await readFile(join(database, 'CURRENT'), 'utf8')).trimEnd()
		return !(await readdir(database)).includes(name)
	} catch {
		return false
	}
}

/**
 * The error to throw for `error`, caught while the index in `dir` was used. What it does not know it returns as it is.
 * `reading`: nothing was to be written, so that on a disk without fault it is the files that are wrong.
 */
export async function explain(error: unknown, dir: string, reading = false): Promise<unknown> {
	if (error instanceof FileSyncError) return error
	if (error instanceof Damage) return damaged(dir, error.message, error)
	const code = errnoOf(error)
	if (code === 'LEVEL_DATABASE_NOT_OPEN') {
		const cause = error instanceof Error ? error.cause : undefined
		return cause === undefined ? error : explain(cause, dir, reading)
	}
	if (code === 'LEVEL_LOCKED') return locked(dir, error)
	if (code === 'LEVEL_CORRUPTION') return damaged(dir, messageOf(error), error)
	if (code === 'LEVEL_IO_ERROR') {
		const found = await probe(dir)
		const code = toldBy(error)
		if (found !== undefined && (code === undefined || found.code === code)) return unusable(dir, found, error)
		if (code !== undefined) return unusable(dir, {code, path: dir}, error)
		const filesAreWrong = reading || (await lacksManifest(dir))
		return filesAreWrong ? damaged(dir, messageOf(error), error) : unusable(dir, {code: 'EIO', path: dir}, error)
	}
	if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return unusable(dir, {code, path: pathOf(error) ?? dir}, error)
	return error
}
