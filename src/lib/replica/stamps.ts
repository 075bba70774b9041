// What the disk showed of many files when they were compared, as columns: an object for each would live as long as the round.
// Spares the round to read a record of each file once more before it is sent.
import type {DiskStamp} from '../core/entries/entry.js'
import {StampList} from '../core/entries/stamp-columns.js'
import type {RelPath} from '../core/paths.js'

export class Stamps {
	readonly #paths: RelPath[] = []
	readonly #stamps = new StampList()
	/** Where the last answer was. */
	#at = 0

	/** Paths come in path order. */
	add(path: RelPath, stamp: DiskStamp): void {
		this.#paths.push(path)
		this.#stamps.push(stamp)
	}

	/** undefined: not among them, or before one that was asked for already. */
	find(path: RelPath): DiskStamp | undefined {
		for (let next = this.#paths[this.#at]; next !== undefined && next < path; next = this.#paths[this.#at]) this.#at++
		return this.#paths[this.#at] === path ? this.#stamps.at(this.#at) : undefined
	}
}
