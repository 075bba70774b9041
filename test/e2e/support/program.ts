// Runs the built program as a child process: to its end, or until it says a certain thing. Knows no folders and no configs.
import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import type {Readable} from 'node:stream'
import {fileURLToPath} from 'node:url'

/** The package's root: the nearest folder above the compiled test that holds a package.json. */
export const packageRoot = ((): string => {
	let folder = dirname(fileURLToPath(import.meta.url))
	while (!existsSync(join(folder, 'package.json'))) {
		const parent = dirname(folder)
		if (parent === folder) throw new Error('no package.json above the tests')
		folder = parent
	}
	return folder
})()

export const bin = join(packageRoot, 'bin', 'run.js')

/** How long a test waits for a line, a condition or an end before it fails. */
export const patienceMs = 45_000

export interface User {
	readonly uid: number
	readonly gid: number
}

export interface ProgramOptions {
	readonly cwd?: string
	/** Set on top of this process's environment; undefined removes. */
	readonly env?: Readonly<Record<string, string | undefined>>
	/** Runs as this user; only root can. */
	readonly user?: User | undefined
	/** A program and its arguments that start it in their place. `alone`: they know by themselves what to start. */
	readonly under?: readonly string[]
	readonly alone?: boolean
}

export interface Outcome {
	readonly code: number | null
	readonly signal: NodeJS.Signals | null
	readonly stdout: string
	readonly stderr: string
	readonly durationMs: number
}

/** What one outcome was, for the message of a failed assertion. */
export const told = ({code, signal, stdout, stderr}: Outcome): string =>
	`exit ${code ?? signal}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`

/** A running `filesync`. */
export class Program {
	readonly exit: Promise<Outcome>
	readonly #child: ChildProcessByStdio<null, Readable, Readable>
	readonly #args: readonly string[]
	readonly #listeners = new Set<() => void>()
	#stdout = ''
	#stderr = ''
	#said = ''
	#outcome: Outcome | undefined

	constructor(args: readonly string[], {cwd, env = {}, user, under = [], alone = false}: ProgramOptions = {}) {
		this.#args = args
		const startedAt = performance.now()
		const merged: NodeJS.ProcessEnv = {
			...process.env,
			NO_COLOR: '1',
			FILESYNC_CONFIG: undefined,
			NODE_OPTIONS: undefined,
			FORCE_COLOR: undefined,
			...env,
		}
		const clean = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
		const [program = process.execPath, ...rest] = [...under, ...(alone ? [] : [process.execPath, bin, ...args])]
		this.#child = spawn(program, rest, {
			cwd: cwd ?? packageRoot,
			env: clean,
			stdio: ['ignore', 'pipe', 'pipe'],
			...(user === undefined ? {} : user),
		})
		this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
			this.#stdout += text
			this.#said += text
			this.#tell()
		})
		this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#stderr += text
			this.#said += text
			this.#tell()
		})
		this.exit = new Promise((resolve, reject) => {
			this.#child.once('error', reject)
			this.#child.once('close', (code, signal) => {
				const durationMs = performance.now() - startedAt
				this.#outcome = {code, signal, stdout: this.#stdout, stderr: this.#stderr, durationMs}
				this.#tell()
				resolve(this.#outcome)
			})
		})
		running.add(this)
		void this.exit.catch(() => {}).finally(() => running.delete(this))
	}

	get pid(): number {
		if (this.#child.pid === undefined) throw new Error('the program did not start')
		return this.#child.pid
	}

	/** All it has said so far, on both streams, as it came. */
	get said(): string {
		return this.#said
	}

	get stdout(): string {
		return this.#stdout
	}

	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal)
	}

	/** Waits until `pattern` stands in what it said from position `from` on; gives the match. Rejects when it ends before. */
	line(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
		return new Promise((resolve, reject) => {
			const fail = (why: string): void => {
				stop()
				reject(new Error(`filesync ${this.#args.join(' ')}: ${why} ${pattern}; it said:\n${this.said}`))
			}
			const timer = setTimeout(() => fail(`not within ${patienceMs} ms:`), patienceMs)
			const look = (): void => {
				const match = pattern.exec(this.said.slice(from))
				if (match !== null) {
					stop()
					resolve(match)
				} else if (this.#outcome !== undefined) fail(`ended (${this.#outcome.code}) without`)
			}
			const stop = (): void => {
				clearTimeout(timer)
				this.#listeners.delete(look)
			}
			this.#listeners.add(look)
			look()
		})
	}

	/** Its end, which must come in time. */
	async ended(withinMs = patienceMs): Promise<Outcome> {
		let timer: NodeJS.Timeout | undefined
		const late = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				this.signal('SIGKILL')
				reject(new Error(`filesync ${this.#args.join(' ')} did not end within ${withinMs} ms; it said:\n${this.said}`))
			}, withinMs)
		})
		try {
			return await Promise.race([this.exit, late])
		} finally {
			clearTimeout(timer)
		}
	}

	/** Asks it to end and waits for that. */
	async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome> {
		this.signal(signal)
		return this.ended()
	}

	#tell(): void {
		for (const listener of [...this.#listeners]) listener()
	}
}

const running = new Set<Program>()
// A test that failed half-way leaves no program behind that would keep the tests from ending. Outside of mocha (`npm run
// sweep`) the caller ends what it started.
if ('after' in globalThis)
	after(() => {
		for (const program of running) program.signal('SIGKILL')
	})

/** Runs the program to its end. */
export const run = (args: readonly string[], options?: ProgramOptions): Promise<Outcome> =>
	new Program(args, options).ended(60_000)

/** Waits until `condition` holds, looking every 20 ms. `what` names it when it never does. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = performance.now() + patienceMs
	while (!(await condition())) {
		if (performance.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${what}`)
		await new Promise((resolve) => setTimeout(resolve, 20))
	}
}
