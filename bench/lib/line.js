// Slow lines between two ends: starts the proxy processes of one session and ends them. No line: straight to the port.
import {fileURLToPath} from 'node:url'
import {forkProgram} from './programs.js'

const proxy = fileURLToPath(new URL('proxy.js', import.meta.url))

export class Lines {
	#line
	/** @type {Awaited<ReturnType<typeof forkProgram>>[]} */
	#open = []

	/** @param {import('./workloads.js').Line | undefined} line */
	constructor(line) {
		this.#line = line
	}

	/** The port that leads to `targetPort` over the line. @param {number} targetPort @returns {Promise<number>} */
	async to(targetPort) {
		if (this.#line === undefined) return targetPort
		const program = await forkProgram(proxy, [JSON.stringify({targetPort, ...this.#line})])
		this.#open.push(program)
		return program.first['port'] ?? 0
	}

	async close() {
		for (const {stop} of this.#open.splice(0)) await stop()
	}
}
