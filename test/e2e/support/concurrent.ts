// Work that several tests wait for runs a little ahead of them, so that both cores are busy while each stays a test of its own.
// Started is what is due and a few that follow it: a run with `--grep` does not run everything.
import pLimit from 'p-limit'

/** Pieces of work at once: mostly two processes each, of which one waits for the other. */
const atOnce = 3
/** So many pieces beyond the one that is due are begun (or wait for their turn). */
const ahead = 4

const limit = pLimit(atOnce)
const registered: (() => Promise<unknown>)[] = []

// With --grep some are begun that no test waits for.
after(() => limit.clearQueue())

/** Registers a piece of work, in the order of the tests. The function returned gives its result, starting it if need be. */
export function inTurn<T>(work: () => Promise<T>): () => Promise<T> {
	let running: Promise<T> | undefined
	const start = (): Promise<T> => {
		if (running === undefined) {
			running = limit(work)
			// Its test awaits it; until then a failure is nobody's.
			running.catch(() => {})
		}
		return running
	}
	const index = registered.push(start) - 1
	return () => {
		for (const next of registered.slice(index, index + 1 + ahead)) void next().catch(() => {})
		return start()
	}
}

export interface Job {
	readonly name: string
	readonly run: () => Promise<void>
	readonly timeoutMs?: number
	/** Why it cannot run here. */
	readonly skip?: string | undefined
}

/** Defines one test per job. */
export function concurrently(jobs: readonly Job[]): void {
	for (const {name, run, skip, timeoutMs = 90_000} of jobs) {
		const due = skip === undefined ? inTurn(run) : undefined
		it(skip === undefined ? name : `${name} (${skip})`, async function () {
			if (due === undefined) this.skip()
			else await due()
		}).timeout(timeoutMs)
	}
}
