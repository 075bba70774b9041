// Redraws lines in place at the end of a terminal. Never hides the cursor, so that nothing must be restored when the process is stopped
// or killed.
import {stripVTControlCharacters} from 'node:util'
import {width} from '../format.js'

/** The part of `tty.WriteStream` that is needed. */
export interface LineTerminal {
	readonly columns: number
	readonly rows: number
	write(text: string): unknown
}

const toLineEnd = '\x1b[K'
const toScreenEnd = '\x1b[J'

export class LiveLines {
	readonly #terminal: LineTerminal
	/** Width of each line on the screen, in columns. */
	#drawn: readonly number[] = []

	constructor(terminal: LineTerminal) {
		this.#terminal = terminal
	}

	/** Replaces the drawn lines. If the screen has too few rows, leaves out the first lines. */
	draw(lines: readonly string[]): void {
		const shown = lines.slice(-Math.max(1, this.#terminal.rows - 1))
		this.#replace(shown)
		this.#drawn = shown.map((line) => width(stripVTControlCharacters(line)))
	}

	/** Something else was written below: the next frame begins after it. */
	restart(): void {
		this.#drawn = []
	}

	/** Replaces the drawn lines for the last time. */
	finish(lines: readonly string[]): void {
		this.#replace(lines)
		this.#drawn = []
	}

	#replace(lines: readonly string[]): void {
		// A terminal that became narrower has wrapped wider lines into several rows.
		const columns = Math.max(1, this.#terminal.columns)
		const rows = this.#drawn.reduce((sum, size) => sum + Math.max(1, Math.ceil(size / columns)), 0)
		const up = rows === 0 ? '' : `\x1b[${rows}A`
		this.#terminal.write(`\r${up}${lines.map((line) => `${line}${toLineEnd}\n`).join('')}${toScreenEnd}`)
	}
}
