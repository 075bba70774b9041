// A pack as it comes from the peer, set against the plan: which of its contents are those that the plan speaks of. Pure.
import {hashAt, hashBytes} from '../../core/entries/batch.js'
import type {Fault, FileState, Hash} from '../../core/entries/entry.js'
import {faultsIn, type PackRows} from '../../core/entries/pack-rows.js'
import type {PutStep} from '../../core/plan/plan.js'
import type {FileRows, TaskResult} from '../../tree/index.js'
import type {PreparedPut} from './expected-contents.js'
import {fileRows} from './tasks.js'

export interface CheckedPack {
	/** What is to be written: the files, and their contents one after the other. */
	readonly rows: FileRows
	readonly bytes: Uint8Array
	/** How their paths will be, by id. */
	readonly states: ReadonlyMap<number, FileState>
	readonly lost: readonly TaskResult[]
}

/** `take`: the step of an id whose content is expected. undefined: nobody asked for one of the contents. */
export function checkedPack(
	pack: PackRows,
	contents: Uint8Array,
	take: (id: number) => PreparedPut | undefined,
): CheckedPack | undefined {
	const {ids, sizes, hashes} = pack
	const faultOf = faultsIn(pack.faults)
	const items: PreparedPut[] = []
	const states = new Map<number, FileState>()
	const lost: TaskResult[] = []
	const lostRows = new Set<number>()
	for (const [row, id] of ids.entries()) {
		const item = take(id)
		if (item === undefined) return undefined
		const hash = hashAt(hashes, row)
		const fault = faultOf(row) ?? mismatch(item.step, {size: sizes[row] ?? 0, hash})
		if (fault === undefined) {
			items.push(item)
			states.set(id, stateWith(item.step, hash))
		} else {
			lost.push(failure(id, fault))
			lostRows.add(row)
		}
	}
	if (lost.length === 0) return {rows: fileRows(items, hashes), bytes: contents, states, lost}
	const left = withoutLost(hashes, new Uint32Array(ids.length).fill(hashBytes), lostRows)
	return {rows: fileRows(items, left), bytes: withoutLost(contents, sizes, lostRows), states, lost}
}

/** How a path will be once a content with this hash stands there. Written out key by key: see `stepTo` in core/plan/plan. */
export function stateWith({state}: PutStep, hash: Hash): FileState {
	const {kind, size, mtime, mode} = state
	return state.hash === null ? {kind, size, mtime, mode, hash} : state
}

/** The bytes of all rows but the lost ones. */
function withoutLost(bytes: Uint8Array, sizes: Uint32Array, lost: ReadonlySet<number>): Uint8Array {
	const parts: Uint8Array[] = []
	let offset = 0
	for (const [row, size] of sizes.entries()) {
		if (!lost.has(row)) parts.push(bytes.subarray(offset, offset + size))
		offset += size
	}
	return Buffer.concat(parts)
}

/** Why a content that came is not the one the plan speaks of. */
export function mismatch(step: PutStep, {size, hash}: {readonly size: number; readonly hash: Hash}): Fault | undefined {
	if (size !== step.state.size)
		return {code: 'SIZE', message: `${size} bytes came where the plan says ${step.state.size}`}
	if (step.state.hash !== null && hash !== step.state.hash)
		return {code: 'HASH', message: 'its content is not the one announced'}
	return undefined
}

/** The result of a step whose content did not come as it should. */
export const failure = (id: number, fault: Fault): TaskResult => ({id, fault, disk: null, kept: null})
