// Commands that give this user access to a path. Changes nothing.
import {accessSync, constants, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {shellWord} from '../errors/shell.js'

interface User {
	readonly uid: number
	readonly gid: number
}

/** This user's id; undefined on Windows, and for root, who has access to everything. */
function currentUser(): User | undefined {
	const uid = process.getuid?.()
	const gid = process.getgid?.()
	return uid === undefined || gid === undefined || uid === 0 ? undefined : {uid, gid}
}

function ownerOf(path: string): number | undefined {
	try {
		return statSync(path).uid
	} catch {
		return undefined
	}
}

function canEnter(folder: string): boolean {
	try {
		accessSync(folder, constants.X_OK)
		return true
	} catch {
		return false
	}
}

/** The highest folder above `path` that cannot be entered, else `path`. */
function blockerOf(path: string): string {
	const parent = dirname(path)
	if (parent === path) return path
	const above = blockerOf(parent)
	return canEnter(above) ? path : above
}

/** `path`, or the lowest folder above it that exists. */
function nearestExisting(path: string): string {
	const parent = dirname(path)
	return parent === path || ownerOf(path) !== undefined ? path : nearestExisting(parent)
}

/** The highest of `path` and its parents that does not belong to `uid` but lies in a folder that does; undefined: none. */
function foreignTop(path: string, uid: number): string | undefined {
	const parent = dirname(path)
	if (parent === path) return undefined
	const above = foreignTop(parent, uid)
	if (above !== undefined) return above
	return ownerOf(parent) === uid && ownerOf(path) !== uid ? path : undefined
}

/**
 * Commands to run if this user has no access to `path`. `whole`: the folder that contains it and must belong to this user as a whole.
 * Never advises to change the owner of anything outside this user's own folders.
 */
export function accessAdvice(path: string, whole = path): string[] {
	const user = currentUser()
	const blocker = nearestExisting(blockerOf(path))
	if (user === undefined) return process.platform === 'win32' ? [] : [`ls -ld ${shellWord(blocker)}`]
	const top = foreignTop(blocker, user.uid)
	if (top !== undefined) {
		const given = ownerOf(whole) === user.uid ? whole : top
		return [`sudo chown -R ${user.uid}:${user.gid} ${shellWord(given)}`]
	}
	if (ownerOf(blocker) === user.uid) return [`chmod -R u+rwX ${shellWord(blocker)}`]
	return [`ls -ld ${shellWord(blocker)}`, 'its owner can give this user the right to use it']
}
