// Is there room for a workload? Never starts one that would fill the disk or the memory of the machine.
import {statfsSync} from 'node:fs'
import {freemem} from 'node:os'

/** What statfs calls a file system in memory. */
const tmpfsType = 0x01021994
/** A file takes a page and its inode, whatever it holds. */
export const bytesPerFile = 5200
/** Both ends, and something under way. */
const copies = 2.2
/** What programs may take beside the trees, in bytes. */
const programsBytes = 3e9

/** @param {string} dir */
export const isInMemory = (dir) => statfsSync(dir).type === tmpfsType

/** What is wrong with so many pairs of trees in this folder, or undefined. @param {string} dir @param {import('./trees.js').Tree} tree @param {number} lanes */
export function lackOfRoom(dir, {files, bytes}, lanes) {
	const wanted = copies * lanes * (bytes + files * bytesPerFile)
	const {bavail, bsize} = statfsSync(dir)
	const free = Math.min(bavail * bsize, isInMemory(dir) ? freemem() - programsBytes : Number.POSITIVE_INFINITY)
	if (free >= wanted) return undefined
	return `it wants ${Math.ceil(wanted / 1e9)} GB in ${dir}, ${Math.max(0, Math.floor(free / 1e9))} GB are free`
}
