// Which folders hold no folders, told by their count of links without a listing: each folder in one counts as a link to it.
// Only where the file system is known to keep that count (ext4, XFS, tmpfs, F2FS); elsewhere none is taken for one.
import {lstatSync, statfsSync} from 'node:fs'
import {join} from 'node:path'

/** `f_type` of statfs, from Linux' magic.h. Btrfs and overlayfs say 1 link for all folders; FUSE says anything. */
const countingTypes: ReadonlySet<number> = new Set([
	0xef53, // ext2, ext3, ext4
	0x58465342, // XFS
	0x01021994, // tmpfs
	0xf2f52010, // F2FS
])

/** Its name in its parent, and `.` in itself. */
const linksOfLeaf = 2

export class LeafFolders {
	readonly #root: string
	/** The device of which the counts are believed; another one may be mounted below. */
	readonly #dev: number | undefined

	constructor(root: string) {
		this.#root = root
		this.#dev = countingDevice(root)
	}

	/** True when it is certain that there was no folder in `folder` (a path below the root, '' the root) at this moment. */
	has(folder: string): boolean {
		if (this.#dev === undefined) return false
		try {
			const stats = lstatSync(join(this.#root, folder), {throwIfNoEntry: false})
			return stats?.isDirectory() === true && stats.nlink === linksOfLeaf && stats.dev === this.#dev
		} catch {
			return false
		}
	}
}

function countingDevice(root: string): number | undefined {
	try {
		return countingTypes.has(statfsSync(root).type) ? lstatSync(root).dev : undefined
	} catch {
		return undefined
	}
}
