// Writes a whole small file (config, certificate, key) so that no reader ever sees half of it.
// Never replaces a file unless the caller said so.
import {randomBytes} from 'node:crypto'
import {closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {errnoOf} from '../errors/index.js'

/** Hard links fail so on file systems that have none: FAT, Android's shared storage, some FUSE. */
const noLinks = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EMLINK'])

/** True when anything, even a dangling link, stands at `path`. */
export function isTaken(path: string): boolean {
	return lstatSync(path, {throwIfNoEntry: false}) !== undefined
}

/** Makes folder entries durable where the platform can (Windows cannot open a folder). */
export function syncFolder(folder: string): void {
	try {
		const fd = openSync(folder, 'r')
		try {
			fsyncSync(fd)
		} finally {
			closeSync(fd)
		}
	} catch {
		// The files themselves are synced; a file system that refuses this gives no more.
	}
}

/** Writes `text` durably to a fresh file beside `target` and returns its path. */
export function stageBeside(target: string, text: string, mode: number): string {
	const staged = join(dirname(target), `.filesync.tmp-${randomBytes(6).toString('hex')}`)
	const fd = openSync(staged, 'wx', mode)
	try {
		writeSync(fd, text)
		fsyncSync(fd)
	} catch (error) {
		rmSync(staged, {force: true})
		throw error
	} finally {
		closeSync(fd)
	}
	return staged
}

/** Gives `staged` the name `target`; false, and nothing is changed, when the name is taken. */
export function publishNew(staged: string, target: string): boolean {
	try {
		linkSync(staged, target)
	} catch (error) {
		const code = errnoOf(error) ?? ''
		if (code === 'EEXIST') return false
		if (!noLinks.has(code)) throw error
		// RACE: without hard links a file made between this look and the rename is replaced.
		if (isTaken(target)) return false
		renameSync(staged, target)
		return true
	}
	rmSync(staged)
	return true
}
