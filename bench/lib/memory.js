// Peak memory of programs and of what they start: the kernel's peak of each process (VmHWM), summed per side. Linux
// only; elsewhere every peak is 0. Pages that two processes share count twice.
import {readFileSync, writeFileSync} from 'node:fs'
import {peakKbOf} from '../../scripts/lib/demo-pair.js'

/** How often it is looked, in ms: the kernel forgets a peak with its process. */
export const sampleMs = 20

/** Processes started by this one. @param {number} pid @returns {number[]} */
function childrenOf(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
		return text.split(' ').filter(Boolean).map(Number)
	} catch {
		return []
	}
}

/** Lets the kernel begin a new peak for a process that stays. @param {number | undefined} pid */
export function forgetPeak(pid) {
	try {
		writeFileSync(`/proc/${pid}/clear_refs`, '5')
	} catch {
		// Not Linux, or not allowed: the peak then is that of its whole life.
	}
}

/** Peaks of process trees, from `watch` to `end`. Processes count together while they live at the same time. */
export class TreePeaks {
	/** @type {Map<string, {root: number, below: boolean, highestKb: number}>} */
	#sides = new Map()
	#timer = setInterval(() => this.#look(), sampleMs)

	/**
	 * `below`: what the root starts counts, the root does not.
	 * @param {string} side @param {number} root pid @param {{below?: boolean}} [options]
	 */
	watch(side, root, {below = false} = {}) {
		this.#sides.set(side, {root, below, highestKb: 0})
		if (!below) forgetPeak(root)
	}

	/** kB of each side. @returns {Record<string, number>} */
	end() {
		this.#look()
		clearInterval(this.#timer)
		return Object.fromEntries([...this.#sides].map(([side, {highestKb}]) => [side, highestKb]))
	}

	#look() {
		for (const side of this.#sides.values()) {
			let sumKb = 0
			const todo = side.below ? childrenOf(side.root) : [side.root]
			for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
				sumKb += peakKbOf(pid)
				todo.push(...childrenOf(pid))
			}
			side.highestKb = Math.max(side.highestKb, sumKb)
		}
	}
}
