// Seeded trees: the same files for the same name, on every machine and in every run. Owns what a workload holds.
import {createCipheriv, createHash} from 'node:crypto'
import {closeSync, futimesSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {join} from 'node:path'

/** All files are this old (seconds since 1970), so that none counts as written just now. */
const mtimeSec = 1_700_000_000
const pieceBytes = 1024 * 1024
const zeros = Buffer.alloc(pieceBytes)
const filesPerFolder = 100
/** So a part holds 1,000 files. */
const foldersPerPart = 10
export const filesPerPart = filesPerFolder * foldersPerPart

/** `bytes`: about how many. @typedef {{files: number, bytes: number, make: (root: string) => void}} Tree */

/** Endless bytes that only look like chance and cannot be compressed; the same for the same seed. @param {string} seed */
export function randomStream(seed) {
	const key = createHash('sha256').update(seed).digest()
	const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16, 32))
	return (/** @type {number} */ bytes) => cipher.update(bytes === pieceBytes ? zeros : zeros.subarray(0, bytes))
}

/** @param {string} path @param {number} bytes @param {(bytes: number) => Uint8Array} random */
function writeRandom(path, bytes, random) {
	const fd = openSync(path, 'wx', 0o644)
	try {
		for (let left = bytes; left > 0; left -= pieceBytes) writeSync(fd, random(Math.min(left, pieceBytes)))
		futimesSync(fd, mtimeSec, mtimeSec)
	} finally {
		closeSync(fd)
	}
}

/** @param {number} index of a file */
const folderOf = (index) => {
	const folder = Math.floor(index / filesPerFolder)
	return `part-${Math.floor(folder / foldersPerPart)}/folder-${folder}`
}

/** Where the file of that number lies in a tree of many. @param {number} index */
export const pathOf = (index) => `${folderOf(index)}/file-${index}.bin`

/** Sizes from 100 bytes to 40 kB, most of them small; the mean is 5.7 kB. @param {number} chance 0 to 1 */
const mixedBytes = (chance) => Math.round(100 + 33_800 * chance ** 5)

/** @param {string} seed @param {number} files @param {{meanBytes: number, bytesOf: (chance: number) => number}} size @returns {Tree} */
function manyFiles(seed, files, {meanBytes, bytesOf}) {
	const make = (/** @type {string} */ root) => {
		const random = randomStream(seed)
		for (let i = 0; i < files; i++) {
			if (i % filesPerFolder === 0) mkdirSync(join(root, folderOf(i)), {recursive: true})
			const chance = random(4).readUInt32BE() / 2 ** 32
			writeRandom(join(root, pathOf(i)), bytesOf(chance), random)
		}
	}
	return {files, bytes: files * meanBytes, make}
}

/** Files of 100 bytes to 40 kB. @param {number} files */
export const smallFiles = (files) => manyFiles('small', files, {meanBytes: 5700, bytesOf: mixedBytes})

/** Files of one size. @param {number} files @param {number} bytes of each */
export const tinyFiles = (files, bytes) => manyFiles('tiny', files, {meanBytes: bytes, bytesOf: () => bytes})

/** The one file of a tree of one. */
export const largeName = 'large.bin'

/** One file that cannot be compressed. @param {number} bytes @returns {Tree} */
export const oneFile = (bytes) => ({
	files: 1,
	bytes,
	make: (root) => writeRandom(join(root, largeName), bytes, randomStream('large')),
})
