// Which folders hold no folders, told by their count of links without a listing: each folder in one counts as a link to it.
// Only where the file system is known to keep that count; elsewhere none is taken for one.
import {lstatSync} from 'node:fs'
import {join} from 'node:path'
import {traitsOf} from '../disk/traits.js'

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
		return traitsOf(root).countsFolders ? lstatSync(root).dev : undefined
	} catch {
		return undefined
	}
}
