// Puts a staged file or link under its name and makes room there first: the one function pair that replaces user files.
// Every name is looked at just before it is taken, and what stood there is kept.

import {randomBytes} from 'node:crypto'
import {
	accessSync,
	chmodSync,
	constants,
	copyFileSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readlinkSync,
	renameSync,
	rmdirSync,
	symlinkSync,
	unlinkSync,
} from 'node:fs'
import type {DiskStamp} from '../core/entry.js'
import {type RelPath, tempPrefix} from '../core/paths.js'
import {errnoOf} from '../errors/index.js'
import {syncPath} from './durable.js'
import {TreeError} from './errors.js'
import {assertOccupant, lookAt, stampAt} from './look.js'
import {invalidate, pinParent} from './parents.js'
import {tolerate} from './staging.js'
import type {Occupant} from './tasks.js'
import {setMtimeOfLink} from './times.js'
import type {TrashRun} from './trash.js'

/** Hard links that a file system cannot or may not make. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL'])

/** Where something is to be put, for as long as `act` runs: its parents are pinned. */
export function atPath<T>(root: string, path: RelPath, act: (at: string, folder: string) => T): T {
	const pin = pinParent(root, path)
	try {
		return withWritable(pin.at, () => act(`${pin.at}/${pin.name}`, pin.at))
	} finally {
		pin.release()
	}
}

/** Runs `act`; when a read-only folder of our own is in the way, opens it for the moment and closes it again. */
function withWritable<T>(folder: string, act: () => T): T {
	try {
		return act()
	} catch (error) {
		if (errnoOf(error) !== 'EACCES') throw error
		// A trailing slash makes the pinned folder itself the target and not the descriptor's link.
		const mode = lstatSync(`${folder}/`).mode & 0o777
		if ((mode & 0o300) === 0o300) throw error
		try {
			chmodSync(`${folder}/`, mode | 0o300)
		} catch {
			throw error
		}
		try {
			return act()
		} finally {
			chmodSync(`${folder}/`, mode)
		}
	}
}

