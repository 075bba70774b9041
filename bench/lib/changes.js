// What is done to the source before a timed sync, the same for every program. Round numbers begin at 1.
import {
	appendFileSync,
	closeSync,
	existsSync,
	fstatSync,
	openSync,
	readSync,
	renameSync,
	rmSync,
	writeSync,
} from 'node:fs'
import {join} from 'node:path'
import {filesPerPart, largeName, pathOf, randomStream} from './trees.js'

const pieceBytes = 1024 * 1024
const insertedBytes = 1000
/** A tenth of the files goes in each round, and one must be left. */
export const maxDeletions = 9

/** @typedef {(root: string, round: number, files: number) => void} Change */

/** One file gets a line longer; another one in every round. @type {Change} */
export const editOne = (root, round, files) =>
	appendFileSync(join(root, pathOf((1009 * round) % files)), `edit ${round}\n`)

/** A folder of 1,000 files gets another name; in later rounds the next one, in the end back. @type {Change} */
export function renamePart(root, round, files) {
	const part = (round - 1) % Math.ceil(files / filesPerPart)
	const names = [`part-${part}`, `moved-${part}`].map((name) => join(root, name))
	const [from = '', to = ''] = existsSync(names[0] ?? '') ? names : names.reverse()
	renameSync(from, to)
}

/** Another tenth of all files in each round. @type {Change} */
export function deleteTenth(root, round, files) {
	if (round > maxDeletions) throw new Error(`a tenth of all files can be deleted ${maxDeletions} times at most`)
	for (let i = round - 1; i < files; i += 10) rmSync(join(root, pathOf(i)))
}

/** Bytes nobody has seen go into the middle of the large file. The new one is made outside of the root. @type {Change} */
export function insertInMiddle(root, round) {
	const path = join(root, largeName)
	const copy = join(root, '..', 'edited')
	const piece = Buffer.allocUnsafeSlow(pieceBytes)
	const fds = [openSync(path, 'r'), openSync(copy, 'w', 0o644)]
	const [from = -1, to = -1] = fds
	try {
		const middle = Math.floor(fstatSync(from).size / 2)
		let at = 0
		for (;;) {
			const wanted = at < middle ? Math.min(pieceBytes, middle - at) : pieceBytes
			const bytes = readSync(from, piece, 0, wanted, at)
			if (bytes === 0) break
			writeSync(to, piece, 0, bytes)
			at += bytes
			if (at === middle) writeSync(to, randomStream(`inserted ${round}`)(insertedBytes))
		}
	} finally {
		for (const fd of fds) closeSync(fd)
	}
	renameSync(copy, path)
}
