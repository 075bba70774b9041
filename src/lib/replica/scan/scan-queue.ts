// A scan's rows on their way from the thread that looks to whoever takes them, batch by batch. Holds what was not taken yet;
// columns take some 100 bytes a path, so it needs no bound of its own: a scan that nobody takes from is held whole.
import type {ScanColumns} from '../../tree/index.js'

/** For one reader. */
export class ScanQueue implements AsyncIterable<ScanColumns> {
	readonly #waiting: ScanColumns[] = []
	#end: 'open' | 'ended' | {readonly error: unknown} = 'open'
	#wake: () => void = () => {}

	push(columns: ScanColumns): void {
		this.#waiting.push(columns)
		this.#wake()
	}

	/** `columns`: the last ones. */
	end(columns: ScanColumns): void {
		this.#end = 'ended'
		this.push(columns)
	}

	/** The reader hears of it at once: what still waits is worth nothing. */
	fail(error: unknown): void {
		this.#end = {error}
		this.#wake()
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<ScanColumns, void> {
		for (;;) {
			if (typeof this.#end === 'object') throw this.#end.error
			const next = this.#waiting.shift()
			if (next !== undefined) yield next
			else if (this.#end === 'ended') return
			else
				await new Promise<void>((resolve) => {
					this.#wake = resolve
				})
		}
	}
}
