// What a disk showed of many files, as one array of numbers: a stamp as an object takes seven times the memory. Pure.
import type {DiskStamp} from './entry.js'

/** Numbers of one stamp: size, mtimeMs, ctimeMs, ino, mode. */
export const stampWidth = 5

export function setStamp(columns: Float64Array, row: number, {size, mtimeMs, ctimeMs, ino, mode}: DiskStamp): void {
	const at = row * stampWidth
	columns[at] = size
	columns[at + 1] = mtimeMs
	columns[at + 2] = ctimeMs
	columns[at + 3] = ino
	columns[at + 4] = mode
}

export function stampIn(columns: Float64Array, row: number): DiskStamp {
	const at = row * stampWidth
	return {
		size: columns[at] ?? 0,
		mtimeMs: columns[at + 1] ?? 0,
		ctimeMs: columns[at + 2] ?? 0,
		ino: columns[at + 3] ?? 0,
		mode: columns[at + 4] ?? 0,
	}
}

export const sizeIn = (columns: Float64Array, row: number): number => columns[row * stampWidth] ?? 0

/** Stamps that come one after the other. */
export class StampList {
	#columns = new Float64Array(stampWidth * 64)
	#length = 0

	get length(): number {
		return this.#length
	}

	push(stamp: DiskStamp): void {
		if (this.#length * stampWidth === this.#columns.length) {
			const larger = new Float64Array(2 * this.#columns.length)
			larger.set(this.#columns)
			this.#columns = larger
		}
		setStamp(this.#columns, this.#length++, stamp)
	}

	at(row: number): DiskStamp {
		return stampIn(this.#columns, row)
	}

	/** All of them, as `stampIn` takes them. */
	get columns(): Float64Array {
		return this.#columns.subarray(0, this.#length * stampWidth)
	}
}
