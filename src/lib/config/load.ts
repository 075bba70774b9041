// Reads the config file and turns it into a Config. Never writes, never prints.
import {closeSync, openSync, readSync} from 'node:fs'
import {basename, dirname, relative, sep} from 'node:path'
import {accessAdvice} from '../disk/access.js'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {shellWord} from '../errors/shell.js'
import {adviceOf, describeFailure, isPassing} from '../errors/system.js'
import {defaultStateDir, type Env, expandPath, findConfig, isWithin, type Place} from './locate.js'
import {parseSettings} from './parse.js'
import type {Settings} from './schema.js'
import type {Address, Config} from './types.js'

/** Largest config file in bytes; anything larger is some other file. */
const largestConfigBytes = 1024 * 1024

/** Reads at most `limit` + 1 bytes of a file or pipe. */
function readBounded(file: string, limit: number): Buffer {
	const fd = openSync(file, 'r')
	try {
		const parts: Buffer[] = []
		let held = 0
		while (held <= limit) {
			const part = Buffer.allocUnsafe(Math.min(65_536, limit + 1 - held))
			const count = readSync(fd, part)
			if (count === 0) break
			parts.push(part.subarray(0, count))
			held += count
		}
		return Buffer.concat(parts)
	} finally {
		closeSync(fd)
	}
}

const invalid = (file: string, what: string, advice: readonly string[], cause?: unknown): FileSyncError =>
	new FileSyncError('CONFIG_INVALID', `config file ${file} ${what}`, advice, {cause})

const look = (file: string): string[] => [`ls -l ${shellWord(file)}`]
const another = 'add --config FILE to name another one'

function readConfigText(file: string): string {
	let bytes: Buffer
	try {
		bytes = readBounded(file, largestConfigBytes)
	} catch (error) {
		const code = errnoOf(error)
		if (code === 'ENOENT' || code === 'ENOTDIR')
			throw new FileSyncError('CONFIG_MISSING', `config file ${file} does not exist`, [
				`filesync init --config ${shellWord(file)}`,
				another,
			])
		if (code === 'EISDIR') throw invalid(file, 'is a folder; a JSON file is wanted', [...look(file), another], error)
		if (code === 'EACCES' || code === 'EPERM')
			throw invalid(file, 'may not be read by this user', [...accessAdvice(file), another], error)
		const what = describeFailure(`config file ${file} cannot be read`, error)
		throw new FileSyncError(isPassing(code) ? 'DISK_FAILED' : 'CONFIG_INVALID', what, adviceOf(code, look(file)), {
			cause: error,
		})
	}
	if (bytes.length > largestConfigBytes)
		throw invalid(file, `is larger than ${largestConfigBytes} bytes`, [...look(file), another])
	try {
		// Strips a BOM.
		return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
	} catch (error) {
		throw invalid(file, 'is not UTF-8 text', [`save ${file} as UTF-8, or name another one with --config FILE`], error)
	}
}

/** Warnings about private files in the folder, which a sync would send to the peer, unless an ignore line names them. */
function insideWarnings(config: Omit<Config, 'warnings'>): string[] {
	const ignored = (path: string): boolean => {
		const way = relative(config.localDir, path).split(sep).join('/')
		return [basename(path), way, `/${way}`].some((line) => config.ignore.includes(line))
	}
	const inside = (path: string): boolean => isWithin(config.localDir, path) && !ignored(path)
	const warnings: string[] = []
	if (inside(config.certs.key))
		warnings.push(
			`the private key ${config.certs.key} lies in local_dir and would be sent to the peer: move it, or add it to "ignore"`,
		)
	if (inside(config.file))
		warnings.push(`this file lies in local_dir and would be sent to the peer: move it, or add it to "ignore"`)
	return warnings
}

/** Resolves settings against the folder of their file. `file` is absolute. */
export function resolveSettings(settings: Settings, file: string, env: Env): Omit<Config, 'warnings'> {
	const folder = dirname(file)
	const path = (text: string): string => expandPath(text, folder, env)
	return {
		file,
		localDir: path(settings.local_dir),
		peer: settings.peer ?? null,
		certs: {
			cert: path(settings.certs.cert),
			key: path(settings.certs.key),
			peerCert: path(settings.certs.peer_cert),
		},
		server: settings.server,
		debounceMs: settings.debounce_ms,
		mtimeSkewSec: settings.mtime_skew_sec,
		maxConcurrency: settings.max_concurrency,
		ignore: settings.ignore,
		trashDays: settings.trash_days,
		maxDeletePercent: settings.max_delete_percent,
		rescanIntervalSec: settings.rescan_interval_sec,
		stateDir: settings.state_dir === undefined ? defaultStateDir(env) : path(settings.state_dir),
		logLevel: settings.log_level,
	}
}

/** Why settings that are each valid do not fit together; undefined: they do. */
export function placeFault(config: Pick<Config, 'localDir' | 'stateDir'>): string | undefined {
	if (!isWithin(config.localDir, config.stateDir)) return undefined
	return `state_dir ${config.stateDir} lies in local_dir ${config.localDir}; it wants a folder outside of it`
}

/** Parses and resolves a config text. Throws CONFIG_INVALID, which lists all faults. */
export function readConfig(text: string, file: string, env: Env): Config {
	const parsed = parseSettings(text)
	const faults = parsed.ok ? [] : [...parsed.faults]
	const config = parsed.ok ? resolveSettings(parsed.settings, file, env) : undefined
	const misplaced = config === undefined ? undefined : placeFault(config)
	if (misplaced !== undefined) faults.push(misplaced)
	if (config === undefined || faults.length > 0) {
		const list =
			faults.length === 1
				? `: ${faults[0]}`
				: ` has ${faults.length} faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`
		const seen = parsed.warnings.map((warning) => `mind too: ${warning}`)
		throw new FileSyncError('CONFIG_INVALID', `config file ${file}${list}`, [...seen, `edit ${file}`])
	}
	const warnings = [...parsed.warnings, ...insideWarnings(config)]
	return {...config, warnings: warnings.map((warning) => `${file}: ${warning}`)}
}

/**
 * Finds, reads and checks the config. Throws CONFIG_MISSING or CONFIG_INVALID; the caller prints the `warnings`.
 */
export function loadConfig(place: Place): Config {
	const file = findConfig(place)
	return readConfig(readConfigText(file), file, place.env)
}

/** The peer's address. Throws CONFIG_INVALID if the config has none. */
export function requirePeer(config: Pick<Config, 'file' | 'peer'>): Address {
	if (config.peer !== null) return config.peer
	throw new FileSyncError(
		'CONFIG_INVALID',
		`config file ${config.file}: peer is missing; it wants an object {"host": …, "port": …}`,
		[
			`add "peer": {"host": "192.168.1.20", "port": 5555} to ${config.file}`,
			'or let the peer connect to this device: filesync serve',
		],
	)
}
