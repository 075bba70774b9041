// Are two trees equal? Kinds, modes, mtimes, link targets and every byte; memory stays bounded whatever the size of a file.
import {closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync} from 'node:fs'
import {join} from 'node:path'

const pieceBytes = 1024 * 1024
/** Programs differ in how fine an mtime they keep: rsync and FileSync below a microsecond, Unison whole seconds. */
const mtimeGrainMs = 1000
const pieces = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)]

/** What the programs themselves put into a root. */
const own = new Set(['.filesync', '.stfolder'])

/** @param {string} a @param {string} b */
function sameContent(a, b) {
	const fds = [openSync(a, 'r'), openSync(b, 'r')]
	try {
		for (;;) {
			const [left = 0, right = 0] = fds.map((fd, i) => readSync(fd, pieces[i] ?? Buffer.alloc(0), 0, pieceBytes, null))
			if (left !== right) return false
			if (left === 0) return true
			if (pieces[0]?.compare(pieces[1] ?? Buffer.alloc(0), 0, left, 0, left) !== 0) return false
		}
	} finally {
		for (const fd of fds) closeSync(fd)
	}
}

/** The first difference, or undefined when both are equal. @param {string} a @param {string} b @returns {string | undefined} */
export function firstDifference(a, b) {
	const todo = ['']
	for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
		const list = (/** @type {string} */ root) =>
			readdirSync(join(root, folder))
				.filter((name) => folder !== '' || !own.has(name))
				.sort()
		const names = list(a)
		if (names.join('\0') !== list(b).join('\0')) return `${folder || '.'} holds other names`
		for (const name of names) {
			const path = join(folder, name)
			const [left, right] = [lstatSync(join(a, path)), lstatSync(join(b, path))]
			if (left.mode !== right.mode) return `${path}: mode ${left.mode.toString(8)} and ${right.mode.toString(8)}`
			if (left.isDirectory()) todo.push(path)
			else if (left.isSymbolicLink()) {
				if (readlinkSync(join(a, path)) !== readlinkSync(join(b, path))) return `${path}: another target`
			} else if (left.size !== right.size) return `${path}: ${left.size} and ${right.size} bytes`
			else if (Math.abs(left.mtimeMs - right.mtimeMs) >= mtimeGrainMs) return `${path}: another mtime`
			else if (!sameContent(join(a, path), join(b, path))) return `${path}: another content`
		}
	}
	return undefined
}
