// An own look at a folder, independent of the program: SHA-256 of every file, every link's target, every folder and mode.
import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {join} from 'node:path'

/** @typedef {{kind: 'file' | 'dir' | 'link', content: string, mode: number, mtime: number, size: number, names: number}} Seen `names`: how many names its content has on this disk */
/** @typedef {Map<string, Seen>} Snapshot path → what is there; `.filesync/` left out */

/** Windows shows made-up permission bits. */
const hasModes = process.platform !== 'win32'

/** How far two mtimes may lie apart, in microseconds: a disk that keeps nanoseconds is set through a double. */
const mtimeGrainUs = 2

/** @param {string} root @returns {Snapshot} */
export function snapshot(root) {
	/** @type {Snapshot} */
	const seen = new Map()
	const walk = (/** @type {string} */ folder) => {
		for (const name of readdirSync(join(root, folder)).sort()) {
			if (folder === '' && name === '.filesync') continue
			const path = folder === '' ? name : `${folder}/${name}`
			const full = join(root, path)
			const stats = lstatSync(full)
			const mode = hasModes && !stats.isSymbolicLink() ? stats.mode & 0o777 : 0
			const mtime = stats.isDirectory() ? 0 : Math.round(stats.mtimeMs * 1000)
			if (stats.isDirectory()) {
				seen.set(path, {kind: 'dir', content: '', mode, mtime, size: 0, names: 1})
				walk(path)
			} else if (stats.isSymbolicLink())
				seen.set(path, {kind: 'link', content: readlinkSync(full), mode, mtime, size: 0, names: 1})
			else
				seen.set(path, {
					kind: 'file',
					content: sha256(readFileSync(full)),
					mode,
					mtime,
					size: stats.size,
					names: stats.nlink,
				})
		}
	}
	walk('')
	return seen
}

/** @param {Uint8Array | string} content */
export const sha256 = (content) => createHash('sha256').update(content).digest('hex')

/** What is wrong with `found`, as lines; none when it is as `wanted`. `times`: mtimes count too. @param {Snapshot} found @param {Snapshot} wanted */
export function differences(found, wanted, {times = true} = {}) {
	const faults = []
	for (const [path, there] of wanted) {
		const here = found.get(path)
		if (here === undefined) faults.push(`missing: ${path}`)
		else if (here.kind !== there.kind) faults.push(`${here.kind} where a ${there.kind} is wanted: ${path}`)
		else if (here.content !== there.content) faults.push(`other content: ${path}`)
		else if (here.mode !== there.mode)
			faults.push(`mode ${here.mode.toString(8)}, not ${there.mode.toString(8)}: ${path}`)
		else if (times && Math.abs(here.mtime - there.mtime) > mtimeGrainUs)
			faults.push(`mtime ${here.mtime}, not ${there.mtime}: ${path}`)
	}
	for (const path of found.keys()) if (!wanted.has(path)) faults.push(`too much: ${path}`)
	return faults
}

/** Files that share their content with another name: an edit of one would change the other. @param {Snapshot} seen */
export const sharing = (seen) =>
	[...seen].filter(([, {names}]) => names > 1).map(([path]) => `shared with another name: ${path}`)

/** @param {Snapshot} seen */
export function tally(seen) {
	const all = [...seen.values()]
	const count = (/** @type {string} */ kind) => all.filter((one) => one.kind === kind).length
	return {
		files: count('file'),
		folders: count('dir'),
		links: count('link'),
		bytes: all.reduce((sum, {size}) => sum + size, 0),
	}
}
