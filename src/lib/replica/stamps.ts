// What the disk showed of many files when they were compared, as columns: an object for each would live as long as the round.
// Spares the round to read a record of each file once more before it is sent.
import type {DiskStamp} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'
import {setStamp, stampIn, stampWidth} from '../core/stamp-columns.js'

export class Stamps {
	readonly #paths: RelPath[] = []
	#columns = new Float64Array(stampWidth * 1024)
	/** Where the last answer was. */
	#at = 0

	/** Paths come in path order. */
	add(path: RelPath, stamp: DiskStamp): void {
		const row = this.#paths.push(path) - 1
		if (row * stampWidth === this.#columns.length) {
			const larger = new Float64Array(2 * this.#columns.length)
			larger.set(this.#columns)
			this.#columns = larger
		}
		setStamp(this.#columns, row, stamp)
	}

	/** undefined: not among them, or before one that was asked for already. */
	find(path: RelPath): DiskStamp | undefined {
		for (let next = this.#paths[this.#at]; next !== undefined && next < path; next = this.#paths[this.#at]) this.#at++
		return this.#paths[this.#at] === path ? stampIn(this.#columns, this.#at) : undefined
	}
}
