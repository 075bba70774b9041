// Lines at the end of a terminal that are drawn again and again in place. The cursor is never hidden, so that nothing has to be
// given back when the process is stopped or killed.
import {stripVTControlCharacters} from 'node:util'
import {width} from '../format.js'

/** What is needed of `tty.WriteStream`. */
export interface LineTerminal {
	readonly columns: number
	readonly rows: number
	write(text: string): unknown
}

const toLineEnd = '\x1b[K'
const toScreenEnd = '\x1b[J'

export class LiveLines {
	readonly #terminal: LineTerminal
	/** Columns of each line on the screen. */
	#drawn: readonly number[] = []

	constructor(terminal: LineTerminal) {
		this.#terminal = terminal
	}

	/** Replaces what is there. Lines that do not fit below each other are left out at the top. */
	draw(lines: readonly string[]): void {
		const shown = lines.slice(-Math.max(1, this.#terminal.rows - 1))
		this.#replace(shown)
		this.#drawn = shown.map((line) => width(stripVTControlCharacters(line)))
	}

	/** Others have written below what was drawn: the next frame stands below that. */
	restart(): void {
		this.#drawn = []
	}

	/** Replaces what is there for good. */
	finish(lines: readonly string[]): void {
		this.#replace(lines)
		this.#drawn = []
	}

	#replace(lines: readonly string[]): void {
		// A terminal that became narrower has broken what was wider into several rows.
		const columns = Math.max(1, this.#terminal.columns)
		const rows = this.#drawn.reduce((sum, size) => sum + Math.max(1, Math.ceil(size / columns)), 0)
		const up = rows === 0 ? '' : `\x1b[${rows}A`
		this.#terminal.write(`\r${up}${lines.map((line) => `${line}${toLineEnd}\n`).join('')}${toScreenEnd}`)
	}
}
