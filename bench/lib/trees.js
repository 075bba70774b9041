// Seeded trees: the same files for the same name, on every machine and in every run. Owns what a workload holds.
import {createCipheriv, createHash} from 'node:crypto'
import {closeSync, futimesSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {join} from 'node:path'

/** All files are this old (seconds since 1970), so that none counts as written just now. */
const mtimeSec = 1_700_000_000
const pieceBytes = 1024 * 1024
const zeros = Buffer.alloc(pieceBytes)

/** Endless bytes that only look like chance and cannot be compressed; the same for the same seed. @param {string} seed */
function randomStream(seed) {
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

/**
 * `files` files in folders of 100, below folders of 50.
 * @param {string} root @param {{seed: string, files: number, size: (chance: number) => number}} options `chance`: 0 to 1
 */
function manyFiles(root, {seed, files, size}) {
	const random = randomStream(seed)
	for (let i = 0; i < files; i++) {
		const folder = pathOf(i).split('/').slice(0, -1).join('/')
		if (i % 100 === 0) mkdirSync(join(root, folder), {recursive: true})
		const chance = random(4).readUInt32BE() / 2 ** 32
		writeRandom(join(root, pathOf(i)), size(chance), random)
	}
}

/** Where the file of that number lies in a tree of many. @param {number} index */
export function pathOf(index) {
	const folder = Math.floor(index / 100)
	return `part-${Math.floor(folder / 50)}/folder-${folder}/file-${index}.bin`
}

/** @typedef {{files: number, bytes: number, make: (root: string) => void}} Tree */

/** Sizes from 100 bytes to 40 kB, most of them small; the mean is 5.7 kB. @param {number} chance */
const mixedSize = (chance) => Math.round(100 + 33_800 * chance ** 5)

/** @type {Readonly<Record<string, Tree>>} */
export const trees = {
	small: {
		files: 10_000,
		bytes: 57e6,
		make: (root) => manyFiles(root, {seed: 'small', files: 10_000, size: mixedSize}),
	},
	tiny: {
		files: 100_000,
		bytes: 60e6,
		make: (root) => manyFiles(root, {seed: 'tiny', files: 100_000, size: () => 600}),
	},
	large: oneFile('large', 2 ** 30),
	huge: oneFile('huge', 4 * 2 ** 30),
}

/** @param {string} name @param {number} bytes @returns {Tree} */
function oneFile(name, bytes) {
	return {files: 1, bytes, make: (root) => writeRandom(join(root, `${name}.bin`), bytes, randomStream(name))}
}
