// A pack as it comes from the peer: its rows, and which of its contents are what the plan speaks of. Pure.
import type {Fault, Hash} from '../../core/entry.js'
import type {PutStep} from '../../core/plan.js'
import type {TaskResult} from '../../tree/tasks.js'

/** The contents of a pack but for those of some rows. */
export function withoutLost(sizes: Uint32Array, contents: Uint8Array, lost: ReadonlySet<number>): Uint8Array {
	const parts: Uint8Array[] = []
	let offset = 0
	for (const [row, size] of sizes.entries()) {
		if (!lost.has(row)) parts.push(contents.subarray(offset, offset + size))
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
