// What a sync, and a node that starts, waits for longest is its scanning thread, so that is started before the command is parsed, on a
// guess: that this process will scan. A wrong guess costs a tenth of a second of CPU beside the main thread and nothing else; a right
// one saves the half of it.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {defaultStateDir, expandPath, findConfig, type Place} from '../config/locate.js'
import {Crew} from '../replica/crew.js'
import {socketName} from './socket-name.js'

let early: Crew | undefined

/** For commands that scan. Never throws: what is wrong is told by who does the work. */
export function headStart(argv: readonly string[]): void {
	try {
		if (argv.includes('--help') || isNodeAbout(argv, {env: process.env, cwd: process.cwd()})) return
		early = new Crew()
		early.startScanner()
	} catch {
		// No config that can be read: the command says so.
	}
}

/** The crew whose scanning thread is under way, once; else one that is still to start it. */
export function takeCrew(): Crew {
	const crew = early ?? new Crew()
	early = undefined
	crew.startScanner()
	return crew
}

/** Does a node run on any of the folders that the state folder is for? It takes the request, or this process waits for nobody. */
function isNodeAbout(argv: readonly string[], {env, cwd}: Place): boolean {
	const file = findConfig({flag: configIn(argv), env, cwd})
	const {state_dir: named}: {readonly state_dir?: unknown} = JSON.parse(readFileSync(file, 'utf8'))
	const stateDir = typeof named === 'string' ? expandPath(named, dirname(file), env) : defaultStateDir(env)
	if (!existsSync(stateDir)) return false
	return readdirSync(stateDir).some((folder) => existsSync(join(stateDir, folder, socketName)))
}

/** The value of `--config`, as far as it can be told without knowing the other flags. */
function configIn(argv: readonly string[]): string | undefined {
	const at = argv.findIndex((arg) => arg === '--config' || arg.startsWith('--config='))
	const flag = argv[at]
	return flag === '--config' ? argv[at + 1] : flag?.slice('--config='.length)
}
