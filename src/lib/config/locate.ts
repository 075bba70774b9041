// Where the config file is, and what a path in it or on the command line means.
import {existsSync, realpathSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path'
import {FileSyncError} from '../errors/index.js'

export type Env = Readonly<Record<string, string | undefined>>

export const configName = 'sync_config.json'

/** The home folder by the environment first, as shells have it. */
export function homeOf(env: Env): string {
	const variable = process.platform === 'win32' ? 'USERPROFILE' : 'HOME'
	const named = env[variable]
	if (named !== undefined && isAbsolute(named)) return named
	try {
		return homedir()
	} catch (error) {
		// A user that the system has no entry for, as in a container that was started with a number.
		throw new FileSyncError(
			'USAGE',
			`this user (${process.getuid?.() ?? 'unknown'}) has no home folder: ${variable} is not set, and the system knows no such user`,
			[`set ${variable} to a folder that this user can write to:`, `export ${variable}=/tmp/filesync-home`],
			{cause: error},
		)
	}
}

/** `~` and `~/…` are below the home folder; a relative path is below `base`. Always absolute. */
export function expandPath(path: string, base: string, env: Env): string {
	if (path === '~') return homeOf(env)
	if (path.startsWith('~/') || (sep === '\\' && path.startsWith('~\\'))) return join(homeOf(env), path.slice(2))
	return resolve(base, path)
}

/** A folder of the XDG base directory specification, which says that relative values are to be ignored. */
export function xdgDir(env: Env, variable: 'XDG_CONFIG_HOME' | 'XDG_STATE_HOME', fallback: string): string {
	const named = env[variable]
	return join(named !== undefined && isAbsolute(named) ? named : join(homeOf(env), fallback), 'filesync')
}

/** Where state lies that the config names no place for. */
export const defaultStateDir = (env: Env): string => xdgDir(env, 'XDG_STATE_HOME', '.local/state')

export interface Place {
	/** `--config`, when it was given. */
	readonly flag?: string | undefined
	readonly env: Env
	readonly cwd: string
}

/** The file that the user named, by flag or variable; undefined when none was named. */
export function namedConfig({flag, env, cwd}: Place): string | undefined {
	if (flag !== undefined && flag !== '') return expandPath(flag, cwd, env)
	const variable = env['FILESYNC_CONFIG']
	return variable === undefined || variable === '' ? undefined : expandPath(variable, cwd, env)
}

/** Is this the file that a command reads which names none? */
export function isFoundByItself(file: string, {env, cwd}: Place): boolean {
	try {
		return findConfig({env, cwd}) === file
	} catch {
		return false
	}
}

/** The config file to read: flag, variable, working folder, XDG, in this order. Throws CONFIG_MISSING. */
export function findConfig(place: Place): string {
	const named = namedConfig(place)
	if (named !== undefined) return named
	const tried = [join(place.cwd, configName), join(xdgDir(place.env, 'XDG_CONFIG_HOME', '.config'), configName)]
	const found = tried.find((file) => existsSync(file))
	if (found !== undefined) return found
	throw new FileSyncError('CONFIG_MISSING', `no config file: looked for ${tried.join(' and ')}`, [
		'filesync init',
		'that writes one here; or add --config FILE to name one that exists',
	])
}

/** The path with every link in its existing part resolved. */
function realPath(path: string): string {
	try {
		return realpathSync.native(path)
	} catch {
		const parent = dirname(path)
		return parent === path ? path : join(realPath(parent), basename(path))
	}
}

/** True when `path` is `folder` or below it, by name or once links are resolved. */
export function isWithin(folder: string, path: string): boolean {
	const below = (from: string, to: string): boolean => {
		const way = relative(from, to)
		return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
	}
	return below(folder, path) || below(realPath(folder), realPath(path))
}
