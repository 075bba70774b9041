// Lets a sync wait until its node has a connection again. Woken by the connections, without polling.

export class ConnectedWait {
	readonly #waiting = new Set<() => void>()

	/** A connection may be open now: every waiter checks `isConnected` again. */
	announce(): void {
		for (const wake of [...this.#waiting]) wake()
	}

	/** Resolves when `isConnected()` is true, after `mostMs`, or when the signal is aborted. Never rejects. */
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
