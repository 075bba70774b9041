// Makes folders and what is missing above them. Node's own `mkdir {recursive}` tries for ever, and hears no signal meanwhile,
// where the system answers ENOENT below a folder that exists (/proc).
import {mkdirSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {errnoOf} from '../errors/index.js'

/** True for a folder and for a link to one; false when it cannot be found out. Never throws. */
export function isFolder(path: string): boolean {
	try {
		return statSync(path).isDirectory()
	} catch {
		return false
	}
}

/** Makes one folder in one that exists. False: it is there. Throws the system's error. */
export function makeFolder(path: string, mode = 0o777): boolean {
	try {
		mkdirSync(path, {mode})
		return true
	} catch (error) {
		// A read-only or a forbidden parent may be told before the fact that the folder exists.
		if (isFolder(path)) return false
		throw error
	}
}

/**
 * Makes `path` (absolute) and what is missing above it, each with `mode` (cut by the umask). Tries each component at most
 * twice. False: the folder was there. Throws the system's error, EEXIST or ENOTDIR where something else stands there.
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
