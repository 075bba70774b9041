// Makes what was written survive a power cut, at the price of one file-system sync for many files.
// Without it a rename can outlive the data it names: a 0-byte file that looks like a newer edit.
import {spawnSync} from 'node:child_process'
import {chmodSync, closeSync, constants, fsyncSync, lstatSync, openSync, statfsSync} from 'node:fs'
import {errnoOf} from '../../errors/index.js'
import {TreeError} from './errors.js'
import {whileBusy} from './locked.js'

/** From this many files on, one `sync -f` of the file system (2 to 5 ms to start) beats an fsync each. */
const manyFiles = 8

/** File systems that live in memory, where there is nothing to make durable: tmpfs, ramfs. */
const volatileTypes = new Set([0x01021994, 0x858458f6])

/** `written`: each file was synced before it was closed, see `syncWritten`. */
type Means = 'none' | 'file-system' | 'each' | 'written'

/** Windows syncs a file only through a handle that may write to it. */
const needsWriteHandle = process.platform === 'win32'

function meansFor(folder: string): Means {
	if (needsWriteHandle) return 'written'
	try {
		if (volatileTypes.has(statfsSync(folder).type)) return 'none'
	} catch {
		return 'each'
	}
	if (process.platform !== 'linux') return 'each'
	return spawnSync('sync', ['-f', folder], {stdio: 'ignore'}).status === 0 ? 'file-system' : 'each'
}

/** How a file system says that it syncs nothing; Windows has EISDIR for "invalid function". */
const unsupported = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'])
/** Further errors of systems that cannot sync a folder. A rename there is as durable as it gets. */
const unsupportedForFolders = new Set([...unsupported, 'EPERM', 'EACCES', 'EBADF'])

const onFile = needsWriteHandle ? constants.O_RDWR : constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)
const onFolder = needsWriteHandle ? constants.O_RDWR : constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)

function syncOpen(fd: number, tolerated: ReadonlySet<string>): void {
	try {
		fsyncSync(fd)
	} catch (error) {
		if (!tolerated.has(errnoOf(error) ?? '')) throw error
	}
}

/**
 * A file that was just written and is still open: synced now where a file of this mode cannot be opened for it later. Elsewhere
 * `Durable.files` does it, for many at once.
 */
export function syncWritten(fd: number, mode: number): void {
	if (needsWriteHandle || (mode & 0o400) === 0) syncOpen(fd, unsupported)
}

/** Syncs data and metadata of one file (a copy made by the system, say). Throws what open and fsync throw (EIO, ENOSPC). */
export function syncFile(path: string): void {
	const fd = openForSync(path)
	if (fd === undefined) return
	try {
		syncOpen(fd, unsupported)
	} finally {
		closeSync(fd)
	}
}

/** undefined: its mode forbids it, so `syncWritten` has synced it. */
function openForSync(path: string): number | undefined {
	try {
		return whileBusy(() => openSync(path, onFile))
	} catch (error) {
		const code = errnoOf(error)
		if (code !== 'EACCES' && code !== 'EPERM') throw error
		const {mode} = lstatSync(path)
		if (!needsWriteHandle) {
			if ((mode & 0o400) === 0) return undefined
			throw error
		}
		// A copy of a read-only file: the handle stays writable when the file is read-only again.
		if ((mode & 0o200) !== 0) throw error
		chmodSync(path, mode | 0o200)
		try {
			return openSync(path, onFile)
		} finally {
			chmodSync(path, mode)
		}
	}
}

function syncFolder(path: string): void {
	let fd: number
	try {
		fd = openSync(path, onFolder)
	} catch (error) {
		if (unsupportedForFolders.has(errnoOf(error) ?? '')) return
		throw error
	}
	try {
		syncOpen(fd, unsupportedForFolders)
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

	/**
	 * Data and metadata of these files, which this process wrote, and the names in these folders. Throws what fsync throws (EIO,
	 * ENOSPC).
	 */
	files(paths: readonly string[], folders: readonly string[]): void {
		if (this.isVolatile || this.#fileSystem([...paths, ...folders])) return
		if (this.#means !== 'written') for (const path of paths) syncFile(path)
		for (const path of folders) syncFolder(path)
	}

	/** The names in these folders. One that is gone by now needs none: the folder above it, which lost its name, is among them. */
	folders(paths: Iterable<string>): void {
		if (this.isVolatile) return
		const standing = [...new Set(paths)].filter((path) => lstatSync(path, {throwIfNoEntry: false}) !== undefined)
		if (!this.#fileSystem(standing)) for (const path of standing) syncFolder(path)
	}

	/** Syncs the whole file system where that is the shorter way; false: each path is to be synced by itself. */
	#fileSystem(paths: readonly string[]): boolean {
		if (paths.length === 0) return true
		if (this.#means !== 'file-system' || paths.length < manyFiles) return false
		const {status} = spawnSync('sync', ['-f', this.#root], {stdio: 'ignore'})
		if (status === 0) return true
		// The system tells of a failed write once: an fsync of the files after this would find nothing wrong.
		if (status !== null) throw new TreeError('EIO', 'the disk reported a write error')
		this.#means = 'each'
		return false
	}
}
