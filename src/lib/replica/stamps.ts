// What the disk showed of many files when they were compared, as columns: an object for each would live as long as the round.
// Spares the round to read a record of each file once more before it is sent.
import type {DiskStamp} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'

/** Numbers of a stamp. */
const width = 5

export class Stamps {
	readonly #paths: RelPath[] = []
	#numbers = new Float64Array(width * 1024)
	/** Where the last answer was. */
	#at = 0

	/** Paths come in path order. */
	add(path: RelPath, {size, mtimeMs, ctimeMs, ino, mode}: DiskStamp): void {
		const at = this.#paths.push(path) * width - width
		if (at === this.#numbers.length) {
			const larger = new Float64Array(2 * at)
			larger.set(this.#numbers)
			this.#numbers = larger
		}
		this.#numbers[at] = size
		this.#numbers[at + 1] = mtimeMs
		this.#numbers[at + 2] = ctimeMs
		this.#numbers[at + 3] = ino
		this.#numbers[at + 4] = mode
	}

	/** undefined: not among them, or before one that was asked for already. */
	find(path: RelPath): DiskStamp | undefined {
		for (let next = this.#paths[this.#at]; next !== undefined && next < path; next = this.#paths[this.#at]) this.#at++
		if (this.#paths[this.#at] !== path) return undefined
		const at = this.#at * width
		return {
			size: this.#number(at),
			mtimeMs: this.#number(at + 1),
			ctimeMs: this.#number(at + 2),
			ino: this.#number(at + 3),
			mode: this.#number(at + 4),
		}
	}

	#number(at: number): number {
		return this.#numbers[at] ?? 0
	}
}
