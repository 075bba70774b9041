// Why this user may not use a path, as commands that mend it. Changes nothing.
import {accessSync, constants, statSync} from 'node:fs'
import {dirname} from 'node:path'
import {shellWord} from '../errors/shell.js'

interface User {
	readonly uid: number
	readonly gid: number
}

/** undefined where files have no owner of this kind (Windows), and for root, who may do everything anyway. */
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

/** `path`, or the highest folder above it that cannot be entered. */
function blockerOf(path: string): string {
	const parent = dirname(path)
	if (parent === path) return path
	const above = blockerOf(parent)
	return canEnter(above) ? path : above
}

/** `path`, or the lowest folder above it that is there. */
function standing(path: string): string {
	const parent = dirname(path)
	return parent === path || ownerOf(path) !== undefined ? path : standing(parent)
}

/** The highest of `path` and the folders above it that is not `uid`'s and lies in a folder that is; undefined: there is none. */
function foreignTop(path: string, uid: number): string | undefined {
	const parent = dirname(path)
	if (parent === path) return undefined
	const above = foreignTop(parent, uid)
	if (above !== undefined) return above
	return ownerOf(parent) === uid && ownerOf(path) !== uid ? path : undefined
}

/**
 * What to run when this user was refused `path`. `whole`: the folder to which it belongs; all of it is to be this user's.
 * Nothing that lies outside of this user's own folders is ever given to somebody else.
 */
export function accessAdvice(path: string, whole = path): string[] {
	const user = currentUser()
	const blocker = standing(blockerOf(path))
	if (user === undefined) return process.platform === 'win32' ? [] : [`ls -ld ${shellWord(blocker)}`]
	const top = foreignTop(blocker, user.uid)
	if (top !== undefined) {
		const given = ownerOf(whole) === user.uid ? whole : top
		return [`sudo chown -R ${user.uid}:${user.gid} ${shellWord(given)}`]
	}
	if (ownerOf(blocker) === user.uid) return [`chmod -R u+rwX ${shellWord(blocker)}`]
	return [`ls -ld ${shellWord(blocker)}`, 'its owner can give this user the right to use it']
}
