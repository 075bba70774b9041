// Two devices on loopback: folders, states, certificates, configs; one serves, the other commands.
import assert from 'node:assert/strict'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {certificates, copyCertificates} from './certs.js'
import {Dir} from './dir.js'
import {Program, type ProgramOptions, run, told, type User} from './program.js'
import {parseResult, type SyncResult} from './result.js'
import {giveTo, tempFolder} from './temp.js'

export type SideName = 'alpha' | 'beta'

/** Settings in the form of `sync_config.json`, beside those that a pair cannot do without. */
export type Settings = Readonly<Record<string, unknown>>

export class Device {
	readonly name: SideName
	readonly dir: Dir
	readonly stateDir: string
	readonly config: string
	readonly #user: User | undefined
	/** Environment of the programs that it runs, on top of this process's. */
	env: Readonly<Record<string, string>> = {}
	#settings: Settings

	constructor(home: string, name: SideName, settings: Settings, user: User | undefined) {
		this.name = name
		this.#user = user
		this.dir = new Dir(join(home, name))
		this.stateDir = join(home, `${name}-state`)
		this.config = join(home, `${name}.json`)
		mkdirSync(this.dir.path)
		const own = (device: SideName) => (user === undefined ? certificates(device) : copyCertificates(device, home))
		const {cert, key} = own(name)
		const {cert: peerCert} = own(name === 'alpha' ? 'beta' : 'alpha')
		this.#settings = {
			local_dir: this.dir.path,
			certs: {cert, key, peer_cert: peerCert},
			server: {host: '127.0.0.1', port: 0},
			debounce_ms: 50,
			state_dir: this.stateDir,
			...settings,
		}
		this.configure({})
	}

	/** Writes the config anew with these settings on top; undefined takes one out. */
	configure(settings: Settings): void {
		this.#settings = {...this.#settings, ...settings}
		writeFileSync(this.config, JSON.stringify(this.#settings, null, '\t'))
	}

	connectTo(port: number): void {
		this.configure({peer: {host: '127.0.0.1', port}})
	}

	get options(): ProgramOptions {
		return {
			cwd: dirname(this.config),
			env: {FILESYNC_NAME: this.name, HOME: dirname(this.config), ...this.env},
			user: this.#user,
		}
	}

	/** Runs a command to its end. */
	run(...args: readonly string[]) {
		return run([...args, '--config', this.config], this.options)
	}

	/** Starts a command that goes on. */
	start(...args: readonly string[]): Program {
		return new Program([...args, '--config', this.config], this.options)
	}

	/** Runs sync, push or pull, which must end with `code`, and gives its result. */
	async result(args: readonly string[], code = 0): Promise<SyncResult> {
		const outcome = await this.run(...args, '--json')
		assert.equal(outcome.code, code, told(outcome))
		return parseResult(outcome.stdout)
	}

	forget(): void {
		rmSync(this.stateDir, {recursive: true})
	}
}

export interface PairOptions {
	readonly name: string
	/** Of both sides. */
	readonly settings?: Settings
	readonly alpha?: Settings
	readonly beta?: Settings
	/** Both sides run as this user. */
	readonly user?: User | undefined
}

/** Alpha commands, beta serves; `swapped`: the other way round. */
export class Pair {
	readonly alpha: Device
	readonly beta: Device
	readonly home: string
	server: Program | undefined
	readonly #user: User | undefined

	constructor({name, settings = {}, alpha = {}, beta = {}, user}: PairOptions) {
		this.home = tempFolder(name)
		this.#user = user
		this.alpha = new Device(this.home, 'alpha', {...settings, ...alpha}, user)
		this.beta = new Device(this.home, 'beta', {...settings, ...beta}, user)
		this.own()
	}

	/** Files that the test made belong to the user who syncs them. */
	own(): void {
		if (this.#user !== undefined) giveTo(this.home, this.#user)
	}

	/** Starts `serve` on one device and points the other one there. Gives the port. */
	async serve(device = this.beta, port = 0): Promise<number> {
		device.configure({server: {host: '127.0.0.1', port}})
		this.own()
		const server = device.start('serve')
		this.server = server
		const [, text] = await server.line(/Server listening on port (\d+)\.\.\./)
		const real = Number(text)
		const other = device === this.beta ? this.alpha : this.beta
		other.connectTo(real)
		this.own()
		return real
	}

	/** Stops the server, which must end with 0. */
	async close(): Promise<void> {
		const server = this.server
		this.server = undefined
		if (server === undefined) return
		const outcome = await server.stop()
		assert.equal(outcome.code, 0, told(outcome))
	}

	/** Does something with the server running and then stops it; when that fails, what the server said is told too. */
	async during<T>(body: () => Promise<T>): Promise<T> {
		let value: T
		try {
			value = await body()
		} catch (error) {
			if (error instanceof Error) error.message += `\n--- the serving side said\n${this.server?.said}`
			this.server?.signal('SIGKILL')
			throw error
		}
		await this.close()
		return value
	}

	/** Both folders hold the same, to the mode and the microsecond. */
	assertSame(message?: string): void {
		assert.deepEqual(this.alpha.dir.replica, this.beta.dir.replica, message)
	}
}

/** Runs `body` with a pair whose beta serves, and ends the server after it, with 0. */
export async function withPair(options: PairOptions, body: (pair: Pair) => Promise<void>): Promise<void> {
	const pair = new Pair(options)
	await pair.serve()
	await pair.during(() => body(pair))
}

/** The port at which a pair's server listens. */
export async function portOf({server}: Pair): Promise<number> {
	assert.ok(server !== undefined)
	const [, port] = await server.line(/Server listening on port (\d+)\.\.\./)
	return Number(port)
}
