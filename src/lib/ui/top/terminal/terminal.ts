// The terminal as this view borrows it: alternate screen, raw keys, and everything given back, whatever happens.
// Draws nothing and understands no key.
import {writeSync} from 'node:fs'
import type {Env} from '../../../config/index.js'
import {errnoOf} from '../../../errors/index.js'

/** What is needed of `tty.ReadStream`. */
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

/** What is needed of `tty.WriteStream`. */
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

/** False: there is no screen to draw on, or none that obeys. */
export const canDraw = (input: {readonly isTTY?: boolean}, output: {readonly isTTY?: boolean}, env: Env): boolean =>
	input.isTTY === true && output.isTTY === true && env['TERM'] !== 'dumb'

// Alternate screen, no cursor, no wrapping (a name that a terminal draws wider than thought cannot push the lines below),
// and pastes in brackets: they are no keys.
const entering = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J'
const leaving = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l'

/** A terminal that takes nothing for so long (tries of `retryMs`) is left as it is. */
const tries = 50
const retryMs = 10

const nap = new Int32Array(new SharedArrayBuffer(4))

/** Writes now, also from an `exit` hook. A terminal that is gone is no failure: nobody looks. */
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

	/** Takes the terminal over; it is given back at the latest when the process ends. */
	enter(): void {
		if (this.#entered) return
		this.#entered = true
		process.on('exit', this.leave)
		// An error that no one caught is shown by others: they need the ordinary screen.
		process.on('uncaughtExceptionMonitor', this.leave)
		if (process.listenerCount('unhandledRejection') > 0) process.prependListener('unhandledRejection', this.leave)
		this.#setRaw(true)
		writeNow(this.#output.fd, entering)
	}

	/** Gives the terminal back, synchronously. The second time it does nothing. */
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
