// Writes a new config file for `init`. Nothing else in FileSync writes a config.
import {renameSync, rmSync} from 'node:fs'
import {dirname, isAbsolute, join} from 'node:path'
import {accessAdvice} from '../disk/access.js'
import {isFolder, makeFolders} from '../disk/folders.js'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {describeFailure, isDiskFull, isPassing, pathOf} from '../errors/system.js'
import {placeFault, readConfig} from './load.js'
import {configName, defaultStateDir, type Env, namedConfig, type Place} from './locate.js'
import {isTaken, publishNew, stageBeside, syncFolder} from './publish.js'
import type {Address, Config} from './types.js'

/** Settings that `init` was given. Paths are written unchanged. */
export interface NewConfig {
	readonly localDir: string
	readonly peer: Address | null
	readonly server: Address
	readonly certs: Config['certs']
}

/** The file that `init` writes: the named one, else in the working folder. */
export const newConfigFile = (place: Place): string => namedConfig(place) ?? join(place.cwd, configName)

/** The text of a config file: all settings of the original format, so that users see what can be set. */
function textOf({localDir, peer, server, certs}: NewConfig): string {
	const settings = {
		local_dir: localDir,
		...(peer === null ? {} : {peer: {host: peer.host, port: peer.port}}),
		certs: {cert: certs.cert, key: certs.key, peer_cert: certs.peerCert},
		server: {host: server.host, port: server.port},
		debounce_ms: 800,
		mtime_skew_sec: 2,
		max_concurrency: 1,
	}
	return `${JSON.stringify(settings, null, 2)}\n`
}

/** Throws CONFIG_EXISTS if `init` needs `force` to write `file`. */
export function assertNoConfig(file: string): void {
	if (!isTaken(file)) return
	throw new FileSyncError('CONFIG_EXISTS', `config file ${file} exists already; nothing was written`, [
		'add --force to replace it',
		'add --config FILE to write another one',
	])
}

/** Why `localDir` (absolute) cannot be the folder to sync; undefined: it can. Reads the disk. */
export function folderFault(localDir: string, env: Env): string | undefined {
	const stateDir = defaultStateDir(env)
	if (placeFault({localDir, stateDir}) !== undefined)
		return `${localDir} holds ${stateDir}, where FileSync keeps its index; it wants a folder that does not`
	if (isTaken(localDir) && !isFolder(localDir)) return `${localDir} is not a folder; it wants one, or a new name`
	return undefined
}

/**
 * Writes `file` (absolute) atomically and returns the config as it will be loaded. Throws CONFIG_EXISTS unless `force`. Throws USAGE or
 * CONFIG_INVALID, before anything is written, for settings that would not work.
 */
export function writeConfig(file: string, settings: NewConfig, options: {force: boolean; env: Env}): Config {
	if (!options.force) assertNoConfig(file)
	const text = textOf(settings)
	const config = readNew(text, file, settings, options.env)
	let staged: string | undefined
	try {
		makeFolders(dirname(file))
		staged = stageBeside(file, text, 0o644)
		if (options.force) renameSync(staged, file)
		else if (!publishNew(staged, file)) assertNoConfig(file)
	} catch (error) {
		if (staged !== undefined) rmSync(staged, {force: true})
		throw writeFault(error, file)
	}
	syncFolder(dirname(file))
	return config
}

function writeFault(error: unknown, file: string): unknown {
	const code = errnoOf(error)
	if (error instanceof FileSyncError || code === undefined) return error
	const kind = isDiskFull(code) ? 'DISK_FULL' : isPassing(code) ? 'DISK_FAILED' : 'CONFIG_INVALID'
	const isRefused = code === 'EACCES' || code === 'EPERM'
	return new FileSyncError(
		kind,
		describeFailure(`config file ${file} cannot be written`, error),
		[...(isRefused ? accessAdvice(pathOf(error) ?? file, dirname(file)) : []), 'add --config FILE to write elsewhere'],
		{cause: error},
	)
}

/** The config as it will be loaded. Its errors say that nothing was written. */
function readNew(text: string, file: string, {localDir}: NewConfig, env: Env): Config {
	const fault = isAbsolute(localDir) ? folderFault(localDir, env) : undefined
	if (fault !== undefined)
		throw new FileSyncError('USAGE', `--dir: ${fault}; nothing was written`, ['filesync init --dir ~/Sync'])
	try {
		return readConfig(text, file, env)
	} catch (error) {
		if (!(error instanceof FileSyncError)) throw error
		throw new FileSyncError(error.code, `${error.message}; nothing was written`, ['filesync init --help'], {
			cause: error,
		})
	}
}
