// Snapshots of a folder, independent of the program: SHA-256 of every file, targets of links, folders and modes.
import {createHash} from 'node:crypto'
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {join} from 'node:path'

/** @typedef {{kind: 'file' | 'dir' | 'link', content: string, mode: number, mtime: number, size: number, names: number}} Seen `names`: how many names its content has on this disk */
/** @typedef {Map<string, Seen>} Snapshot path → what is there; `.filesync/` left out */

/** Node's permission bits mean nothing on Windows. */
const hasModes = process.platform !== 'win32'

/** Largest difference of equal mtimes (µs): Node sets them through a double, which cannot hold nanoseconds. */
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

/** Differences between `found` and `wanted`, as lines. `times`: compare mtimes, too. @param {Snapshot} found @param {Snapshot} wanted */
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
