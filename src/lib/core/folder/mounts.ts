// Disks that are mounted on folders below the root: how one that is missing is told from a folder that was emptied. Pure.

/** A folder that another disk was mounted on when it was last looked at. */
export interface KnownMount {
	readonly path: string
	/** Some of the names in it; none where it held nothing. */
	readonly names: readonly string[]
}

/** Enough names to recognise what was there, few enough to keep for each. */
const notedNames = 20

/** What to remember of a mount point: the first of its names. */
export const noteMount = (path: string, names: readonly string[]): KnownMount => ({
	path,
	names: names.slice(0, notedNames),
})

/** `names` stand in a folder that is no mount point any more. True when none of them was on the disk: the disk is away. */
export const isAway = ({names}: KnownMount, found: readonly string[]): boolean =>
	names.length > 0 && !names.some((name) => found.includes(name))

/** The mount points that one scan of the whole folder met. */
export interface ScannedMounts {
	readonly found: readonly KnownMount[]
	/** All that the system's table has below the root, sorted; empty where it has none. */
	readonly table: readonly string[]
	/** Something was mounted or unmounted meanwhile: what was seen does not count. */
	readonly haveMoved: boolean
}

export const noMounts: ScannedMounts = {found: [], table: [], haveMoved: false}
