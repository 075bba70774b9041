// A real terminal to drive a program in: a tmux server of its own. Knows nothing of the program.
import {spawnSync} from 'node:child_process'
import {packageRoot, patienceMs} from './program.js'

/** Why no terminal can be had here; undefined when one can. */
export const noTerminal: string | undefined =
	spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed'

let next = 1

export interface TerminalOptions {
	readonly columns: number
	readonly rows: number
	readonly env: Readonly<Record<string, string | undefined>>
}

export class TestTerminal {
	readonly #server = `filesync-test-${process.pid}-${next++}`

	/** Runs `command` (a shell's line) in the terminal; the shell stays when it has ended. */
	constructor(command: string, {columns, rows, env}: TerminalOptions) {
		const vars = Object.entries({...env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8'}).flatMap(([name, value]) =>
			value === undefined ? [] : ['-e', `${name}=${value}`],
		)
		const size = ['-x', String(columns), '-y', String(rows)]
		this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...vars, '-c', packageRoot, 'sh')
		this.#tmux('send-keys', `PS1='ready> '; clear; ${command}`, 'Enter')
	}

	#tmux(...args: readonly string[]): string {
		const {status, stdout, stderr} = spawnSync('tmux', ['-L', this.#server, ...args], {encoding: 'utf8'})
		if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`)
		return stdout
	}

	keys(...keys: readonly string[]): void {
		this.#tmux('send-keys', ...keys)
	}

	resize(columns: number, rows: number): void {
		this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
	}

	/** The lines on the screen, without blanks at their ends. */
	get screen(): string {
		return this.#tmux('capture-pane', '-p')
	}

	/** Is the cursor shown? */
	get hasCursor(): boolean {
		return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1'
	}

	/** The process that runs in the foreground. */
	get pid(): number {
		return Number(this.#tmux('display-message', '-p', '#{pane_pid}'))
	}

	/** Waits until the screen shows it. */
	async shows(pattern: RegExp): Promise<string> {
		const until = performance.now() + patienceMs
		for (;;) {
			const {screen} = this
			if (pattern.test(screen)) return screen
			if (performance.now() > until) throw new Error(`the screen never showed ${pattern}:\n${screen}`)
			await new Promise((resolve) => setTimeout(resolve, 50))
		}
	}

	close(): void {
		spawnSync('tmux', ['-L', this.#server, 'kill-server'])
	}
}
