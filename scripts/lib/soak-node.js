// One node of the soak: the real program, started, killed and measured.
import {spawn} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {bin} from './demo-pair.js'

/** Growth between the first and the last third of the time without kills that counts as a leak. */
const leak = {memory: 1.25, memoryMb: 40, descriptors: 10}

/** @typedef {{memoryMb: number, descriptors: number}} Sample */

export class SoakNode {
	#node
	/** @type {import('node:child_process').ChildProcess | undefined} */
	#child
	/** @type {Promise<number | null>} */
	#exit = Promise.resolve(null)
	#stopping = false
	#said = ''
	/** Samples of the process that lives to the end. @type {Sample[]} */
	#samples = []
	#peakMb = 0
	role
	/** Not null: it ended although nobody asked it to. @type {string | null} */
	ended = null

	/** @param {{config: string, env: NodeJS.ProcessEnv}} node @param {'serve' | 'watch'} role */
	constructor(node, role) {
		this.#node = node
		this.role = role
	}

	async start() {
		const {config, env} = this.#node
		this.#stopping = false
		const child = spawn(process.execPath, [bin, this.role, '--config', config], {
			env,
			stdio: ['ignore', 'pipe', 'pipe'],
		})
		this.#child = child
		this.#said = ''
		const hear = (/** @type {string} */ text) => {
			this.#said = (this.#said + text).slice(-4000)
		}
		child.stdout.setEncoding('utf8').on('data', hear)
		child.stderr.setEncoding('utf8').on('data', hear)
		this.#exit = new Promise((resolve) => child.once('close', (code) => resolve(code)))
		void this.#exit.then((code) => {
			if (!this.#stopping && this.#child === child) this.ended = `code ${code}; it said ${this.#said}`
		})
	}

	async kill() {
		this.#stopping = true
		this.#child?.kill('SIGKILL')
		await this.#exit
	}

	async stop() {
		this.#stopping = true
		this.#child?.kill('SIGTERM')
		return this.#exit
	}

	/** @param {number} _atMs @param {boolean} counts */
	sample(_atMs, counts) {
		const pid = this.#child?.pid
		try {
			const memoryMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000
			this.#peakMb = Math.max(this.#peakMb, memoryMb)
			if (counts) this.#samples.push({memoryMb, descriptors: readdirSync(`/proc/${pid}/fd`).length})
		} catch {
			// The process was just killed, or this is not Linux.
		}
	}

	/** Medians of the first and the last third. @param {(sample: Sample) => number} of */
	#thirds(of) {
		const third = Math.ceil(this.#samples.length / 3)
		const median = (/** @type {Sample[]} */ some) =>
			some.map(of).sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
		return [median(this.#samples.slice(0, third)), median(this.#samples.slice(-third))]
	}

	isFlat() {
		const [early = 0, late = 0] = this.#thirds(({memoryMb}) => memoryMb)
		const [few = 0, many = 0] = this.#thirds(({descriptors}) => descriptors)
		return late <= Math.max(early * leak.memory, early + leak.memoryMb) && many <= few + leak.descriptors
	}

	report() {
		const [early = 0, late = 0] = this.#thirds(({memoryMb}) => memoryMb)
		const [few = 0, many = 0] = this.#thirds(({descriptors}) => descriptors)
		return {
			memory: `${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late, ${this.#peakMb.toFixed(0)} MB at most`,
			descriptors: `${few} early, ${many} late`,
		}
	}
}
