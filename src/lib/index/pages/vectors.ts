// Owns version vectors as they lie in a page: a table per page, each vector a flat list [device, counter, …] of
// small integers, so that a record holds one integer. Equal vectors are one object in memory, across pages.
import {type DeviceId, parseDeviceId, type VersionVector} from '../../core/versions.js'
import {Damage, elements, isCount} from '../store/checks.js'

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

/** The vectors of one page while it is written; `indexOf` adds what is not there yet. */
export class VectorTable {
	readonly vectors: VersionVector[]
	readonly #byKey = new Map<string, number>()
	#last: VersionVector | undefined
	#lastIndex = 0

	constructor(vectors: readonly VersionVector[] = []) {
		this.vectors = [...vectors]
		for (const [index, vector] of vectors.entries()) this.#byKey.set(keyOf(vector), index)
	}

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

/** [devices, flat vectors], for JSON. */
export function encodeVectors(vectors: readonly VersionVector[]): [readonly DeviceId[], readonly number[][]] {
	const devices = new Map<DeviceId, number>()
	const flat = vectors.map((vector) =>
		vector.flatMap(([device, counter]) => {
			const index = devices.get(device) ?? devices.size
			devices.set(device, index)
			return [index, counter]
		}),
	)
	return [[...devices.keys()], flat]
}

/** What `encodeVectors` made, checked. Throws Damage. */
export function decodeVectors(devices: unknown, flat: unknown, interner: Interner): readonly VersionVector[] {
	const ids = elements(devices, 'a device table').map((id) => {
		const device = typeof id === 'string' ? parseDeviceId(id) : undefined
		if (device === undefined) throw new Damage('a device table holds what is no device id')
		return device
	})
	return elements(flat, 'a vector table').map((numbers) => {
		const list = elements(numbers, 'a version vector')
		const vector: (readonly [DeviceId, number])[] = []
		for (let i = 0; i < list.length; i += 2) {
			const index = list[i]
			const counter = list[i + 1]
			const device = isCount(index) ? ids[index] : undefined
			const before = vector.at(-1)
			if (device === undefined || !isCount(counter) || counter < 1 || (before !== undefined && before[0] >= device))
				throw new Damage('a version vector is malformed')
			vector.push([device, counter])
		}
		return interner.intern(vector)
	})
}
