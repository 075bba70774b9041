// Starts the scanning thread before the command is parsed, because a sync waits longest for it. This is a guess that the process will
// scan; a wrong one costs 0.1 s of CPU on another thread. Opens no folder, dials no peer, writes nothing.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {defaultStateDir, expandPath, findConfig, type Place} from '../../config/locate.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {socketName} from '../control/socket-name.js'

export type {WorkerPool}

/** For commands that scan: a pool whose scanning thread is starting. undefined if a node seems to run, or without a readable config. */
export function headStart(argv: readonly string[]): WorkerPool | undefined {
	if (argv.includes('--help') || argv.includes('-h')) return undefined
	try {
		return isNodeAbout({env: process.env, cwd: process.cwd(), flag: configIn(argv)}) ? undefined : WorkerPool.started()
	} catch {
		// The command reports what is wrong, such as a config that cannot be read.
		return undefined
	}
}

/** True if the state folder has a control socket of any folder: its node probably takes the request. */
function isNodeAbout(place: Place): boolean {
	const {env} = place
	const file = findConfig(place)
	const {state_dir: named}: {readonly state_dir?: unknown} = JSON.parse(readFileSync(file, 'utf8'))
	const stateDir = typeof named === 'string' ? expandPath(named, dirname(file), env) : defaultStateDir(env)
	if (!existsSync(stateDir)) return false
	return readdirSync(stateDir).some((folder) => existsSync(join(stateDir, folder, socketName)))
}

/** The value of `--config`, found without parsing the other flags. */
function configIn(argv: readonly string[]): string | undefined {
	const at = argv.findIndex((arg) => arg === '--config' || arg === '-c' || arg.startsWith('--config='))
	const flag = argv[at] ?? ''
	return flag.startsWith('--config=') ? flag.slice('--config='.length) : argv[at < 0 ? argv.length : at + 1]
}
