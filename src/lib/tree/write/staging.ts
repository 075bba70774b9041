// `.filesync/staging/`: contents on their way in. Random names, made with O_EXCL, verified before they are put in place.
import {createHash, hash as hashOnce, randomBytes} from 'node:crypto'
import {
	closeSync,
	constants,
	fchmodSync,
	fstatSync,
	linkSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	rmSync,
	type Stats,
	unlinkSync,
	writeSync,
} from 'node:fs'
import {join} from 'node:path'
import type {DiskStamp, Hash} from '../../core/entries/entry.js'
import {ownFolder} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {syncWritten} from '../disk/durable.js'
import {TreeError} from '../disk/errors.js'
import {whileBusy, whileLocked} from '../disk/locked.js'
import {lookAt, stampOf} from '../disk/stat.js'
import {setMtimeOfFd} from '../disk/times.js'

/** SHA-256 of a whole buffer, base64url. `crypto.hash` (Node 20.12) saves an object per small file. */
export const hashOf = (content: Uint8Array): Hash => hashOnce('sha256', content, 'base64url')

export interface FileLook {
	/** Microseconds since 1970. */
	readonly mtime: number
	readonly mode: number
}

/** Errors with which a file system says that it keeps no such mode or time (shared storage of Android, FAT, some mounts). */
const tolerated = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS'])

/** Runs a chmod or utimes that a file system may be unable to do; the stamp taken afterwards shows what it did. */
export function tolerate(act: () => void): void {
	try {
		act()
	} catch (error) {
		if (!tolerated.has(errnoOf(error) ?? '')) throw error
	}
}

function writeAll(fd: number, bytes: Uint8Array): void {
	let done = 0
	while (done < bytes.byteLength) done += writeSync(fd, bytes, done)
}

/** A file that is written piece by piece. */
export interface OpenStage {
	readonly name: string
	readonly fd: number
	readonly hasher: ReturnType<typeof createHash>
	written: number
}

export class Staging {
	readonly #folder: string
	readonly #prefix = randomBytes(6).toString('hex')
	#count = 0
	/** Why nothing can be staged: told by each path that needs it, while those that need none go on. */
	#fault: unknown

	constructor(root: string) {
		this.#folder = join(root, ownFolder, 'staging')
	}

	/**
	 * Makes the folder, and removes what an earlier process left there. `.filesync` being a link is refused. Never throws: where the
	 * folder cannot be had (a read-only disk), whatever is staged fails with the reason.
	 */
	prepare(): void {
		try {
			this.#make()
		} catch (error) {
			this.#fault = error
			return
		}
		empty(this.#folder)
	}

	#make(): void {
		const own = join(this.#folder, '..')
		makePrivate(own)
		if (!lstatSync(own).isDirectory()) throw new TreeError('ELOOP', `${ownFolder} is a symbolic link; remove it`)
		makePrivate(this.#folder)
		if (!lstatSync(this.#folder).isDirectory())
			throw new TreeError('ELOOP', `${ownFolder}/staging is a symbolic link; remove it`)
	}

	#fresh(folder = this.#folder): string {
		if (this.#fault !== undefined) throw this.#fault
		return `${folder}/${this.#prefix}-${++this.#count}`
	}

	/** A whole small file. `folder`: one in staging; default: staging itself. */
	write(content: Uint8Array, look: FileLook, folder?: string): string {
		const name = this.#fresh(folder)
		this.writeAt(name, content, look)
		return name
	}

	/** The same under a name in staging that is given; the stamp is what the disk shows of it then. */
	writeAt(name: string, content: Uint8Array, {mtime, mode}: FileLook): DiskStamp {
		const fd = openSync(name, 'wx', mode & 0o777)
		try {
			writeAll(fd, content)
			tolerate(() => setMtimeOfFd(fd, mtime))
			syncWritten(fd, mode)
			const stats = fstatSync(fd)
			// The process's umask may have taken bits away.
			if ((stats.mode & 0o777) === (mode & 0o777)) return stampOf(stats)
			tolerate(() => fchmodSync(fd, mode & 0o777))
			return stampOf(fstatSync(fd))
		} catch (error) {
			this.discard(name)
			throw error
		} finally {
			closeSync(fd)
		}
	}

	open(folder?: string): OpenStage {
		const name = this.#fresh(folder)
		return {name, fd: openSync(name, 'wx', 0o600), hasher: createHash('sha256'), written: 0}
	}

	append(stage: OpenStage, bytes: Uint8Array): void {
		writeAll(stage.fd, bytes)
		stage.hasher.update(bytes)
		stage.written += bytes.byteLength
	}

	/** Closes the file after its last piece and says what it is. */
	close(stage: OpenStage, look: FileLook): {size: number; hash: Hash} {
		try {
			finishLook(stage.fd, look)
		} finally {
			closeSync(stage.fd)
		}
		return {size: stage.written, hash: stage.hasher.digest('base64url')}
	}

	/** Never throws. */
	abandon(stage: OpenStage): void {
		quietly(() => closeSync(stage.fd))
		this.discard(stage.name)
	}

	/** A staged second name of a file that is here already. */
	link(from: string): string {
		const name = this.#fresh()
		whileBusy(() => linkSync(from, name))
		return name
	}

	fresh(folder?: string): string {
		return this.#fresh(folder)
	}

	/** The part of an absolute name in staging below its folder. */
	nameOf(at: string): string {
		return at.slice(this.#folder.length + 1)
	}

	/** Never throws: what cannot be removed now is removed by the next `prepare`. */
	discard(name: string): void {
		quietly(() => whileLocked(() => unlinkSync(name)))
	}
}

/** Runs a clean-up whose failure must not hide, or end, what it cleans up after. */
export function quietly(act: () => void): void {
	try {
		act()
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
	}
}

/** Not by a recursive `mkdir`: that of Node takes a read-only disk for a folder that is there. */
function makePrivate(folder: string): void {
	try {
		mkdirSync(folder, {mode: 0o700})
	} catch (error) {
		if (errnoOf(error) !== 'EEXIST') throw error
	}
}

function empty(folder: string): void {
	quietly(() => {
		for (const name of readdirSync(folder)) quietly(() => rmSync(join(folder, name), {recursive: true, force: true}))
	})
}

/**
 * Removes what a run that was cut off left in staging. Due before a scan: some of it may be second names of files in the
 * tree, whose ctime changes when they go.
 */
export function clearStaging(root: string): void {
	const folder = join(root, ownFolder, 'staging')
	if (lstatSync(folder, {throwIfNoEntry: false})?.isDirectory() === true) empty(folder)
}

/** What stands below staging under this name; undefined: nothing. */
export const stagedLook = (root: string, name: string): Stats | undefined =>
	lookAt(join(root, ownFolder, 'staging', name))

function finishLook(fd: number, {mtime, mode}: FileLook): void {
	tolerate(() => fchmodSync(fd, mode & 0o777))
	tolerate(() => setMtimeOfFd(fd, mtime))
	syncWritten(fd, mode)
}

export const noFollow = constants.O_NOFOLLOW ?? 0
