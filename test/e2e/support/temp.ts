// Temporary folders of the end-to-end tests: one root for the whole run, removed when the process ends.
import {chmodSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

let root: string | undefined
let last = 0

/** Makes everything below a folder removable: a synced tree may hold read-only folders. */
function unlock(folder: string): void {
	chmodSync(folder, 0o700)
	for (const entry of readdirSync(folder, {withFileTypes: true}))
		if (entry.isDirectory()) unlock(join(folder, entry.name))
}

function removeRoot(): void {
	if (root === undefined) return
	unlock(root)
	rmSync(root, {recursive: true, force: true})
	root = undefined
}

/** A new, empty folder; `name` is for a person who looks at it while a test runs. */
export function tempFolder(name: string): string {
	if (root === undefined) {
		root = realpathSync(mkdtempSync(join(tmpdir(), 'filesync-e2e-')))
		// Programs of another user work below it.
		chmodSync(root, 0o755)
		process.once('exit', removeRoot)
	}
	const folder = join(root, `${String(++last).padStart(3, '0')}-${name}`)
	mkdirSync(folder)
	return folder
}

/** Gives a folder and all below it to another user; what is theirs already stays untouched, ctime too. */
export function giveTo(path: string, user: {readonly uid: number; readonly gid: number}): void {
	const stats = lstatSync(path)
	if (stats.uid !== user.uid || stats.gid !== user.gid) lchownSync(path, user.uid, user.gid)
	if (stats.isDirectory()) for (const entry of readdirSync(path)) giveTo(join(path, entry), user)
}
