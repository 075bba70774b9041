// Where the control socket of a folder's node is. The file system says who may use it: there is no other authentication.
import {createHash} from 'node:crypto'
import {chmodSync, lstatSync, type Stats} from 'node:fs'
import {tmpdir, userInfo} from 'node:os'
import {dirname, join} from 'node:path'
import type {Config} from '../../config/index.js'
import {accessAdvice} from '../../disk/access.js'
import {makeFolders} from '../../disk/folders.js'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {describeFailure, isPassing} from '../../errors/system.js'
import {indexDirOf} from '../index-dir.js'
import {socketName} from './socket-name.js'

/** Bytes that a socket's path may take: 104 on macOS, 108 on Linux, with the NUL at its end. */
const maxPathBytes = 103

const shortOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** In the state folder; where that lies too deep, in a folder of this user alone below the system's temporary one. */
export function controlPlace(config: Config): string {
	const dir = indexDirOf(config)
	if (process.platform === 'win32') return `\\\\.\\pipe\\filesync-${shortOf(`${userInfo().username} ${dir}`)}`
	const place = join(dir, socketName)
	if (Buffer.byteLength(place) <= maxPathBytes) return place
	return join(tmpdir(), `filesync-${process.getuid?.() ?? 0}`, `${shortOf(dir)}.sock`)
}

/** Makes the folder of the socket, for this user alone. Throws STATE_UNUSABLE when somebody else's stands there. */
export function makeControlFolder(place: string): void {
	if (process.platform === 'win32') return
	const folder = dirname(place)
	try {
		makeFolders(folder, 0o700)
	} catch (error) {
		throw refused(folder, error)
	}
	if (!isOwn(folder))
		throw new FileSyncError('STATE_UNUSABLE', `${folder} belongs to another user`, [
			'set state_dir in the config to a shorter path',
		])
	chmodSync(folder, 0o700)
}

/** A place in the state folder that could not be used, as an error with the way on. */
export function refused(path: string, error: unknown): FileSyncError {
	const kind = isPassing(errnoOf(error)) ? 'DISK_FAILED' : 'STATE_UNUSABLE'
	return new FileSyncError(
		kind,
		describeFailure(`${path} in the state folder cannot be used`, error),
		[...accessAdvice(path), 'or set state_dir to a folder on a local disk that this user can read and write'],
		{cause: error},
	)
}

/** Is this ours? Throws STATE_UNUSABLE or DISK_FAILED when that cannot be told. A socket that somebody else put there is not spoken to. */
export function isOwn(path: string): boolean {
	if (process.platform === 'win32') return true
	let stats: Stats | undefined
	try {
		stats = lstatSync(path, {throwIfNoEntry: false})
	} catch (error) {
		throw refused(path, error)
	}
	return stats !== undefined && !stats.isSymbolicLink() && stats.uid === process.getuid?.()
}
