// When bytes that enter a slow line come out of it: a fixed delay, and a rate that all connections of one direction share.
// Pure: the clock is an argument.

/** Ethernet's usual payload; a line with a rate lets bytes out in such pieces. */
const pieceBytes = 1500

export class Pace {
	#delayMs
	#bytesPerMs
	/** When the line has sent everything that entered it. */
	#freeAtMs = 0

	/** @param {{delayMs: number, mbitPerSec?: number | undefined}} line one way; no rate: none but the machine's */
	constructor({delayMs, mbitPerSec = Number.POSITIVE_INFINITY}) {
		this.#delayMs = delayMs
		this.#bytesPerMs = (mbitPerSec * 1e6) / 8 / 1000
	}

	/** When a piece that enters now has come out, in ms of the caller's clock. @param {number} nowMs @param {number} bytes */
	dueMs(nowMs, bytes) {
		this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + bytes / this.#bytesPerMs
		return this.#freeAtMs + this.#delayMs
	}

	/** A chunk as the line carries it: whole, or in small pieces when there is a rate. @param {Buffer} chunk */
	*pieces(chunk) {
		const step = Number.isFinite(this.#bytesPerMs) ? pieceBytes : chunk.length
		for (let at = 0; at < chunk.length; at += step) yield chunk.subarray(at, at + step)
	}
}
