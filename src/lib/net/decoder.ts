// Cuts a byte stream into frames `[u32 BE length of type + body][u8 type][body]`. Pure: buffers in, frames out.
// Never interprets a body; holds at most one frame.
import {FileSyncError} from '../errors/index.js'

export const headerBytes = 5

/** Largest frame (type and body, in bytes) before the hello raises it. */
export const defaultFrameBytes = 65_536

/** Largest frame ever, in bytes: the most that the decoder allocates because of a header. */
export const absoluteFrameBytes = 16 * 1024 * 1024

/** Bodies of this size or more get an ArrayBuffer of exactly their size, so that they can be transferred to a worker. */
export const ownBufferBytes = 65_536

/** Buffers kept for reuse: those of one credit window. */
const maxSpare = 8

/** Receives one frame; returns false to stop the decoder after it. */
export type TakeFrame = (type: number, body: Uint8Array) => boolean

export class FrameDecoder {
	/** Largest accepted `length`, 1 to `absoluteFrameBytes`. */
	maxFrameBytes = defaultFrameBytes
	/** Whole frames delivered so far. */
	frames = 0
	readonly #header = Buffer.alloc(headerBytes)
	/** Buffers for reuse, all of one size. */
	#spare: ArrayBuffer[] = []
	#headerFilled = 0
	#body: Buffer | undefined
	#bodyFilled = 0

	/** Bytes received of the unfinished frame; 0 between frames. */
	get pendingBytes(): number {
		return this.#headerFilled + this.#bodyFilled
	}

	/**
	 * Delivers the frames that `chunk` completes. Returns the number of bytes used: all of them, or fewer if `take` returned false; the
	 * caller passes the rest again later. Small bodies are views into `chunk`.
	 * @throws FileSyncError PROTOCOL for a length out of range; the decoder cannot be used afterwards.
	 */
	decode(chunk: Buffer, take: TakeFrame): number {
		let at = 0
		while (at < chunk.length) {
			if (this.#body === undefined) {
				at = this.#readHeader(chunk, at)
				if (this.#headerFilled < headerBytes) return at
				const bodyBytes = this.#header.readUInt32BE(0) - 1
				if (bodyBytes < ownBufferBytes && chunk.length - at >= bodyBytes) {
					const body = chunk.subarray(at, at + bodyBytes)
					at += bodyBytes
					if (!this.#give(body, take)) return at
					continue
				}
				this.#body = bodyBytes < ownBufferBytes ? Buffer.allocUnsafe(bodyBytes) : this.#ownBuffer(bodyBytes)
			}
			const body = this.#body
			const copied = chunk.copy(body, this.#bodyFilled, at)
			this.#bodyFilled += copied
			at += copied
			if (this.#bodyFilled === body.length && !this.#give(body, take)) return at
		}
		return at
	}

	/** Takes back the buffer of a body that its receiver no longer needs, to allocate and collect fewer of them. */
	recycle(buffer: ArrayBuffer): void {
		if (this.#spare[0]?.byteLength !== buffer.byteLength) this.#spare = []
		if (buffer.byteLength >= ownBufferBytes && this.#spare.length < maxSpare) this.#spare.push(buffer)
	}

	#ownBuffer(bodyBytes: number): Buffer {
		const spare = this.#spare[0]?.byteLength === bodyBytes ? this.#spare.pop() : undefined
		return spare === undefined ? Buffer.allocUnsafeSlow(bodyBytes) : Buffer.from(spare)
	}

	#readHeader(chunk: Buffer, start: number): number {
		let at = start
		while (this.#headerFilled < headerBytes && at < chunk.length) {
			this.#header[this.#headerFilled++] = chunk[at++] ?? 0
			if (this.#headerFilled === 4) this.#checkLength()
		}
		return at
	}

	#give(body: Uint8Array, take: TakeFrame): boolean {
		const type = this.#header[4] ?? 0
		this.#headerFilled = 0
		this.#bodyFilled = 0
		this.#body = undefined
		this.frames++
		return take(type, body)
	}

	#checkLength(): void {
		const length = this.#header.readUInt32BE(0)
		if (length >= 1 && length <= this.maxFrameBytes) return
		const found = this.frames === 0 ? guessSpeaker(this.#header.toString('latin1', 0, 4)) : undefined
		if (found !== undefined)
			throw new FileSyncError('PROTOCOL', `The other end ${found}, not this version's protocol`, [
				'run the same version of FileSync on both devices',
			])
		throw new FileSyncError('PROTOCOL', `A frame of ${length} bytes came in; 1 to ${this.maxFrameBytes} are allowed`, [
			'run the same version of FileSync on both devices',
		])
	}
}

/** Guesses the protocol from the first four bytes: as a length, printable text exceeds every limit. */
function guessSpeaker(start: string): string | undefined {
	if (/^[{[]["\s{[]/.test(start)) return 'looks like the original FileSync client (one JSON document per connection)'
	if (/^(GET |POST|HEAD|PUT |HTTP|OPTI|PRI )/.test(start)) return 'speaks HTTP'
	return undefined
}
