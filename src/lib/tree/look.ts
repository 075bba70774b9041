// A look at one path just before or after it is touched. Never follows a link.
import {lstatSync, type Stats} from 'node:fs'
import type {DiskStamp, LiveState} from '../core/entry.js'
import {sameStamp} from '../core/observe.js'
import {TreeError} from './errors.js'
import {otherNameOf} from './spelling.js'
import type {Occupant} from './tasks.js'

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

/** lstat, or undefined when nothing is there. Other failures are thrown. (A thrown ENOENT would cost 20 µs.) */
export const lookAt = (at: string): Stats | undefined => lstatSync(at, {throwIfNoEntry: false})

export const stampAt = (at: string): DiskStamp => stampOf(lstatSync(at))

/** Is it the inode of an earlier look, with the size and mtime of then? Its ctime and mode may differ: FileSync gives second names. */
export const isStill = (now: Stats | undefined, then: Stats): boolean =>
	now !== undefined &&
	now.ino === then.ino &&
	now.dev === then.dev &&
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
