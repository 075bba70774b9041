// Whether a peer's plan has two steps of one id. Ids that rise are distinct by that alone; a set is made of them only when one does not.

export class DistinctIds {
	/** Those that rose. */
	readonly #risen: number[] = []
	#last = Number.NEGATIVE_INFINITY
	#all: Set<number> | undefined

	/** False: it was added before. */
	add(id: number): boolean {
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
