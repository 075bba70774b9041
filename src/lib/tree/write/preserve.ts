// Keeping what makes room: second names of it in the trash or as a conflict copy, and its name taken away for sure.
import {
	accessSync,
	constants,
	copyFileSync,
	linkSync,
	readlinkSync,
	renameSync,
	type Stats,
	symlinkSync,
	unlinkSync,
} from 'node:fs'
import {microseconds} from '../../core/folder/observe.js'
import type {RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {syncFile} from '../disk/durable.js'
import {TreeError} from '../disk/errors.js'
import {whileBusy, whileLocked} from '../disk/locked.js'
import {isSameInode, isStill, lookAt, lookAtStanding} from '../disk/stat.js'
import {setMtimeOfLink} from '../disk/times.js'
import {tolerate} from './staging.js'
import {TrashSession, trashSessionName} from './trash.js'

/** Hard links that a file system cannot or may not make. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL'])

/** Was a hard link refused because of what the disk is, and not because of what stands there? Windows says EISDIR of FAT. */
export const isWithoutLinks = (error: unknown): boolean => {
	const code = errnoOf(error) ?? ''
	return noLinks.has(code) || (code === 'EISDIR' && process.platform === 'win32')
}

export interface Keep {
	readonly root: string
	readonly path: RelPath
	readonly keepAs: RelPath | null
	/** null: trash is off, nothing is kept. */
	readonly trash: TrashSession | null
}

/** A second name for the file or link `found` at `at`: a hard link or a link alike. Fails with EEXIST when `to` is taken. */
export function secondName(at: string, to: string, found: Stats): void {
	// Not a hard link of a link: macOS would follow it.
	if (!found.isSymbolicLink()) {
		whileBusy(() => linkSync(at, to))
		return
	}
	symlinkSync(readlinkSync(at), to)
	try {
		tolerate(() => setMtimeOfLink(to, microseconds(found.mtimeMs)))
	} catch (error) {
		unlinkSync(to)
		throw error
	}
}

/** A second name, or where the disk has no hard links a copy. Fails with EEXIST when `to` is taken. */
export function duplicate(at: string, to: string, found: Stats): void {
	try {
		secondName(at, to, found)
	} catch (error) {
		// A copy would be one of what a link leads to.
		if (found.isSymbolicLink() || !isWithoutLinks(error)) throw error
		whileBusy(() => copyFileSync(at, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE))
		syncFile(to)
		tolerate(() => setMtimeOfLink(to, microseconds(found.mtimeMs)))
	}
}

/** A second name or a copy that keeps something. */
interface Kept {
	/** What it was when it was made. */
	readonly made: Stats | undefined
	/** Removes it, if it is still what was made. */
	readonly drop: () => void
}

/**
 * Keeps the file or link `found` at `at` as a conflict copy or in the trash; it stays where it is. A folder that cannot be
 * written says so (EACCES) before anything is done: `atPath` begins again, and a second name has changed the inode's ctime by then.
 * undefined: the trash is off.
 */
function keep(at: string, found: Stats, {root, path, keepAs, trash}: Keep): Kept | undefined {
	if (keepAs === null && trash === null) return undefined
	accessSync(at.slice(0, at.lastIndexOf('/') + 1), constants.W_OK)
	if (keepAs !== null) {
		const made = atPath(root, keepAs, (copy) => {
			duplicate(at, copy, found)
			return lookAt(copy)
		})
		return {made, drop: () => atPath(root, keepAs, (copy) => dropName(copy, made))}
	}
	const place = trash?.keep(path, (free) => duplicate(at, free, found))
	if (place === undefined) return undefined
	const made = lookAt(place)
	return {made, drop: () => dropName(place, made)}
}

/** Takes the name `at` from the inode `made`, of which it is not the only one. */
export function dropName(at: string, made: Stats | undefined): void {
	if (made !== undefined && isSameInode(lookAt(at), made)) whileLocked(() => unlinkSync(at))
}

/**
 * Does `act` with the file or link `found` at `at` kept. Where `act` fails and what was kept stands at `at` still, its second name goes
 * again: it is a copy of nothing that was replaced, and an edit of the one would edit both. Where somebody put another file there and
 * the disk has no hard links, nobody can tell whose it is, and it stays.
 */
export function withKept<T>(at: string, found: Stats, what: Keep, act: () => T): T {
	const kept = keep(at, found, what)
	try {
		return act()
	} catch (error) {
		if (kept !== undefined) dropKept(at, found, kept)
		throw error
	}
}

/** What cannot be removed stays: a copy too many. */
function dropKept(at: string, found: Stats, {made, drop}: Kept): void {
	try {
		const stands = lookAt(at)
		if (isSameInode(stands, found) || isSameInode(stands, made)) drop()
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
	}
}

/** The file or link `found` at `at` goes to the trash. Returns its absolute place there. */
export function takeToTrash(at: string, found: Stats, trash: TrashSession, path: RelPath): string {
	return trash.keep(path, (place) => {
		if (lookAt(place) !== undefined) throw new TreeError('EEXIST', 'taken')
		moveAside(at, place, found, {before: () => duplicate(at, place, found), rescue: () => {}})
	})
}

/** The file or link `found` at `at` goes for good: it is kept already, or lives on elsewhere. `aside`: a free name in staging. */
export function takeAway(at: string, found: Stats, aside: string, {root, path}: {root: string; path: RelPath}): void {
	// Staging is emptied by the next run; the trash is not, even where it is off.
	const rescue = (): void => {
		new TrashSession(root, trashSessionName(Date.now())).keep(path, (place) =>
			whileLocked(() => renameSync(aside, place)),
		)
	}
	if (moveAside(at, aside, found, {before: () => {}, rescue})) whileLocked(() => unlinkSync(aside))
}

/**
 * Renames what was `found` at `at` to the free name `place`. Nothing goes unseen: what came along is looked at, and where it is
 * not what was found, it gets its name back and the fault is CHANGED; `rescue` where it cannot. Over the border of another mount
 * it goes after `before` and a second look, and the answer is false. RACE: there, what comes between that look and the next call is
 * not seen.
 */
function moveAside(
	at: string,
	place: string,
	found: Stats,
	{before, rescue}: {readonly before: () => void; readonly rescue: () => void},
): boolean {
	try {
		whileLocked(() => renameSync(at, place))
	} catch (error) {
		if (errnoOf(error) !== 'EXDEV') throw error
		before()
		whileLocked(() => {
			assertStill(at, found)
			unlinkSync(at)
		})
		return false
	}
	const came = lookAtStanding(place)
	if (isStill(came, found)) return true
	if (!putBack(place, at, came)) rescue()
	throw new TreeError('CHANGED', 'it was changed during the sync')
}

/** What was written under the name meanwhile gets it back; false: it is taken again, or cannot. */
function putBack(place: string, at: string, came: Stats): boolean {
	try {
		if (came.isFile()) {
			whileBusy(() => linkSync(place, at))
			whileLocked(() => unlinkSync(place))
			return true
		}
	} catch (error) {
		if (!isWithoutLinks(error)) return false
	}
	try {
		// RACE: what comes here between these two calls is replaced; for links, folders, and where the disk has no hard links.
		return whileLocked(() => {
			if (lookAt(at) !== undefined) return false
			renameSync(place, at)
			return true
		})
	} catch {
		return false
	}
}

/** Throws CHANGED unless what was `found` at `at` stands there still. */
export function assertStill(at: string, found: Stats): void {
	if (!isStill(lookAt(at), found)) throw new TreeError('CHANGED', 'it was changed during the sync')
}

/** Milliseconds by which a disk may show another mtime than it was given (FAT: steps of 2 s). */
const coarseMs = 2000

/**
 * Throws CHANGED when the file was written to after its mtime was set: it shows neither the one given (microseconds) nor, where
 * none can be set, the one of `before`.
 */
export function assertTimed(now: Stats, before: Stats, mtime: number): void {
	const isTimed = now.mtimeMs === before.mtimeMs || Math.abs(now.mtimeMs - mtime / 1000) <= coarseMs
	if (!isTimed || now.size !== before.size || !isSameInode(now, before))
		throw new TreeError('CHANGED', 'it was changed during the sync')
}
