// Finds what belongs to a step by the step's id, without a table: one of 100,000 entries takes 8 MB and is copied each time it grows. Pure.
import type {PlanStep} from './plan.js'

/**
 * Items by whole numbers that no two of them share. The ids of a plan rise with its paths but for conflict copies, so nearly always
 * there is nothing to sort, and where one side alone has steps an item stands right where its id says.
 */
export class ById<T> {
	/** In the order of their ids. */
	readonly items: readonly T[]
	readonly #idOf: (item: T) => number

	/** `list` must not change any more. */
	constructor(list: readonly T[], idOf: (item: T) => number) {
		this.#idOf = idOf
		let last = Number.NEGATIVE_INFINITY
		let rises = true
		for (const item of list) {
			const id = idOf(item)
			rises &&= id > last
			last = id
		}
		this.items = rises ? list : [...list].sort((a, b) => idOf(a) - idOf(b))
	}

	/** Where among `items` the one with this id stands; -1: there is none. */
	placeOf(id: number): number {
		const {items} = this
		const [first] = items
		if (first === undefined) return -1
		let low = 0
		// As ids are whole and distinct, no item stands farther up than its id lies above the first.
		let high = Math.min(items.length - 1, id - this.#idOf(first))
		let place = high
		while (low <= high) {
			const item = items[place]
			const found = item === undefined ? id : this.#idOf(item)
			if (found === id) return item === undefined ? -1 : place
			if (found < id) low = place + 1
			else high = place - 1
			place = (low + high) >> 1
		}
		return -1
	}

	get(id: number): T | undefined {
		return this.items[this.placeOf(id)]
	}

	has(id: number): boolean {
		return this.placeOf(id) >= 0
	}
}

export const byStepId = (steps: readonly PlanStep[]): ById<PlanStep> => new ById(steps, ({id}) => id)
