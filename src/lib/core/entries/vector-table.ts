// Equal version vectors made one: a table for the rows of a batch, and one object in memory across batches. Pure.
import type {VersionVector} from './versions.js'

/** Bound of remembered vectors; a first scan makes one, years of edits some thousands. Beyond it: start afresh. */
const internBound = 8192

/** Makes equal vectors one object. A bounded cache: forgetting one costs memory, never correctness. */
export class Interner {
	readonly #known = new Map<string, VersionVector>()

	intern(vector: VersionVector): VersionVector {
		const key = keyOf(vector)
		const known = this.#known.get(key)
		if (known !== undefined) return known
		if (this.#known.size >= internBound) this.#known.clear()
		this.#known.set(key, vector)
		return vector
	}
}

function keyOf(vector: VersionVector): string {
	let key = ''
	for (const [device, counter] of vector) key += `${device}${counter},`
	return key
}

/** The vectors of a batch while it is built; `indexOf` adds what is not there yet. */
export class VectorTable {
	readonly vectors: VersionVector[] = []
	readonly #byKey = new Map<string, number>()
	#last: VersionVector | undefined
	#lastIndex = 0

	indexOf(vector: VersionVector): number {
		if (vector === this.#last) return this.#lastIndex
		const key = keyOf(vector)
		let index = this.#byKey.get(key)
		if (index === undefined) {
			index = this.vectors.push(vector) - 1
			this.#byKey.set(key, index)
		}
		this.#last = vector
		this.#lastIndex = index
		return index
	}
}
