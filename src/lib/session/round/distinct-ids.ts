// Whether a peer's plan has two steps of one id. Ids that rise are distinct by that alone; a set is made of them only when one does not.

export class DistinctIds {
	/** Those that rose. */
	readonly #risen: number[] = []
	readonly #after: number
	#last: number
	#all: Set<number> | undefined

	/** `after`: the highest id of the parts of the plan that came before; what is not above it is taken. */
	constructor(after = -1) {
		this.#after = after
		this.#last = after
	}

	/** The highest of all; `after` where there is none. */
	get highest(): number {
		let highest = this.#last
		for (const id of this.#all ?? []) if (id > highest) highest = id
		return highest
	}

	/** False: it was added before. */
	add(id: number): boolean {
		if (id <= this.#after) return false
		if (this.#all === undefined && id > this.#last) {
			this.#last = id
			this.#risen.push(id)
			return true
		}
		this.#all ??= new Set(this.#risen)
		const before = this.#all.size
		return this.#all.add(id).size > before
	}
}
