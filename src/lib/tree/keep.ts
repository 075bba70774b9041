// Keeping what makes room: second names of it in the trash or as a conflict copy, and its name taken away for sure.
import {
	accessSync,
	constants,
	copyFileSync,
	linkSync,
	lstatSync,
	readlinkSync,
	renameSync,
	type Stats,
	symlinkSync,
	unlinkSync,
} from 'node:fs'
import {microseconds} from '../core/observe.js'
import type {RelPath} from '../core/paths.js'
import {errnoOf} from '../errors/index.js'
import {atPath} from './at-path.js'
import {syncPath} from './durable.js'
import {TreeError} from './errors.js'
import {isStill, lookAt} from './look.js'
import {tolerate} from './staging.js'
import {setMtimeOfLink} from './times.js'
import type {TrashRun} from './trash.js'

/** Hard links that a file system cannot or may not make. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL'])

/** Was a hard link refused because of what the disk is, and not because of what stands there? */
export const isWithoutLinks = (error: unknown): boolean => noLinks.has(errnoOf(error) ?? '')

export interface Keep {
	readonly root: string
	readonly path: RelPath
	readonly keepAs: RelPath | null
	/** null: trash is off, nothing is kept. */
	readonly trash: TrashRun | null
}

/** A second name for the file or link `found` at `at`: a hard link or a link alike. Fails with EEXIST when `to` is taken. */
export function secondName(at: string, to: string, found: Stats): void {
	// Not a hard link of a link: macOS would follow it.
	if (!found.isSymbolicLink()) {
		linkSync(at, to)
		return
	}
	symlinkSync(readlinkSync(at), to)
	tolerate(() => setMtimeOfLink(to, microseconds(found.mtimeMs)))
}

/** A second name, or where the disk has no hard links a copy. Fails with EEXIST when `to` is taken. */
export function duplicate(at: string, to: string, found: Stats): void {
	try {
		secondName(at, to, found)
	} catch (error) {
		if (!isWithoutLinks(error)) throw error
		copyFileSync(at, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
		syncPath(to)
		tolerate(() => setMtimeOfLink(to, microseconds(found.mtimeMs)))
	}
}

/**
 * Keeps the file or link `found` at `at` as a conflict copy or in the trash; it stays where it is. A folder that cannot be
 * written says so (EACCES) before anything is done: `atPath` begins again, and a second name has changed the inode's ctime by then.
 */
function keep(at: string, found: Stats, {root, path, keepAs, trash}: Keep): void {
	if (keepAs !== null || trash !== null) accessSync(at.slice(0, at.lastIndexOf('/') + 1), constants.W_OK)
	if (keepAs !== null) atPath(root, keepAs, (copy) => duplicate(at, copy, found))
	else trash?.keep(path, (place) => duplicate(at, place, found))
}

/**
 * Does `act` with the file or link `found` at `at` kept. Where `act` fails and what was kept stands at `at` still, its conflict copy
 * goes again: two names of the tree would share an inode, and an edit of one edit both.
 */
export function withKept<T>(at: string, found: Stats, what: Keep, act: () => T): T {
	keep(at, found, what)
	try {
		return act()
	} catch (error) {
		const {root, keepAs} = what
		if (keepAs !== null) atPath(root, keepAs, (copy) => isOneFile(at, copy) && unlinkSync(copy))
		throw error
	}
}

function isOneFile(one: string, other: string): boolean {
	const [a, b] = [lookAt(one), lookAt(other)]
	return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

/** The file or link `found` at `at` goes to the trash. See `capture`. */
export function takeToTrash(at: string, found: Stats, trash: TrashRun, path: RelPath): void {
	trash.keep(path, (place) => {
		if (lookAt(place) !== undefined) throw new TreeError('EEXIST', 'taken')
		capture(at, place, found, () => duplicate(at, place, found))
	})
}

/** The file or link `found` at `at` goes for good: it is kept already, or lives on elsewhere. `aside`: a free name in staging. */
export function takeAway(at: string, found: Stats, aside: string): void {
	if (capture(at, aside, found, () => {})) unlinkSync(aside)
}

/**
 * Renames what was `found` at `at` to the free name `place`. Nothing goes unseen: what came along is looked at, and where it is
 * not what was found, it gets its name back and the fault is CHANGED. Over the border of another mount it goes after `before`
 * and a second look, and the answer is false. RACE: there, what comes between that look and the next call is not seen.
 */
function capture(at: string, place: string, found: Stats, before: () => void): boolean {
	try {
		renameSync(at, place)
	} catch (error) {
		if (errnoOf(error) !== 'EXDEV') throw error
		before()
		assertStill(at, found)
		unlinkSync(at)
		return false
	}
	const came = lstatSync(place)
	if (isStill(came, found)) return true
	giveBack(place, at, came)
	throw new TreeError('CHANGED', 'it was changed during the sync')
}

/** What was written under the name meanwhile gets it back. Where it is taken again, that replaced it: it stays in `place`. */
function giveBack(place: string, at: string, came: Stats): void {
	try {
		if (came.isDirectory()) renameSync(place, at)
		else {
			duplicate(place, at, came)
			unlinkSync(place)
		}
	} catch (error) {
		if (errnoOf(error) !== 'EEXIST' && !came.isDirectory()) throw error
	}
}

/** Throws CHANGED unless what was `found` at `at` stands there still. */
export function assertStill(at: string, found: Stats): void {
	if (!isStill(lookAt(at), found)) throw new TreeError('CHANGED', 'it was changed during the sync')
}
