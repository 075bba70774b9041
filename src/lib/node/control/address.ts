// Path of a node's control socket. Permissions of its folder are the only authentication.
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

/** Longest path of a socket in bytes, including the final NUL: 104 on macOS, 108 on Linux. */
const maxPathBytes = 103

const shortOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** In the state folder; if that path is too long, in a private folder below the system's temporary folder. */
export function controlPlace(config: Config): string {
	const dir = indexDirOf(config)
	if (process.platform === 'win32') return `\\\\.\\pipe\\filesync-${shortOf(`${userInfo().username} ${dir}`)}`
	const place = join(dir, socketName)
	if (Buffer.byteLength(place) <= maxPathBytes) return place
	return join(tmpdir(), `filesync-${process.getuid?.() ?? 0}`, `${shortOf(dir)}.sock`)
}

/** Makes the private folder of the socket. Throws STATE_UNUSABLE if it belongs to another user. */
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

/** The error for a path in the state folder that cannot be used. */
export function refused(path: string, error: unknown): FileSyncError {
	const kind = isPassing(errnoOf(error)) ? 'DISK_FAILED' : 'STATE_UNUSABLE'
	return new FileSyncError(
		kind,
		describeFailure(`${path} in the state folder cannot be used`, error),
		[...accessAdvice(path), 'or set state_dir to a folder on a local disk that this user can read and write'],
		{cause: error},
	)
}

/** True if the socket belongs to this user; others are never connected to. Throws STATE_UNUSABLE or DISK_FAILED if that is unknown. */
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
