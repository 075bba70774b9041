// Repeatable random numbers for the soak.

export class Chance {
	#state
	/** @param {number} seed */
	constructor(seed) {
		this.#state = seed >>> 0 || 1
	}

	/** An integer from 0 to `bound` - 1. @param {number} bound */
	below(bound) {
		this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
		return Math.floor((this.#state / 2 ** 32) * bound)
	}

	/** @template T @param {readonly T[]} list @returns {T | undefined} */
	pick(list) {
		return list[this.below(list.length)]
	}
}
