// Finds the config file and resolves paths in it and on the command line.
import {existsSync, realpathSync} from 'node:fs'
import {homedir} from 'node:os'
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path'
import {FileSyncError} from '../errors/index.js'

export type Env = Readonly<Record<string, string | undefined>>

export const configName = 'sync_config.json'

/** The home folder: HOME if it is set, as in shells, else the system's entry. */
export function homeOf(env: Env): string {
	const variable = process.platform === 'win32' ? 'USERPROFILE' : 'HOME'
	const named = env[variable]
	if (named !== undefined && isAbsolute(named)) return named
	try {
		return homedir()
	} catch (error) {
		// A user without an entry in the system, as in a container that runs under a numeric id.
		throw new FileSyncError(
			'USAGE',
			`this user (${process.getuid?.() ?? 'unknown'}) has no home folder: ${variable} is not set, and the system knows no such user`,
			[`set ${variable} to a folder that this user can write to:`, `export ${variable}=/tmp/filesync-home`],
			{cause: error},
		)
	}
}

/** Resolves `~` and `~/…` against the home folder and a relative path against `base`. Returns an absolute path. */
export function expandPath(path: string, base: string, env: Env): string {
	if (path === '~') return homeOf(env)
	if (path.startsWith('~/') || (sep === '\\' && path.startsWith('~\\'))) return join(homeOf(env), path.slice(2))
	return resolve(base, path)
}

/** A folder of the XDG base directory specification. Relative values are ignored, as it demands. */
export function xdgDir(env: Env, variable: 'XDG_CONFIG_HOME' | 'XDG_STATE_HOME', fallback: string): string {
	const named = env[variable]
	return join(named !== undefined && isAbsolute(named) ? named : join(homeOf(env), fallback), 'filesync')
}

/** The state folder if the config names none. */
export const defaultStateDir = (env: Env): string => xdgDir(env, 'XDG_STATE_HOME', '.local/state')

export interface Place {
	/** The value of `--config`, if given. */
	readonly flag?: string | undefined
	readonly env: Env
	readonly cwd: string
}

/** The file that the user named by flag or variable; undefined: none. */
export function namedConfig({flag, env, cwd}: Place): string | undefined {
	if (flag !== undefined && flag !== '') return expandPath(flag, cwd, env)
	const variable = env['FILESYNC_CONFIG']
	return variable === undefined || variable === '' ? undefined : expandPath(variable, cwd, env)
}

/** True if commands without `--config` read this file. */
export function isFoundByItself(file: string, {env, cwd}: Place): boolean {
	try {
		return findConfig({env, cwd}) === file
	} catch {
		return false
	}
}

/** The config file to read. Order: flag, variable, working folder, XDG. Throws CONFIG_MISSING. */
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

/** `path` with all links in its existing part resolved. */
function realPath(path: string): string {
	try {
		return realpathSync.native(path)
	} catch {
		const parent = dirname(path)
		return parent === path ? path : join(realPath(parent), basename(path))
	}
}

/** True if `path` is `folder` or below it, by name or after resolving links. */
export function isWithin(folder: string, path: string): boolean {
	const below = (from: string, to: string): boolean => {
		const way = relative(from, to)
		return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
	}
	return below(folder, path) || below(realPath(folder), realPath(path))
}
