// Writes small files (config, certificate, key) atomically: no reader sees a part. Never replaces a file unless the caller wants it.
import {randomBytes} from 'node:crypto'
import {closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {errnoOf} from '../errors/index.js'

/** Error codes of a hard link on file systems without hard links: FAT, Android's shared storage, some FUSE. */
const noLinks = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'EMLINK'])

/** True if anything exists at `path`, also a dangling link. */
export function isTaken(path: string): boolean {
	return lstatSync(path, {throwIfNoEntry: false}) !== undefined
}

/** Makes a folder's entries durable; does nothing on Windows, which cannot open a folder. */
export function syncFolder(folder: string): void {
	try {
		const fd = openSync(folder, 'r')
		try {
			fsyncSync(fd)
		} finally {
			closeSync(fd)
		}
	} catch {
		// Some file systems refuse this. The files themselves are durable.
	}
}

/** Writes `text` durably to a new file beside `target` and returns its path. */
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

/** Gives `staged` the name `target`. False: the name is taken, and nothing was changed. */
export function publishNew(staged: string, target: string): boolean {
	try {
		linkSync(staged, target)
	} catch (error) {
		const code = errnoOf(error) ?? ''
		if (code === 'EEXIST') return false
		if (!noLinks.has(code)) throw error
		// RACE: without hard links, a file made between this check and the rename is replaced.
		if (isTaken(target)) return false
		renameSync(staged, target)
		return true
	}
	rmSync(staged)
	return true
}
