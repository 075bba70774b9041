// One workload for one program: folders of its own, and a session that is made anew where the peer must be empty.
// Checks after every timed sync that both ends are equal, off the clock.
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {firstDifference} from './equal.js'
import {Lines} from './line.js'
import {touchPages} from './pages.js'

export class Lane {
	/** @type {import('./contenders.js').Timing[]} */
	timings = []
	/** @type {import('./contenders.js').Session | undefined} */
	#session
	#home
	#source
	#target
	#workload
	#lines
	#round = 0

	/** @param {string} home @param {import('./workloads.js').Workload} workload @param {import('./contenders.js').Contender} contender */
	constructor(home, workload, contender) {
		this.#home = home
		this.#workload = workload
		this.contender = contender
		this.#lines = new Lines(workload.line)
		this.#source = join(home, 'source')
		this.#target = join(home, 'target')
		mkdirSync(this.#source, {recursive: true})
		workload.tree.make(this.#source)
	}

	/** Its first time; NaN before it. */
	get firstMs() {
		return this.timings[0]?.ms ?? Number.NaN
	}

	/** @returns {Promise<import('./contenders.js').Timing>} */
	async time() {
		const {start, change, tree} = this.#workload
		const session = await this.#ready(start)
		const round = ++this.#round
		change?.(this.#source, round, tree.files)
		await session.refresh?.()
		if (start === 'empty') touchPages(this.#home, tree)
		return this.#timed(session)
	}

	/** To the target as it is, with nothing changed; the session's own state stays. Only after `time`. */
	async timeAgain() {
		if (this.#session === undefined) throw new Error('nothing was synced yet')
		await this.#session.refresh?.()
		return this.#timed(this.#session)
	}

	async close() {
		await this.#session?.close()
		await this.#lines.close()
		rmSync(this.#home, {recursive: true, force: true})
	}

	/** @param {import('./contenders.js').Session} session */
	async #timed(session) {
		const timing = await session.sync()
		const difference = firstDifference(this.#source, this.#target)
		if (difference !== undefined)
			throw new Error(`${this.contender.name} left both ends unequal in ${this.#workload.name}: ${difference}`)
		this.timings.push(timing)
		return timing
	}

	/** A session whose ends are as the workload wants them. @param {'empty' | 'synced'} start */
	async #ready(start) {
		if (start === 'synced' && this.#session !== undefined) return this.#session
		const session = await this.#renew()
		if (start === 'synced') {
			await session.sync()
			await session.rest?.()
		}
		return session
	}

	/** An empty target and a program without a past. */
	async #renew() {
		await this.#session?.close()
		this.#session = undefined
		await this.#lines.close()
		const state = join(this.#home, 'state')
		for (const folder of [this.#target, state]) {
			rmSync(folder, {recursive: true, force: true})
			mkdirSync(folder, {recursive: true})
		}
		const place = {
			home: state,
			source: this.#source,
			target: this.#target,
			workload: this.#workload,
			lines: this.#lines,
		}
		this.#session = await this.contender.open(place)
		return this.#session
	}
}
