// Owns one thing: that tasks run one after another, in the order in which they were asked for.

export class Serial {
	#tail: Promise<unknown> = Promise.resolve()

	/** Runs `task` when all before it have ended, well or not. */
	run<T>(task: () => T | Promise<T>): Promise<T> {
		const result = this.#tail.then(task)
		this.#tail = result.catch(() => undefined)
		return result
	}
}
