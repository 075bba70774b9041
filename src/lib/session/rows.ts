// Long lists cut into frames: bounded in rows and, roughly, in bytes.
import {wireLimits} from '../wire/codes.js'
import {toJson} from '../wire/json.js'

/** Rows of one frame; with paths of the usual 50 to 200 bytes a frame stays well below its limit. */
const frameRows = 1000

/** Encodes `list` in portions; `encode` gives the rows of one frame, or its whole body. Halves a portion that came out too large. */
export function* encodeRows<T>(
	list: readonly T[],
	encode: (some: readonly T[]) => Uint8Array | readonly unknown[],
): Generator<Uint8Array, void> {
	for (let at = 0; at < list.length; at += frameRows) yield* encodePortion(list.slice(at, at + frameRows), encode)
}

function* encodePortion<T>(
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
	yield* encodePortion(some.slice(0, half), encode)
	yield* encodePortion(some.slice(half), encode)
}
