// Owns the totals of a page and of the whole index, kept up to date record by record.
import {entryKinds, type RecordBatch} from '../../core/entries/batch.js'

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

/** Sums up. */
export class Tally {
	files = 0
	folders = 0
	links = 0
	gone = 0
	bytes = 0

	constructor(start: Counts = noCounts) {
		this.addAll(start, 1)
	}

	/** Of a page; `oldestGone`: no tombstone of it is older (seconds since 1970), null without tombstones. */
	static of({columns: {kinds, sizes}}: RecordBatch): {readonly counts: Counts; readonly oldestGone: number | null} {
		const tally = new Tally()
		let oldestGone: number | null = null
		for (let row = 0; row < kinds.length; row++) {
			const size = sizes[row] ?? 0
			switch (kinds[row]) {
				case entryKinds.file:
					tally.files++
					tally.bytes += size
					break
				case entryKinds.dir:
					tally.folders++
					break
				case entryKinds.symlink:
					tally.links++
					break
				default:
					tally.gone++
					oldestGone = Math.min(oldestGone ?? size, size)
			}
		}
		return {counts: tally.counts(), oldestGone}
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
