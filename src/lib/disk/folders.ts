// Makes folders with their missing parents. Replaces Node's `mkdir {recursive}`, which loops for ever, deaf to signals, where the system
// answers ENOENT below an existing folder (/proc).
import {mkdirSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../errors/index.js'

/** True for a folder or a link to one; false also if that cannot be found out. Never throws. */
export function isFolder(path: string): boolean {
	try {
		return statSync(path).isDirectory()
	} catch {
		return false
	}
}

/** Makes one folder in an existing one. False: it exists already. Throws the system's error. */
export function makeFolder(path: string, mode = 0o777): boolean {
	try {
		mkdirSync(path, {mode})
		return true
	} catch (error) {
		// The system may report a read-only or forbidden parent instead of the folder that exists.
		if (isFolder(path)) return false
		throw error
	}
}

/**
 * Makes `path` (absolute) and its missing parents, each with `mode` (minus the umask). Tries each component at most twice. False: the
 * folder existed already. Throws the system's error; EEXIST or ENOTDIR if something else has the name.
 */
export function makeFolders(path: string, mode = 0o777): boolean {
	const missing: string[] = []
	for (let at = path; ; at = dirname(at)) {
		try {
			const isNew = makeFolder(at, mode)
			if (missing.length === 0) return isNew
			break
		} catch (error) {
			const parent = dirname(at)
			if (errnoOf(error) !== 'ENOENT' || parent === at || isFolder(parent)) throw error
			missing.push(at)
		}
	}
	for (const folder of missing.reverse()) makeFolder(folder, mode)
	return true
}
