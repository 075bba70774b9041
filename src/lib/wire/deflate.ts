// Frames of many rows, deflated: a row of a path shares most of it with the rows around it. Contents stay as they are.
import {deflateRawSync, inflateRawSync} from 'node:zlib'
import {type FrameName, type FrameType, frame, wireLimits} from './codes.js'
import {protocolFault} from './fault.js'

/** What a side says in its greeting that takes `deflated` frames. */
export const deflateFeature = 'deflate'

const bulky: readonly FrameName[] = [
	'records',
	'look',
	'looked',
	'steps',
	'prepared',
	'fetch',
	'applied',
	'settle',
	'settled',
	'pending',
	'report',
]
const bulkyTypes: ReadonlySet<number> = new Set(bulky.map((name) => frame[name]))

/** A frame below so many bytes goes as it is: it fits into a packet as it does deflated. */
const leastBytes = 512

/**
 * Level 1: 80 to 180 MB/s on one core, to 0.08 of the size, 0.41 where each row has a hash. Level 6: half as fast, 0.39. Each frame
 * is deflated by itself, so it is memory never touched before that it takes: 40 kB, in which 60 kB of rows take a third of the time
 * that they take in 268 kB, and come out smaller.
 */
const options = {level: 1, memLevel: 5, windowBits: 13} as const

/** The body of the `deflated` frame for this one; undefined: it goes as it is. */
export function deflated(type: FrameType, body: Uint8Array): Uint8Array | undefined {
	if (body.byteLength < leastBytes || !bulkyTypes.has(type)) return undefined
	const packed = deflateRawSync(body, options)
	if (packed.byteLength + 1 >= body.byteLength) return undefined
	const whole = new Uint8Array(packed.byteLength + 1)
	whole[0] = type
	whole.set(packed, 1)
	return whole
}

/** The frame inside. Throws PROTOCOL for one that cannot be, or whose body would pass the limit of a frame. */
export function inflated(body: Uint8Array): {readonly type: number; readonly body: Uint8Array} {
	const type = body[0] ?? 0
	if (!bulkyTypes.has(type)) throw protocolFault(`a deflated frame of type ${type}`)
	try {
		return {type, body: inflateRawSync(body.subarray(1), {maxOutputLength: wireLimits.frameBytes})}
	} catch {
		throw protocolFault('a deflated frame that is damaged or too large')
	}
}
