// Two devices on loopback, one of them on Windows: folders, states, certificates, configs, and who serves whom.
import assert from 'node:assert/strict'
import {cpSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Dir} from '../../e2e/support/dir.js'
import type {Settings} from '../../e2e/support/pair.js'
import {type Outcome, Program, told, until} from '../../e2e/support/program.js'
import {parseResult, type SyncResult} from '../../e2e/support/result.js'
import {tempFolder} from '../../e2e/support/temp.js'
import {startFileSync, type WindowsProgram, windowsFolder, windowsPath} from './windows.js'

type Running = Program | WindowsProgram

/** Its folder, its configuration, and how its commands are run. */
export abstract class Device {
	readonly dir: Dir
	readonly home: string
	#settings: Settings = {}
	#server: Running | undefined

	protected constructor(home: string) {
		this.home = home
		this.dir = new Dir(join(home, 'dir'))
		mkdirSync(this.dir.path)
	}

	/** A path below its home as its own system names it. */
	protected abstract own(path: string): string
	/** Starts a command; the configuration is its own. */
	abstract start(...args: readonly string[]): Running
	protected abstract end(program: Running): Promise<Outcome>

	get config(): string {
		return join(this.home, 'sync_config.json')
	}

	/** Writes the configuration anew with these settings on top. */
	configure(settings: Settings): void {
		this.#settings = {...this.#settings, ...settings}
		const at = (name: string): string => this.own(join(this.home, name))
		const certs = {cert: at('own.cert'), key: at('own.key'), peer_cert: at('peer.cert')}
		const all = {local_dir: this.own(this.dir.path), certs, state_dir: at('state'), debounce_ms: 50, ...this.#settings}
		writeFileSync(this.config, JSON.stringify(all))
	}

	/** Runs a command to its end. */
	run(...args: readonly string[]): Promise<Outcome> {
		return this.start(...args).ended()
	}

	/** Runs sync, push or pull, which must end with `code`, and gives its result. */
	async result(args: readonly string[], code = 0): Promise<SyncResult> {
		const outcome = await this.run(...args, '--json')
		assert.equal(outcome.code, code, told(outcome))
		return parseResult(outcome.stdout)
	}

	/** Starts `serve`; gives its port. */
	async serve(...args: readonly string[]): Promise<number> {
		this.configure({server: {host: '127.0.0.1', port: 0}})
		this.#server = this.start('serve', ...args)
		const [, port] = await this.#server.line(/Server listening on port (\d+)\.\.\./)
		return Number(port)
	}

	/** Of the node that serves. */
	get pid(): number {
		assert.ok(this.#server !== undefined)
		return this.#server.pid
	}

	get served(): string {
		return this.#server?.said ?? ''
	}

	/** Stops what `serve` started by Ctrl-C; it must end with 0. */
	async close(): Promise<void> {
		const server = this.#server
		this.#server = undefined
		if (server === undefined) return
		const outcome = await this.end(server)
		assert.equal(outcome.code, 0, told(outcome))
	}
}

export class LinuxDevice extends Device {
	constructor() {
		super(tempFolder('linux'))
	}

	protected own(path: string): string {
		return path
	}

	start(...args: readonly string[]): Program {
		return new Program([...args, '--config', this.config], {
			cwd: this.home,
			env: {FILESYNC_NAME: 'lin', HOME: this.home},
		})
	}

	protected end(program: Running): Promise<Outcome> {
		return stop(program)
	}
}

export class WindowsDevice extends Device {
	constructor() {
		super(windowsFolder('windows'))
	}

	protected own(path: string): string {
		return windowsPath(path)
	}

	start(...args: readonly string[]): WindowsProgram {
		return startFileSync([...args, '--config', windowsPath(this.config)], {FILESYNC_NAME: 'win'})
	}

	protected end(program: Running): Promise<Outcome> {
		return stop(program)
	}
}

/** Wine hands SIGINT on as Ctrl-C. */
function stop(program: Running): Promise<Outcome> {
	if (program instanceof Program) program.signal('SIGINT')
	else program.kill('SIGINT')
	return program.ended()
}

let certificates: Promise<string> | undefined

/** A folder with `win.cert`, `lin.cert` and their keys, made on Windows. */
function madeCertificates(): Promise<string> {
	certificates ??= (async () => {
		const folder = windowsFolder('certs')
		for (const name of ['win', 'lin']) {
			const outcome = await startFileSync(['certs', 'gen', '--name', name, '--out', windowsPath(folder)]).ended()
			assert.equal(outcome.code, 0, told(outcome))
		}
		return folder
	})()
	return certificates
}

export interface WindowsPair {
	readonly win: WindowsDevice
	readonly lin: LinuxDevice
	/** The one that dials and runs the commands. */
	readonly caller: Device
}

/** Runs `body` with a pair of which one serves, and ends the server after it, which must be with 0. */
export async function withPair(
	{serves, settings = {}, serveArgs = []}: {serves: 'win' | 'lin'; settings?: Settings; serveArgs?: readonly string[]},
	body: (pair: WindowsPair) => Promise<void>,
): Promise<void> {
	const certs = await madeCertificates()
	const [win, lin] = [new WindowsDevice(), new LinuxDevice()]
	for (const [device, own, peer] of [
		[win, 'win', 'lin'],
		[lin, 'lin', 'win'],
	] as const) {
		for (const [from, to] of [
			[`${own}.cert`, 'own.cert'],
			[`${own}.key`, 'own.key'],
			[`${peer}.cert`, 'peer.cert'],
		] as const)
			cpSync(join(certs, from), join(device.home, to))
		device.configure(settings)
	}
	const [server, caller] = serves === 'win' ? [win, lin] : [lin, win]
	const port = await server.serve(...serveArgs)
	caller.configure({peer: {host: '127.0.0.1', port}})
	try {
		await body({win, lin, caller})
	} catch (error) {
		if (error instanceof Error) error.message += `\n--- the serving side said\n${server.served}`
		await server.close().catch(() => {})
		throw error
	}
	await server.close()
}

/** Both sides hold the same names and contents. Modes are left out: Windows has one bit of them. */
export const assertSame = ({win, lin}: WindowsPair): void => assert.deepEqual(win.dir.tree, lin.dir.tree)

/** Waits until a file holds a content. */
export const untilRead = (dir: Dir, path: string, content: string): Promise<void> =>
	until(`"${content}" in ${path}`, () => dir.has(path) && dir.read(path) === content)
