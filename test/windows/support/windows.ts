// Programs of Windows, run by wine: to their end, or until they say a certain thing. Their output goes to files, because a Node
// for Windows cannot open a pipe that wine hands it.
import {type ChildProcess, spawn} from 'node:child_process'
import {closeSync, mkdirSync, openSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Outcome, packageRoot, patienceMs, told, until} from '../../e2e/support/program.js'
import {tempFolder} from '../../e2e/support/temp.js'

const need = (name: string): string => {
	const value = process.env[name]
	if (value === undefined) throw new Error(`${name} is not set: run these checks by npm run test:windows`)
	return value
}

/** The Windows drive C: as a folder of this machine. */
export const driveC = (): string => join(need('WINEPREFIX'), 'drive_c')

/** A path of this machine below drive C: as Windows names it; any other by the drive Z:, which is `/`. */
export function windowsPath(path: string): string {
	const c = driveC()
	return path.startsWith(`${c}/`)
		? `C:${path.slice(c.length).replaceAll('/', '\\')}`
		: `Z:${path.replaceAll('/', '\\')}`
}

/** A new, empty folder on drive C:, as a path of this machine. */
export function windowsFolder(name: string): string {
	const folder = join(driveC(), 't', `${process.pid}-${++last}-${name}`)
	mkdirSync(folder, {recursive: true})
	return folder
}
let last = 0

/** A running Node for Windows. */
export class WindowsProgram {
	readonly exit: Promise<Outcome>
	readonly #child: ChildProcess
	readonly #out: string
	readonly #err: string
	#hasEnded = false

	/** `args`: those of node.exe. */
	constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		const folder = tempFolder('output')
		this.#out = join(folder, 'stdout')
		this.#err = join(folder, 'stderr')
		const [out, err] = [openSync(this.#out, 'w'), openSync(this.#err, 'w')]
		const startedAt = performance.now()
		this.#child = spawn('wine', [need('FILESYNC_WINE_NODE'), ...args], {
			cwd: driveC(),
			env: {...process.env, NO_COLOR: '1', ...env},
			stdio: ['ignore', out, err],
		})
		closeSync(out)
		closeSync(err)
		this.exit = new Promise((resolve, reject) => {
			this.#child.once('error', reject)
			this.#child.once('close', (code, signal) => {
				this.#hasEnded = true
				const durationMs = performance.now() - startedAt
				resolve({code, signal, stdout: this.stdout, stderr: readFileSync(this.#err, 'utf8'), durationMs})
			})
		})
		running.add(this)
		void this.exit.catch(() => {}).finally(() => running.delete(this))
	}

	/** Of this machine, not of Windows. */
	get pid(): number {
		if (this.#child.pid === undefined) throw new Error('the program did not start')
		return this.#child.pid
	}

	get stdout(): string {
		return readFileSync(this.#out, 'utf8')
	}

	/** All it has said so far, stdout first. */
	get said(): string {
		return this.stdout + readFileSync(this.#err, 'utf8')
	}

	kill(signal: NodeJS.Signals): void {
		this.#child.kill(signal)
	}

	/** Waits until `pattern` stands in what it said; gives the match. Rejects when it ends before. */
	async line(pattern: RegExp): Promise<RegExpExecArray> {
		let match: RegExpExecArray | null = null
		await until(`${pattern} in what a Windows program says`, () => {
			match = pattern.exec(this.said)
			if (match === null && this.#hasEnded) throw new Error(`ended without ${pattern}; it said:\n${this.said}`)
			return match !== null
		}).catch((error) => {
			throw new Error(`${error instanceof Error ? error.message : error}; it said:\n${this.said}`)
		})
		if (match === null) throw new Error('unreachable')
		return match
	}

	/** Its end, which must come in time. */
	async ended(): Promise<Outcome> {
		const late = setTimeout(() => this.kill('SIGKILL'), patienceMs)
		const outcome = await this.exit
		clearTimeout(late)
		return outcome
	}
}

const running = new Set<WindowsProgram>()
// A check that failed half-way leaves no program behind.
after(() => {
	for (const program of running) program.kill('SIGKILL')
})

const cli = (): string => windowsPath(join(packageRoot, 'bin', 'run.js'))

/** Starts `filesync` on Windows. */
export const startFileSync = (args: readonly string[], env?: Readonly<Record<string, string>>): WindowsProgram =>
	new WindowsProgram([cli(), ...args], env)

/** Runs a script in a Node on Windows, which must end with 0; gives what it printed. */
export async function evaluate(script: string): Promise<string> {
	const outcome = await new WindowsProgram(['-e', script]).ended()
	if (outcome.code !== 0) throw new Error(told(outcome))
	return outcome.stdout
}
