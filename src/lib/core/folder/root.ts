// Is this still the folder that the index speaks of? Decided from the marker in `.filesync/` alone.

/** The marker as found on disk, and as remembered by the index. */
export interface RootIdentity {
	/** Random id in the marker file. */
	readonly id: string
	readonly ino: number
	readonly ctimeMs: number
}

/**
 * A restored or copied folder has a marker with another inode and another ctime. One of the two alone may change:
 * the inode when a FUSE file system is mounted again, the ctime with `chmod -R` or `chown -R`.
 */
export const isSameRoot = (known: RootIdentity, found: RootIdentity): boolean =>
	known.id === found.id && (known.ino === found.ino || known.ctimeMs === found.ctimeMs)
