// Owns the totals of a page and of the whole index, kept up to date record by record.
import type {State} from '../../core/entry.js'

export interface Counts {
	readonly files: number
	readonly folders: number
	readonly links: number
	/** Tombstones. */
	readonly gone: number
	/** Sum of the sizes of all files. */
	readonly bytes: number
}

export const noCounts: Counts = {files: 0, folders: 0, links: 0, gone: 0, bytes: 0}

/** Sums up while a page is built. */
export class Tally {
	files = 0
	folders = 0
	links = 0
	gone = 0
	bytes = 0

	constructor(start: Counts = noCounts) {
		this.addAll(start, 1)
	}

	/** `sign` −1 takes the state out again. */
	add(state: State, sign: 1 | -1 = 1): this {
		switch (state.kind) {
			case 'file':
				this.files += sign
				this.bytes += sign * state.size
				break
			case 'dir':
				this.folders += sign
				break
			case 'symlink':
				this.links += sign
				break
			case 'gone':
				this.gone += sign
		}
		return this
	}

	addAll(counts: Counts, sign: 1 | -1): this {
		this.files += sign * counts.files
		this.folders += sign * counts.folders
		this.links += sign * counts.links
		this.gone += sign * counts.gone
		this.bytes += sign * counts.bytes
		return this
	}

	/** A copy that no longer changes. */
	counts(): Counts {
		const {files, folders, links, gone, bytes} = this
		return {files, folders, links, gone, bytes}
	}
}
