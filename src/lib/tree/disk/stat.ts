// A look at one path just before or after it is touched. Never follows a link.
import {lstatSync, type Stats} from 'node:fs'
import type {DiskStamp, LiveState} from '../../core/entries/entry.js'
import {sameStamp} from '../../core/folder/observe.js'
import type {Occupant} from '../tasks.js'
import {TreeError} from './errors.js'
import {otherNameOf} from './spelling.js'

export const stampOf = (stats: Stats): DiskStamp => ({
	size: stats.size,
	mtimeMs: stats.mtimeMs,
	ctimeMs: stats.ctimeMs,
	ino: stats.ino,
	mode: stats.mode & 0o777,
})

/** What kind of thing it is; undefined for FIFOs, sockets and devices, which are never touched. */
export function kindOf(stats: Stats): LiveState['kind'] | undefined {
	if (stats.isFile()) return 'file'
	if (stats.isDirectory()) return 'dir'
	return stats.isSymbolicLink() ? 'symlink' : undefined
}

/** What stands at a path, without following a link; undefined where nothing does, or where it cannot be told. Never throws. */
export function kindAt(at: string): LiveState['kind'] | 'other' | undefined {
	try {
		const stats = lstatSync(at, {throwIfNoEntry: false})
		return stats && (kindOf(stats) ?? 'other')
	} catch {
		return undefined
	}
}

/** Inode numbers of looks whose own is not exact: NTFS and ReFS have some of 64 bits, and a number keeps 53. */
const wholeInodes = new WeakMap<Stats, bigint>()

/** An inode number that no file has: the entry changed between the two looks. */
const unknownInode = -1n

/** lstat, or undefined when nothing is there. Other failures are thrown. (A thrown ENOENT would cost 20 µs.) */
export function lookAt(at: string): Stats | undefined {
	const stats = lstatSync(at, {throwIfNoEntry: false})
	if (stats === undefined || Number.isSafeInteger(stats.ino)) return stats
	const whole = lstatSync(at, {throwIfNoEntry: false, bigint: true})?.ino
	wholeInodes.set(stats, whole !== undefined && Number(whole) === stats.ino ? whole : unknownInode)
	return stats
}

/** lstat of what must be there. */
export const lookAtStanding = (at: string): Stats => lookAt(at) ?? lstatSync(at)

/** The inode that a `lookAt` found, as a string that differs for different inodes. undefined: it cannot be told. */
export function inodeOf(stats: Stats): string | undefined {
	const whole = wholeInodes.get(stats)
	return whole === unknownInode ? undefined : `${stats.dev}:${whole ?? stats.ino}`
}

/** Did two looks by `lookAt` find the same inode? */
export function isSameInode(a: Stats | undefined, b: Stats | undefined): boolean {
	if (a === undefined || b === undefined || a.ino !== b.ino || a.dev !== b.dev) return false
	const inode = inodeOf(a)
	return inode !== undefined && inode === inodeOf(b)
}

export const stampAt = (at: string): DiskStamp => stampOf(lstatSync(at))

/** Is it the inode of an earlier look, with the size and mtime of then? Its ctime and mode may differ: FileSync gives second names. */
export const isStill = (now: Stats | undefined, then: Stats): boolean =>
	now !== undefined &&
	isSameInode(now, then) &&
	now.size === then.size &&
	now.mtimeMs === then.mtimeMs &&
	kindOf(now) === kindOf(then)

/**
 * Throws CHANGED unless what a look found is what the index knows. `loose`: mtime, mode and ctime may differ, because this
 * process gave the inode a second name already and those that go with it (an mtime cut to microseconds among them).
 */
export function assertOccupant(stats: Stats | undefined, occupant: Occupant, loose = false): void {
	if (stats === undefined) {
		if (occupant !== null) throw new TreeError('CHANGED', 'it disappeared during the sync')
		return
	}
	if (occupant === null) throw new TreeError('CHANGED', 'something appeared under this name during the sync')
	if (kindOf(stats) !== occupant.kind) throw new TreeError('CHANGED', 'it became something else during the sync')
	if (occupant.kind === 'dir') return
	const {disk} = occupant
	const found = stampOf(stats)
	const same = loose ? found.size === disk.size && found.ino === disk.ino : sameStamp(found, disk)
	if (!same) throw new TreeError('CHANGED', 'it was changed during the sync')
}

/** What stands at a path now under just this name, for a hint only: its parents are not pinned. null: nothing that could be seen. */
export function peek(root: string, path: string): DiskStamp | null {
	try {
		const at = `${root}/${path}`
		const slash = at.lastIndexOf('/')
		const stats = lookAt(at)
		return stats === undefined || otherNameOf(at.slice(0, slash), at.slice(slash + 1)) !== undefined
			? null
			: stampOf(stats)
	} catch {
		return null
	}
}
