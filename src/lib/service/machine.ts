// Facts about this machine, user and program, determined once.
import {existsSync} from 'node:fs'
import {userInfo} from 'node:os'
import {isAbsolute, resolve} from 'node:path'
import {type Env, homeOf} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'

export interface Machine {
	readonly platform: NodeJS.Platform
	readonly env: Env
	/** From the environment, else from the system. */
	readonly home: string
	/** From the system's list of users: the `HOME` of a service. */
	readonly accountHome: string
	readonly uid: number
	readonly user: string
	/** Absolute paths of Node and of this program. */
	readonly node: string
	readonly script: string
	/** True: systemd runs this user's services without a login. */
	readonly lingers: boolean
	/** The runtime folder of the user's service manager, also if the environment (su, cron) does not name it. */
	readonly runtimeDir: string | undefined
	/** Wait between two tries of a step (ms). */
	readonly pauseMs: number
	/** Wait from the start of a service until its state is checked (ms): time to fail because of its config. */
	readonly settleMs: number
}

/** The user's name; its number if the system has no entry for it. */
function account(env: Env): {readonly user: string; readonly home: string} {
	try {
		const {username, homedir: home} = userInfo()
		return {user: username, home}
	} catch {
		return {user: env['USER'] ?? '', home: homeOf(env)}
	}
}

function runtimeDirOf(env: Env, uid: number): string | undefined {
	const usual = `/run/user/${uid}`
	return env['XDG_RUNTIME_DIR'] ?? (existsSync(usual) ? usual : undefined)
}

/** Facts about the machine of this process. Throws USAGE if the program has no file (`node -e`). */
export function thisMachine(env: Env): Machine {
	const script = process.argv[1]
	if (script === undefined) throw new FileSyncError('USAGE', 'this program has no file that a service could run')
	const uid = process.getuid?.() ?? -1
	const {user, home} = account(env)
	return {
		platform: process.platform,
		env,
		home: homeOf(env),
		accountHome: home,
		uid,
		user,
		node: process.execPath,
		script: resolve(script),
		lingers: existsSync(`/var/lib/systemd/linger/${user}`),
		runtimeDir: runtimeDirOf(env, uid),
		pauseMs: 1000,
		settleMs: 1500,
	}
}

/** Termux's folder for programs; undefined: this is not Termux. Other systems set `PREFIX`, too. */
export function termuxPrefix({platform, env}: Pick<Machine, 'platform' | 'env'>): string | undefined {
	const prefix = env['PREFIX']
	if (prefix === undefined || !isAbsolute(prefix) || !(platform === 'android' || platform === 'linux')) return undefined
	return env['TERMUX_VERSION'] !== undefined || prefix.includes('com.termux') ? prefix : undefined
}
