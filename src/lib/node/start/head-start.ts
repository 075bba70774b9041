// What a sync, and a node that starts, waits for longest is its scanning thread, so that is started before the command is parsed, on a
// guess: that this process will scan. A wrong guess costs 0.1 s of CPU beside the main thread and nothing else. Opens nothing, dials
// nobody, writes nothing.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {defaultStateDir, expandPath, findConfig, type Place} from '../../config/locate.js'
import {WorkerPool} from '../../replica/worker-pool.js'
import {socketName} from '../control/socket-name.js'

export type {WorkerPool}

/** For commands that scan: a pool whose scanning thread is starting. undefined where a node seems to run, and where there is no config. */
export function headStart(argv: readonly string[]): WorkerPool | undefined {
	if (argv.includes('--help') || argv.includes('-h')) return undefined
	try {
		return isNodeAbout({env: process.env, cwd: process.cwd(), flag: configIn(argv)}) ? undefined : WorkerPool.started()
	} catch {
		// No config that can be read, say: the command tells it.
		return undefined
	}
}

/** Does a node run on any of the folders that the state folder is for? It takes the request, or this process waits for nobody. */
function isNodeAbout(place: Place): boolean {
	const {env} = place
	const file = findConfig(place)
	const {state_dir: named}: {readonly state_dir?: unknown} = JSON.parse(readFileSync(file, 'utf8'))
	const stateDir = typeof named === 'string' ? expandPath(named, dirname(file), env) : defaultStateDir(env)
	if (!existsSync(stateDir)) return false
	return readdirSync(stateDir).some((folder) => existsSync(join(stateDir, folder, socketName)))
}

/** The value of `--config`, as far as it can be told without knowing the other flags. */
function configIn(argv: readonly string[]): string | undefined {
	const at = argv.findIndex((arg) => arg === '--config' || arg === '-c' || arg.startsWith('--config='))
	const flag = argv[at] ?? ''
	return flag.startsWith('--config=') ? flag.slice('--config='.length) : argv[at < 0 ? argv.length : at + 1]
}