/** A second name for the file or link at `at`, without taking the first away. Fails with EEXIST when `to` is taken. */
function duplicate(at: string, to: string): void {
	try {
		linkSync(at, to)
	} catch (error) {
		if (!noLinks.has(errnoOf(error) ?? '')) throw error
		const stats = lstatSync(at)
		if (stats.isSymbolicLink()) {
			symlinkSync(readlinkSync(at), to)
		} else {
			copyFileSync(at, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
			syncPath(to)
		}
		tolerate(() => setMtimeOfLink(to, Math.floor(stats.mtimeMs * 1000)))
	}
}

export interface Inode {
	readonly dev: number
	readonly ino: number
}

/** The inodes that a run moves to another name. With their device: other mounts below the root use the same numbers. */
export class MovingInodes {
	readonly #known = new Set<string>()

	add({dev, ino}: Inode): void {
		this.#known.add(`${dev}:${ino}`)
	}

	has({dev, ino}: Inode): boolean {
		return this.#known.has(`${dev}:${ino}`)
	}
}

export interface Keep {
	readonly root: string
	readonly path: RelPath
	readonly keepAs: RelPath | null
	/** null: trash is off, nothing is kept. */
	readonly trash: TrashRun | null
}

/**
 * Keeps the file or link at `at` as a conflict copy or in the trash; it stays where it is. A folder that cannot be written
 * says so (EACCES) before anything is done: `withWritable` begins again, and a second name has changed the inode's ctime by then.
 */
function keep(at: string, {root, path, keepAs, trash}: Keep): void {
	if (keepAs !== null || trash !== null) accessSync(at.slice(0, at.lastIndexOf('/') + 1), constants.W_OK)
	if (keepAs !== null) atPath(root, keepAs, (copy) => duplicate(at, copy))
	else trash?.keep(path, (place) => duplicate(at, place))
}

/** A file, link or empty folder goes. Files and links are kept first unless `moved`: their content lives on elsewhere here. */
export function remove(
	what: Keep & {readonly occupant: Occupant; readonly moved: boolean; readonly isMoving: (inode: Inode) => boolean},
): void {
	const {root, path, occupant, moved, trash, keepAs, isMoving} = what
	atPath(root, path, (at) => {
		const found = lookAt(at)
		if (found === undefined) return
		assertOccupant(found, occupant, isMoving(found))
		if (found.isDirectory()) {
			invalidate(root, path)
			rmdirSync(at)
			return
		}
		// RACE: between the look and the next call another process may put a new file here by rename; it would go to the trash.
		if (!moved && keepAs === null && trash !== null) {
			trash.keep(path, (place) => moveTo(at, place))
			return
		}
		if (!moved) keep(at, what)
		unlinkSync(at)
	})
}

/** Renames without overwriting (RACE: the look and the rename are two calls; only FileSync writes in the trash). */
function moveTo(at: string, place: string): void {
	if (lookAt(place) !== undefined) throw new TreeError('EEXIST', 'taken')
	try {
		renameSync(at, place)
	} catch (error) {
		if (errnoOf(error) !== 'EXDEV') throw error
		duplicate(at, place)
		unlinkSync(at)
	}
}

export interface Place extends Keep {
	readonly staged: string
	readonly occupant: Occupant
	/** True for inodes that this run moves away from another name: on a disk that folds case they may stand here. */
	readonly isMoving: (inode: Inode) => boolean
}

/**
 * The staged file or link takes its name, in one rename: who reads the name sees the old or the new content, never neither.
 * An empty folder of the name is removed first. Returns what the disk shows then.
 */
export function putInPlace(what: Place): DiskStamp {
	const {root, path, staged, occupant, isMoving} = what
	return atPath(root, path, (at, folder) => {
		const found = lookAt(at)
		if (found !== undefined && occupant === null && isMoving(found)) unlinkSync(at)
		else {
			const loose = found !== undefined && isMoving(found)
			assertOccupant(found, occupant, loose)
			if (occupant?.kind === 'dir') {
				invalidate(root, path)
				rmdirSync(at)
			} else if (occupant !== null && !(loose && what.keepAs === null)) keep(at, what)
		}
		// RACE: what another process puts under this name since the look just above is replaced unseen.
		// It was not there a moment ago, so nobody has read it yet; Node has no renameat2(RENAME_NOREPLACE).
		moveIntoPlace(staged, at, folder)
		return stampAt(at)
	})
}

/** A rename, over the border of another mount below the root if need be. */
function moveIntoPlace(staged: string, at: string, folder: string): void {
	try {
		renameSync(staged, at)
	} catch (error) {
		if (errnoOf(error) !== 'EXDEV') throw error
		const beside = `${folder}/${tempPrefix}${randomBytes(9).toString('hex')}`
		duplicate(staged, beside)
		const stats = lstatSync(staged)
		if (!stats.isSymbolicLink()) chmodSync(beside, stats.mode & 0o777)
		renameSync(beside, at)
		unlinkSync(staged)
	}
}

/** Makes a folder (owner may write until the end of the run). A file or link of the name makes room; a folder is taken as it is. */
export function makeFolder(
	what: Keep & {readonly occupant: Occupant; readonly mode: number; readonly isMoving: (inode: Inode) => boolean},
): DiskStamp {
	const {root, path, keepAs, occupant, mode, isMoving} = what
	return atPath(root, path, (at) => {
		const found = lookAt(at)
		if (found?.isDirectory()) return stampAt(at)
		if (found !== undefined) {
			const moved = isMoving(found) && keepAs === null
			assertOccupant(found, occupant, moved)
			keep(at, what)
			unlinkSync(at)
		}
		mkdirSync(at, {mode: 0o700})
		tolerate(() => chmodSync(at, (mode & 0o777) | 0o300))
		return stampAt(at)
	})
}
