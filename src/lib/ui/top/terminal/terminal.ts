// Takes over the terminal (alternate screen, raw keys) and always restores it. Draws nothing, parses no key.
import {writeSync} from 'node:fs'
import type {Env} from '../../../config/index.js'
import {errnoOf} from '../../../errors/index.js'

/** The part of `tty.ReadStream` that is needed. */
export interface Keyboard {
	readonly isTTY?: boolean
	setRawMode(on: boolean): unknown
	on(event: 'data', listener: (bytes: Buffer) => void): unknown
	on(event: 'end' | 'error', listener: () => void): unknown
	off(event: 'data', listener: (bytes: Buffer) => void): unknown
	off(event: 'end' | 'error', listener: () => void): unknown
	resume(): unknown
	pause(): unknown
}

/** The part of `tty.WriteStream` that is needed. */
export interface Display {
	readonly isTTY?: boolean
	readonly fd: number
	readonly rows: number
	readonly columns: number
	write(text: string): unknown
	getColorDepth(env: object): number
	on(event: 'resize', listener: () => void): unknown
	off(event: 'resize', listener: () => void): unknown
}

/** False: there is no terminal, or a dumb one. */
export const canDraw = (input: {readonly isTTY?: boolean}, output: {readonly isTTY?: boolean}, env: Env): boolean =>
	input.isTTY === true && output.isTTY === true && env['TERM'] !== 'dumb'

// Alternate screen; no cursor; no wrapping, so that a name that is drawn wider than computed does not move the lines below; bracketed
// paste, so that pasted text is not taken for keys.
const entering = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J'
const leaving = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l'

/** Tries, `retryMs` apart, before a terminal that takes no output is given up. */
const tries = 50
const retryMs = 10

const nap = new Int32Array(new SharedArrayBuffer(4))

/** Writes synchronously, so that it works in an `exit` hook. Ignores a terminal that is gone. */
function writeNow(fd: number, text: string): void {
	let rest = Buffer.from(text)
	for (let i = 0; i < tries && rest.length > 0; i++)
		try {
			rest = rest.subarray(writeSync(fd, rest))
		} catch (error) {
			if (errnoOf(error) !== 'EAGAIN') return
			Atomics.wait(nap, 0, 0, retryMs)
		}
}

export class Terminal {
	readonly #input: Pick<Keyboard, 'setRawMode'>
	readonly #output: Pick<Display, 'fd'>
	#entered = false

	constructor(input: Pick<Keyboard, 'setRawMode'>, output: Pick<Display, 'fd'>) {
		this.#input = input
		this.#output = output
	}

	/** Takes over the terminal. It is restored when the process ends, at the latest. */
	enter(): void {
		if (this.#entered) return
		this.#entered = true
		process.on('exit', this.leave)
		// An uncaught error is printed elsewhere, which needs the normal screen.
		process.on('uncaughtExceptionMonitor', this.leave)
		if (process.listenerCount('unhandledRejection') > 0) process.prependListener('unhandledRejection', this.leave)
		this.#setRaw(true)
		writeNow(this.#output.fd, entering)
	}

	/** Restores the terminal synchronously. Further calls do nothing. */
	readonly leave = (): void => {
		if (!this.#entered) return
		this.#entered = false
		process.off('exit', this.leave)
		process.off('uncaughtExceptionMonitor', this.leave)
		process.off('unhandledRejection', this.leave)
		writeNow(this.#output.fd, leaving)
		this.#setRaw(false)
	}

	#setRaw(on: boolean): void {
		try {
			this.#input.setRawMode(on)
		} catch {
			// EIO, EBADF: the terminal is gone.
		}
	}
}
