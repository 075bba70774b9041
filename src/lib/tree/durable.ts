// Makes what was written survive a power cut, at the price of one file-system sync for many files.
// Without it a rename can outlive the data it names: a 0-byte file that looks like a newer edit.
import {spawnSync} from 'node:child_process'
import {closeSync, constants, fsyncSync, lstatSync, openSync, statfsSync} from 'node:fs'
import {errnoOf} from '../errors/index.js'
import {TreeError} from './errors.js'

/** From this many files on, one `sync -f` of the file system (2 to 5 ms to start) beats an fsync each. */
const manyFiles = 8

/** File systems that live in memory, where there is nothing to make durable: tmpfs, ramfs. */
const volatileTypes = new Set([0x01021994, 0x858458f6])

type Means = 'none' | 'file-system' | 'each'

function meansFor(folder: string): Means {
	try {
		if (volatileTypes.has(statfsSync(folder).type)) return 'none'
	} catch {
		return 'each'
	}
	if (process.platform !== 'linux') return 'each'
	return spawnSync('sync', ['-f', folder], {stdio: 'ignore'}).status === 0 ? 'file-system' : 'each'
}

/** File systems on which a folder cannot be synced say so with these; the rename itself is then as durable as it gets. */
const unsupported = new Set(['EINVAL', 'EPERM', 'EACCES', 'EISDIR', 'ENOTSUP', 'EBADF'])

/** Data and metadata of one file or folder. */
export function syncPath(path: string, flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)): void {
	let fd: number
	try {
		fd = openSync(path, flags)
	} catch (error) {
		if (unsupported.has(errnoOf(error) ?? '')) return
		throw error
	}
	try {
		fsyncSync(fd)
	} catch (error) {
		if (!unsupported.has(errnoOf(error) ?? '')) throw error
	} finally {
		closeSync(fd)
	}
}

/** Syncs files and folders of the file system that holds `root`. The means are found out once. */
export class Durable {
	readonly #root: string
	#means: Means | undefined

	constructor(root: string) {
		this.#root = root
	}

	/** True when nothing written here needs syncing. */
	get isVolatile(): boolean {
		this.#means ??= meansFor(this.#root)
		return this.#means === 'none'
	}

	/** Data and metadata of these files. Throws what fsync throws (EIO, ENOSPC). */
	files(paths: readonly string[]): void {
		this.#sync(paths, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
	}

	/** The names in these folders. One that is gone by now needs none: the folder above it, which lost its name, is among them. */
	folders(paths: Iterable<string>): void {
		const standing = [...new Set(paths)].filter((path) => lstatSync(path, {throwIfNoEntry: false}) !== undefined)
		this.#sync(standing, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0))
	}

	#sync(paths: readonly string[], flags: number): void {
		if (this.isVolatile || paths.length === 0) return
		if (this.#means === 'file-system' && paths.length >= manyFiles) {
			const {status} = spawnSync('sync', ['-f', this.#root], {stdio: 'ignore'})
			if (status === 0) return
			// The system tells of a failed write once: an fsync of the files after this would find nothing wrong.
			if (status !== null) throw new TreeError('EIO', 'the disk reported a write error')
			this.#means = 'each'
		}
		for (const path of paths) syncPath(path, flags)
	}
}
