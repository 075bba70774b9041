// Rows that need devices of their own run some at a time, so that the suite keeps both cores busy; each stays a test of its own.
import pLimit from 'p-limit'

/** Pairs at work at once: two processes each, which mostly wait for each other. */
const rowsAtOnce = 3

const limit = pLimit(rowsAtOnce)

export interface Job {
	readonly name: string
	readonly run: () => Promise<void>
	/** Why it cannot run here. */
	readonly skip?: string | undefined
}

/** Defines one test per job. All start when the first of them is due. */
export function concurrently(jobs: readonly Job[]): void {
	const work = new Map<string, Promise<void>>()
	before(() => {
		for (const {name, run, skip} of jobs) {
			if (work.has(name)) throw new Error(`two rows are called "${name}"`)
			if (skip !== undefined) continue
			const running = limit(run)
			// Its test awaits it; until then a failure is nobody's.
			running.catch(() => {})
			work.set(name, running)
		}
	})
	for (const {name, skip} of jobs) {
		const test = it(skip === undefined ? name : `${name} (${skip})`, async function () {
			if (skip !== undefined) this.skip()
			await work.get(name)
		})
		test.timeout(90_000)
	}
}
