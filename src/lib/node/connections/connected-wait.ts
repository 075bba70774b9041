// Lets a sync wait until its node has a connection again. The connections wake it; no clock asks.

export class ConnectedWait {
	readonly #waiting = new Set<() => void>()

	/** A connection may stand now: everyone who waits asks `isConnected` again. */
	announce(): void {
		for (const wake of [...this.#waiting]) wake()
	}

	/** Resolves when `isConnected()` holds, after `mostMs`, or when the signal is aborted. Never rejects. */
	until(isConnected: () => boolean, mostMs: number, signal: AbortSignal): Promise<void> {
		if (isConnected() || signal.aborted) return Promise.resolve()
		return new Promise((resolve) => {
			const end = (): void => {
				clearTimeout(timer)
				this.#waiting.delete(wake)
				signal.removeEventListener('abort', end)
				resolve()
			}
			const wake = (): void => {
				if (isConnected()) end()
			}
			const timer = setTimeout(end, mostMs)
			signal.addEventListener('abort', end)
			this.#waiting.add(wake)
		})
	}
}
