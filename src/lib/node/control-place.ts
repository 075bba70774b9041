// Where the control socket of a folder's node is. The file system says who may use it: there is no other authentication.
import {createHash} from 'node:crypto'
import {chmodSync, lstatSync, mkdirSync} from 'node:fs'
import {tmpdir, userInfo} from 'node:os'
import {dirname, join} from 'node:path'
import type {Config} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'
import {indexDirOf} from './index-dir.js'
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
	mkdirSync(folder, {recursive: true, mode: 0o700})
	if (!isOwn(folder))
		throw new FileSyncError('STATE_UNUSABLE', `${folder} belongs to another user`, [
			'set state_dir in the config to a shorter path',
		])
	chmodSync(folder, 0o700)
}

/** Is this ours? A socket that somebody else put there is not spoken to. */
export function isOwn(path: string): boolean {
	if (process.platform === 'win32') return true
	const stats = lstatSync(path, {throwIfNoEntry: false})
	return stats !== undefined && !stats.isSymbolicLink() && stats.uid === process.getuid?.()
}
