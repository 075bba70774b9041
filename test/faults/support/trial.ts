// One fault at one call of one side, in the middle of a sync of the fixture; then what a user does: change more, sync again.
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {Dir} from '../../e2e/support/dir.js'
import {type Device, Pair} from '../../e2e/support/pair.js'
import {type Outcome, Program, run, told} from '../../e2e/support/program.js'
import {countsOf, noCounts, parseResult} from '../../e2e/support/result.js'
import {Fixture} from './fixture.js'
import {judge, type Wrong} from './oracle.js'
import {type Action, shimBelow} from './shim.js'

/** The leader is `sync`, the follower is `serve`. */
export type Role = 'leader' | 'follower'

export interface Point {
	readonly role: Role
	/** The call, from 1; 0: none, to count them. */
	readonly at: number
	readonly action: Action
}

export interface Verdict {
	readonly point: Point
	/** The call that was hit; undefined when there were not so many. */
	readonly call: string | undefined
	/** Calls counted in the sync under test. */
	readonly calls: number
	readonly wrong: readonly Wrong[]
}

async function serve(device: Device, other: Device, env: Readonly<Record<string, string>> = {}): Promise<Program> {
	device.configure({server: {host: '127.0.0.1', port: 0}})
	const {options} = device
	const program = new Program(['serve', '--config', device.config], {...options, env: {...options.env, ...env}})
	const [, port] = await program.line(/Server listening on port (\d+)\.\.\./)
	other.connectTo(Number(port))
	return program
}

const sync = ({config, options}: Device, env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
	run(['sync', '--json', '--verbose', '--config', config], {...options, env: {...options.env, ...env}})

/** The exit codes that the contract allows the sync in which the fault happens. */
function allowed({role, action}: Point, call: string): readonly number[] {
	// The connection breaks, or had nothing more to carry.
	if (action === 'kill') return [0, 3]
	// A state folder without rights is a matter of configuration.
	const ofRights = action === 'EACCES' && /^\S+ \/(alpha|beta)-state\//.test(call) ? [2] : []
	return [0, 1, ...(role === 'follower' ? [3] : []), ...ofRights]
}

/** `call`: the one that was hit; undefined when there were not so many. */
function wrongEnd(point: Point, outcome: Outcome, call: string | undefined): Wrong[] {
	const hit = call !== undefined
	const {code, signal} = outcome
	if (point.role === 'leader' && point.action === 'kill' && hit)
		return signal === 'SIGKILL' ? [] : [{kind: 'wrong exit', what: `the leader was not killed: ${told(outcome)}`}]
	const codes = hit ? allowed(point, call) : [0]
	const isWrong =
		code === null || !codes.includes(code) || /internal error|INTERNAL/.test(outcome.stdout + outcome.stderr)
	return isWrong ? [{kind: 'wrong exit', what: `in the sync with the fault: ${told(outcome)}`}] : []
}

/** Syncs until it ends with 0, twice at most; then once more, which must find nothing to do. */
async function repair(alpha: Device): Promise<Wrong[]> {
	let outcome = await sync(alpha)
	if (outcome.code === 1) outcome = await sync(alpha)
	if (outcome.code !== 0) return [{kind: 'wrong exit', what: `the sync after it: ${told(outcome)}`}]
	const again = await sync(alpha)
	if (again.code !== 0) return [{kind: 'wrong exit', what: `the last sync: ${told(again)}`}]
	const result = parseResult(again.stdout)
	const idle = JSON.stringify(countsOf(result)) === JSON.stringify(noCounts) && result.conflicts.length === 0
	return idle ? [] : [{kind: 'not at rest', what: `the last sync did ${JSON.stringify(result.actions)}`}]
}

/** How a server ended: waited for when it `must` end, else undefined when it lives. */
const endOf = (server: Program, must: boolean): Promise<Outcome | undefined> =>
	must
		? server.ended()
		: Promise.race([server.exit, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))])

export async function trial(point: Point): Promise<Verdict> {
	const pair = new Pair({name: `${point.role}-${point.at}`, settings: {max_delete_percent: 100}})
	const {alpha, beta} = pair
	const expected = join(pair.home, 'expected')
	mkdirSync(expected)
	const fixture = new Fixture(alpha.dir, beta.dir, new Dir(expected))
	const shim = shimBelow(pair.home, point.role)
	const env = (role: Role) => (role === point.role ? shim.env : {})
	fixture.begin()
	let server = await serve(beta, alpha, env('follower'))
	try {
		const first = await sync(alpha)
		if (first.code !== 0) throw new Error(`the first sync: ${told(first)}`)
		fixture.change()
		if (point.role === 'leader') shim.disarm()
		shim.arm(point.at, point.action)
		const outcome = await sync(alpha, env('leader'))
		shim.disarm()
		const {count: calls, log} = shim
		const hit = point.at > 0 && calls >= point.at
		const call = hit ? (log.get(point.at) ?? '') : undefined
		const wrong = wrongEnd(point, outcome, call)
		const ended = await endOf(server, hit && point.role === 'follower' && point.action === 'kill')
		if (ended !== undefined) {
			if (point.role === 'leader' || point.action !== 'kill') wrong.push({kind: 'node ended', what: told(ended)})
			server = await serve(beta, alpha)
		}
		fixture.changeAgain()
		wrong.push(...(await repair(alpha)))
		// A node that lives may have a cookie of its watcher in `.filesync` at any moment; one that ended has none.
		server.signal('SIGTERM')
		await server.ended()
		wrong.push(...judge(fixture, alpha.dir, beta.dir))
		return {point, call, calls, wrong}
	} catch (error) {
		const what = error instanceof Error ? error.message : String(error)
		return {point, call: shim.log.get(point.at), calls: shim.count, wrong: [{kind: 'hang', what}]}
	} finally {
		server.signal('SIGKILL')
		await server.exit
		rmSync(pair.home, {recursive: true, force: true})
	}
}
