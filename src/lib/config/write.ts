// Writes a new config file, for `init` alone. Nothing else in FileSync ever writes a config.
import {mkdirSync, renameSync, rmSync, statSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {FileSyncError, messageOf} from '../errors/index.js'
import {readConfig} from './load.js'
import {configName, type Env, namedConfig, type Place} from './locate.js'
import {isTaken, publishNew, stageBeside, syncFolder} from './publish.js'
import type {Address, Config} from './types.js'

/** What `init` was told. Paths are written as they are. */
export interface NewConfig {
	readonly localDir: string
	readonly peer: Address | null
	readonly server: Address
	readonly certs: Config['certs']
}

/** Where `init` writes: the file that was named, else the working folder. */
export const newConfigFile = (place: Place): string => namedConfig(place) ?? join(place.cwd, configName)

/** The text of a config file: the settings of the original format, so that a reader sees what can be set. */
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

/** True when `init` would need `force`. */
export const configExists = isTaken

/**
 * Writes `file` (absolute) atomically and returns it as it will be loaded. Throws CONFIG_EXISTS unless `force`, and
 * CONFIG_INVALID, before anything is written, for settings that would not load.
 */
export function writeConfig(file: string, settings: NewConfig, options: {force: boolean; env: Env}): Config {
	const text = textOf(settings)
	const config = readConfig(text, file, options.env)
	const exists = () =>
		new FileSyncError('CONFIG_EXISTS', `config file ${file} exists already; nothing was written`, [
			'add --force to replace it',
			'add --config FILE to write another one',
		])
	if (statSync(config.localDir, {throwIfNoEntry: false})?.isDirectory() === false)
		throw new FileSyncError('USAGE', `local_dir ${config.localDir} is not a folder; nothing was written`)
	if (!options.force && isTaken(file)) throw exists()
	let staged: string | undefined
	try {
		mkdirSync(dirname(file), {recursive: true})
		staged = stageBeside(file, text, 0o644)
		if (options.force) renameSync(staged, file)
		else if (!publishNew(staged, file)) throw exists()
	} catch (error) {
		if (staged !== undefined) rmSync(staged, {force: true})
		if (error instanceof FileSyncError) throw error
		throw new FileSyncError('CONFIG_INVALID', `config file ${file} cannot be written: ${messageOf(error)}`, [], {
			cause: error,
		})
	}
	syncFolder(dirname(file))
	return config
}
