// The files of a pack of small contents as columns, from the thread that reads them over the wire to the one that writes them: 100,000
// objects would cost more than to read 100,000 files. Pure.
import {hashBytes} from './batch.js'
import type {Fault} from './entry.js'

/** What went wrong with some of many rows: rising row numbers. Empty nearly always. */
export type RowFaults = readonly (readonly [row: number, fault: Fault])[]

/** A row for each file, in the order of their contents. */
export interface PackRows {
	/** Of the steps that want them. */
	readonly ids: Uint32Array
	/** Bytes of each content; 0 in a row with a fault. */
	readonly sizes: Uint32Array
	/** SHA-256 of each content, `hashBytes` a row; zeros in a row with a fault. */
	readonly hashes: Uint8Array
	/** Contents that cannot be sent, and why. */
	readonly faults: RowFaults
}

/** The one row of a content that cannot be sent. */
export const faultRow = (id: number, fault: Fault): PackRows => ({
	ids: Uint32Array.of(id),
	sizes: new Uint32Array(1),
	hashes: new Uint8Array(hashBytes),
	faults: [[0, fault]],
})

/** Gives the fault of a row, if it has one. Asked in rising order. */
export function faultsIn(faults: RowFaults): (row: number) => Fault | undefined {
	let at = 0
	return (row) => {
		const next = faults[at]
		if (next === undefined || next[0] !== row) return undefined
		at++
		return next[1]
	}
}
