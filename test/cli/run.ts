// Runs a program as a user or a cron job would and collects what it says.
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

/** The package's root, from the compiled test. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

export const bin = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

export interface Outcome {
	readonly code: number | null
	readonly signal: NodeJS.Signals | null
	readonly stdout: string
	readonly stderr: string
}

export interface RunOptions {
	readonly cwd?: string
	readonly env?: Readonly<Record<string, string>>
	readonly script?: string
	/** Called with all stdout so far, whenever there is more. */
	readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void
	/** The reader of stdout goes away at once. */
	readonly closeStdout?: boolean
}

/** Runs `script` (the real program unless given) with `args` under this Node. stdin is empty and no terminal. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
	const {FILESYNC_CONFIG: _, NODE_OPTIONS: __, ...env} = process.env
	const child = spawn(process.execPath, [options.script ?? bin, ...args], {
		cwd: options.cwd ?? root,
		env: {...env, ...options.env},
		stdio: ['ignore', 'pipe', 'pipe'],
	})
	const out = {stdout: '', stderr: ''}
	if (options.closeStdout) child.stdout.destroy()
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		out.stdout += text
		options.onOutput?.(out.stdout, (signal) => child.kill(signal))
	})
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		out.stderr += text
	})
	return new Promise((resolve, reject) => {
		child.once('error', reject)
		child.once('close', (code, signal) => resolve({code, signal, ...out}))
	})
}
