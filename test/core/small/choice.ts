// Which histories of a start are played, by their number from 0. Pure.
import type {Start} from './play.js'

export const countOf = ({laptop, phone}: Start): number => laptop.length * phone.length

/** Every `parts`th number below `total`, from `part` (1 to `parts`). */
export function* partOf(total: number, part = 1, parts = 1): Iterable<number> {
	for (let number = part - 1; number < total; number += parts) yield number
}

/** A number from 0 to below 1 that depends on the seed and the position alone. */
const random = (seed: number, at: number): number => {
	const mixed = Math.imul(Math.imul(at + 1, 0x9e3779b1) ^ seed, 0x85ebca6b)
	return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
}

/** `most` numbers below `total`, no two alike: one from each of as many equal stretches. All where there are no more. */
export function sampleOf(total: number, most: number, seed: number): number[] {
	if (most >= total) return [...partOf(total)]
	return Array.from({length: most}, (_, i) => {
		const [from, to] = [Math.floor((i * total) / most), Math.floor(((i + 1) * total) / most)]
		return from + Math.floor(random(seed, i) * (to - from))
	})
}
