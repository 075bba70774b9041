// What a sync, and a node that starts, waits for longest is its scanning thread, so that is started before the command is parsed, on a
// guess: that this process will scan. A wrong guess costs a tenth of a second of CPU beside the main thread and nothing else; a right
// one saves the half of it. A sync that says nothing but what is known here is begun as a whole: nothing that a parser could add would
// change it.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {defaultStateDir, expandPath, findConfig, type Place} from '../../config/locate.js'
import type {Config} from '../../config/types.js'
import {socketName} from '../control/socket-name.js'
import type {FirstSync} from '../open-replica.js'
import type {BegunSync} from './begun-sync.js'
import {startPool, takePool} from './early-crew.js'

let begun: {readonly config: Config; readonly firstSync: FirstSync; readonly sync: BegunSync} | undefined

/**
 * For commands that scan. `signal`: asked for what ends a sync that is begun. Never rejects: what is wrong is told by who does the
 * work.
 */
export async function headStart(argv: readonly string[], signal: () => AbortSignal): Promise<void> {
	try {
		const place = {env: process.env, cwd: process.cwd(), flag: configIn(argv)}
		if (argv.includes('--help') || argv.includes('-h') || isNodeAbout(place)) return
		startPool()
		if (isPlainSync(argv)) await beginSync(place, firstSyncIn(argv), signal)
	} catch {
		// No config or no certificate that can be read, say: the command tells it.
	}
}

/** The sync that was begun, if it is the one of this config, once. */
export function takeBegun(config: Config, {firstSync, dryRun}: FirstSync): BegunSync | undefined {
	if (begun === undefined || !isDeepStrictEqual(begun.firstSync, {firstSync, dryRun})) return undefined
	if (!isDeepStrictEqual(begun.config, config)) return undefined
	const {sync} = begun
	begun = undefined
	return sync
}

/** Ends what nobody took. Never rejects. */
export async function dropBegun(): Promise<void> {
	const unwanted = begun?.sync
	begun = undefined
	await unwanted?.drop()
}

async function beginSync(place: Place, firstSync: FirstSync, signal: () => AbortSignal): Promise<void> {
	const {loadConfig} = await import('../../config/load.js')
	const config = loadConfig(place)
	if (config.peer === null) return
	const {controlPlace} = await import('../control/address.js')
	// It may lie elsewhere than in the state folder; and nobody can tell of a pipe of Windows without asking.
	if (process.platform === 'win32' || existsSync(controlPlace(config))) return
	const {BegunSync} = await import('./begun-sync.js')
	const sync = await BegunSync.begin(config, firstSync, takePool(), signal())
	begun = {config, firstSync, sync}
	// The scan is to be on its way before more is loaded; and that it is asked for takes a turn. Without a folder nobody wants the peer.
	await sync.replica.catch(() => void sync.dial.drop())
	await new Promise(setImmediate)
}

const firstSyncIn = (argv: readonly string[]): FirstSync => ({
	firstSync: argv.includes('--first-sync'),
	dryRun: argv.includes('--dry-run') || argv.includes('-n'),
})

/** Does a node run on any of the folders that the state folder is for? It takes the request, or this process waits for nobody. */
function isNodeAbout(place: Place): boolean {
	const {env} = place
	const file = findConfig(place)
	const {state_dir: named}: {readonly state_dir?: unknown} = JSON.parse(readFileSync(file, 'utf8'))
	const stateDir = typeof named === 'string' ? expandPath(named, dirname(file), env) : defaultStateDir(env)
	if (!existsSync(stateDir)) return false
	return readdirSync(stateDir).some((folder) => existsSync(join(stateDir, folder, socketName)))
}

const configFlags: ReadonlySet<string> = new Set(['--config', '-c'])

/** The value of `--config`, as far as it can be told without knowing the other flags. */
function configIn(argv: readonly string[]): string | undefined {
	const at = argv.findIndex((arg) => configFlags.has(arg) || arg.startsWith('--config='))
	const flag = argv[at] ?? ''
	return configFlags.has(flag)
		? argv[at + 1]
		: flag.startsWith('--config=')
			? flag.slice('--config='.length)
			: undefined
}

const syncs: ReadonlySet<string> = new Set(['sync', 'push', 'pull'])
/** Words behind a command that syncs that stand for themselves; `--force` is not for all of them. */
const plainWords: ReadonlySet<string> = new Set([
	...['--dry-run', '-n', '--allow-deletes', '--first-sync', '--verbose', '-v', '--quiet', '-q', '--json', '--debug'],
])

/** A command line that no parser could find fault with, and of which all is understood here. */
function isPlainSync([command = '', ...words]: readonly string[]): boolean {
	if (!syncs.has(command)) return false
	let named = 0
	for (let i = 0; i < words.length; i++) {
		const word = words[i] ?? ''
		if (configFlags.has(word)) {
			const file = words[++i] ?? '-'
			if (file.startsWith('-') || named++ > 0) return false
		} else if (word.startsWith('--config=')) {
			if (named++ > 0) return false
		} else if (!plainWords.has(word) && (word !== '--force' || command === 'sync')) return false
	}
	return true
}
