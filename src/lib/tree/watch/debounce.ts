// Runs something once after a burst of events: when it is quiet, or when the burst lasts too long.
// Knows nothing of files.

export interface Clock {
	/** Milliseconds, never stepping back. */
	now(): number
	/** Calls `run` once after `ms`; returns how to call that off. */
	after(ms: number, run: () => void): () => void
}

const realClock: Clock = {
	now: () => performance.now(),
	after(ms, run) {
		const timer = setTimeout(run, ms)
		return () => clearTimeout(timer)
	},
}

export interface DebounceOptions {
	/** Quiet time after the last poke. */
	readonly quietMs: number
	/** Longest wait after the first poke under steady change. Default: five times `quietMs`. */
	readonly maxMs?: number
	readonly run: () => void
	readonly clock?: Clock
}

export class Debounce {
	readonly #quietMs: number
	readonly #maxMs: number
	readonly #run: () => void
	readonly #clock: Clock
	#firstMs = 0
	#lastMs = 0
	#cancel: (() => void) | undefined
	#closed = false

	constructor({quietMs, maxMs = 5 * quietMs, run, clock = realClock}: DebounceOptions) {
		this.#quietMs = quietMs
		this.#maxMs = maxMs
		this.#run = run
		this.#clock = clock
	}

	/** Something happened. Costs no timer within a burst. */
	poke(): void {
		if (this.#closed) return
		this.#lastMs = this.#clock.now()
		if (this.#cancel !== undefined) return
		this.#firstMs = this.#lastMs
		this.#arm()
	}

	/** Drops what is pending; later pokes do nothing. */
	close(): void {
		this.#closed = true
		this.#cancel?.()
		this.#cancel = undefined
	}

	#arm(): void {
		const dueMs = Math.min(this.#lastMs + this.#quietMs, this.#firstMs + this.#maxMs)
		this.#cancel = this.#clock.after(Math.max(0, dueMs - this.#clock.now()), () => {
			const nowMs = this.#clock.now()
			if (nowMs < this.#lastMs + this.#quietMs && nowMs < this.#firstMs + this.#maxMs) return this.#arm()
			this.#cancel = undefined
			this.#run()
		})
	}
}
