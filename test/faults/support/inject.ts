// Runs the program under strace, which kills it or fails its system calls as told. Skips where strace cannot do that.
import {spawn, spawnSync} from 'node:child_process'
import {bin, type Outcome, type ProgramOptions, packageRoot} from '../../e2e/support/program.js'

/** Why nothing can be injected here; undefined when it can. */
export const noInjection: string | undefined = (() => {
	if (process.platform !== 'linux') return 'strace is for Linux'
	const {status, error} = spawnSync('strace', ['-f', '-qq', '-e', 'trace=none', 'true'])
	return error === undefined && status === 0 ? undefined : 'strace is missing or may not trace'
})()

/** E.g. `rename:signal=SIGKILL:when=3` or `fsync:error=EIO`. */
export type Injection = string

export class Injected {
	readonly exit: Promise<Outcome>
	readonly #child
	#stdout = ''
	#stderr = ''
	#onOutput: () => void = () => {}

	constructor(injection: Injection, args: readonly string[], {cwd, env = {}}: ProgramOptions) {
		const [calls = ''] = injection.split(':')
		const startedAt = performance.now()
		this.#child = spawn(
			'strace',
			[
				'-f',
				'-qq',
				'-o',
				'/dev/null',
				'-e',
				`trace=${calls}`,
				'-e',
				`inject=${injection}`,
				process.execPath,
				bin,
				...args,
			],
			{
				cwd: cwd ?? packageRoot,
				env: {...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...env},
				stdio: ['ignore', 'pipe', 'pipe'],
				detached: true,
			},
		)
		this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
			this.#stdout += text
			this.#onOutput()
		})
		this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#stderr += text
			this.#onOutput()
		})
		this.exit = new Promise((resolve) => {
			this.#child.once('close', (code, signal) => {
				const durationMs = performance.now() - startedAt
				resolve({code, signal, stdout: this.#stdout, stderr: this.#stderr, durationMs})
				this.#onOutput()
			})
		})
		const kill = (): void => this.kill()
		process.once('exit', kill)
		void this.exit.finally(() => process.removeListener('exit', kill))
	}

	/** Waits for a match in what it says; undefined when it ends first. */
	async line(pattern: RegExp): Promise<RegExpExecArray | undefined> {
		let over = false
		void this.exit.then(() => {
			over = true
		})
		for (;;) {
			const match = pattern.exec(this.#stdout + this.#stderr)
			if (match !== null) return match
			if (over) return undefined
			await Promise.race([this.exit, new Promise<void>((resolve) => (this.#onOutput = resolve))])
		}
	}

	/** Ends strace and the program, which are a process group of their own. */
	kill(): void {
		const {pid} = this.#child
		if (pid === undefined) return
		try {
			process.kill(-pid, 'SIGKILL')
		} catch {
			// It has ended by itself.
		}
	}
}

/**
 * Injects into a program that runs already: what it did until then does not count. `path`: only into calls on this file.
 * Returns how to take it off.
 */
export async function attach(pid: number, injection: Injection, path?: string): Promise<() => Promise<void>> {
	const [calls = ''] = injection.split(':')
	const only = path === undefined ? [] : ['-P', path]
	const tracing = [
		'-f',
		'-p',
		String(pid),
		...only,
		'-o',
		'/dev/null',
		'-e',
		`trace=${calls}`,
		'-e',
		`inject=${injection}`,
	]
	const child = spawn('strace', tracing, {stdio: ['ignore', 'ignore', 'pipe']})
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
	await new Promise<void>((resolve, reject) => {
		let said = ''
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			said += text
			if (/attached/.test(said)) resolve()
		})
		void ended.then(() => reject(new Error(`strace did not attach: ${said}`)))
	})
	return async () => {
		child.kill('SIGINT')
		// strace waits for ever when what it traced died in several threads at once.
		const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
		await ended
		clearTimeout(impatient)
	}
}
