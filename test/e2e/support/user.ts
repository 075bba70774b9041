// A user without rights, for paths that cannot be read: root reads everything.
import {spawnSync} from 'node:child_process'
import {bin, type User} from './program.js'

const nobody: User = {uid: 65_534, gid: 65_534}

function canRun(user: User): boolean {
	const script = `require('node:fs').readFileSync(${JSON.stringify(bin)})`
	return spawnSync(process.execPath, ['-e', script], {...user, cwd: '/'}).status === 0
}

/**
 * How to run a program without root's rights: `{user}`, which is undefined when this process has none itself.
 * null: it cannot be done here (no such rights on this system, or the package cannot be read by others).
 */
export const withoutRights: {readonly user: User | undefined} | null = ((): {user: User | undefined} | null => {
	if (process.getuid === undefined) return null
	if (process.getuid() !== 0) return {user: undefined}
	return canRun(nobody) ? {user: nobody} : null
})()
