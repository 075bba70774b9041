// What this machine, this user and this program are, looked up once. Decides nothing but whether this is Termux.
import {existsSync} from 'node:fs'
import {userInfo} from 'node:os'
import {isAbsolute, resolve} from 'node:path'
import {type Env, homeOf} from '../config/index.js'
import {FileSyncError} from '../errors/index.js'

export interface Machine {
	readonly platform: NodeJS.Platform
	readonly env: Env
	/** By the environment first. */
	readonly home: string
	/** By the system's list of users: what a service gets as `HOME`. */
	readonly accountHome: string
	readonly uid: number
	readonly user: string
	/** This Node and this program, absolute. */
	readonly node: string
	readonly script: string
	/** systemd keeps this user's services running without a login. */
	readonly lingers: boolean
	/** Where the user's service manager listens, also where the environment (su, cron) does not say so. */
	readonly runtimeDir: string | undefined
	/** Between two tries of a step. */
	readonly pauseMs: number
	/** From the start of a service until it is looked at: time enough to fail over its config. */
	readonly settleMs: number
}

/** A user without an entry in the system's list has a number only. */
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

/** This process's machine. Throws USAGE where the program has no file (a program text given to Node itself). */
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

/** Termux's folder for programs, when this is Termux. Others set `PREFIX` too. */
export function termuxPrefix({platform, env}: Pick<Machine, 'platform' | 'env'>): string | undefined {
	const prefix = env['PREFIX']
	if (prefix === undefined || !isAbsolute(prefix) || !(platform === 'android' || platform === 'linux')) return undefined
	return env['TERMUX_VERSION'] !== undefined || prefix.includes('com.termux') ? prefix : undefined
}
