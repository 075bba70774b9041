// Long lists cut into frames: bounded in rows and, roughly, in bytes. And the bound on what a peer's list may hold here.
import {getHeapStatistics} from 'node:v8'
import type {PlanStep} from '../core/plan/plan.js'
import {wireLimits} from '../wire/codes.js'
import {protocolFault} from '../wire/fault.js'
import {toJson} from '../wire/json.js'
import {encodeSteps} from '../wire/steps.js'
import type {Conversation} from './conversation.js'

/** Rows of one frame; with paths of the usual 50 to 200 bytes a frame stays well below its limit. */
const frameRows = 1000

/** A list takes some five times its frames' bytes as objects, and what is made from it as much again. */
const heapShare = 12

/**
 * The room for a peer's index or plan: a twelfth of the heap that this process may use, in bytes of frames. With Node's
 * usual 2 to 4 GB that is an index of 2 to 4 million paths; NODE_OPTIONS=--max-old-space-size=MB makes it larger.
 */
export class BulkRoom {
	readonly #what: string
	#leftBytes = Math.floor(getHeapStatistics().heap_size_limit / heapShare)

	constructor(what: string) {
		this.#what = what
	}

	/** Throws PROTOCOL when there is no room for so many bytes more. */
	take(bytes: number): void {
		this.#leftBytes -= bytes
		if (this.#leftBytes >= 0) return
		const heapMb = Math.floor(getHeapStatistics().heap_size_limit / 1024 / 1024)
		throw protocolFault(`${this.#what} too large for the ${heapMb} MB that this process may use`)
	}
}

/** Encodes `list` in batches; `encode` gives the rows of one frame, or its whole body. Halves a batch that came out too large. */
export function* encodeRows<T>(
	list: readonly T[],
	encode: (some: readonly T[]) => Uint8Array | readonly unknown[],
): Generator<Uint8Array, void> {
	for (let at = 0; at < list.length; at += frameRows) yield* encodeBatch(list.slice(at, at + frameRows), encode)
}

function* encodeBatch<T>(
	some: readonly T[],
	encode: (some: readonly T[]) => Uint8Array | readonly unknown[],
): Generator<Uint8Array, void> {
	const encoded = encode(some)
	const body = encoded instanceof Uint8Array ? encoded : toJson({items: encoded})
	if (body.byteLength < wireLimits.frameBytes || some.length === 1) {
		yield body
		return
	}
	const half = some.length >> 1
	yield* encodeBatch(some.slice(0, half), encode)
	yield* encodeBatch(some.slice(half), encode)
}

/** Sends the peer's part of a plan, or a batch of it. Steps come in path order. */
export async function sendSteps(conversation: Conversation, steps: readonly PlanStep[]): Promise<void> {
	for (const body of encodeRows(steps, encodeSteps)) {
		conversation.send('steps', body)
		await conversation.drained()
	}
}
