// Remembers the frame on the screen and writes only lines that differ.

/** Mode 2026: terminals that know it show a frame at once; others ignore it. */
const begin = '\x1b[?2026h'
const end = '\x1b[?2026l'

export class Renderer {
	readonly #write: (text: string) => void
	#shown: readonly string[] = []

	/** `write`: writes to a screen that does not wrap lines. */
	constructor(write: (text: string) => void) {
		this.#write = write
	}

	/** Shows `lines` from the first row on. Writes at most once. */
	draw(lines: readonly string[]): void {
		const changed = lines.flatMap((line, row) =>
			line === this.#shown[row] ? [] : [`\x1b[${row + 1};1H\x1b[2K${line}`],
		)
		const surplus = this.#shown.length > lines.length ? [`\x1b[${lines.length + 1};1H\x1b[J`] : []
		this.#shown = lines
		if (changed.length + surplus.length > 0) this.#write([begin, ...changed, ...surplus, end].join(''))
	}

	/** Clears the screen; the next frame is written completely. */
	clear(): void {
		this.#shown = []
		this.#write('\x1b[0m\x1b[2J')
	}
}
