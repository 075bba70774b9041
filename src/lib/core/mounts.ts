// Disks that are mounted on folders below the root: how one that is missing is told from a folder that was emptied. Pure.

/** A folder that another disk was mounted on when it was last looked at. */
export interface KnownMount {
	readonly path: string
	/** Some of the names in it; none where it held nothing. */
	readonly names: readonly string[]
}

/** Enough names to recognise what was there, few enough to keep for each. */
const notedNames = 20

export const noteMount = (path: string, names: readonly string[]): KnownMount => ({
	path,
	names: names.slice(0, notedNames),
})

/** Nothing is mounted there any more, and these names are there: is what was on the disk away, too? */
export const isAway = ({names}: KnownMount, found: readonly string[]): boolean =>
	names.length > 0 && !names.some((name) => found.includes(name))

/** The mount points that one scan of the whole folder met. */
export interface SeenMounts {
	readonly found: readonly KnownMount[]
	/** All that the system's table has below the root, sorted; empty where it has none. */
	readonly table: readonly string[]
	/** Something was mounted or unmounted meanwhile: what was seen does not count. */
	readonly haveMoved: boolean
}

export const noMounts: SeenMounts = {found: [], table: [], haveMoved: false}
