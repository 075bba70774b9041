// Drops a peer that sends a frame too slowly: one byte a second would occupy memory and a slot for ever.
// Ignores silence between frames: the session module has heartbeats.

/** In each window of `checks` × `checkMs` an unfinished frame must grow by `windowBytes`. */
export interface StallRule {
	readonly checkMs: number
	readonly checks: number
	readonly windowBytes: number
}

/** 1 KiB/s over 30 s: an eighth of the slowest supported line (64 kbit/s). */
export const defaultStallRule: StallRule = {checkMs: 5_000, checks: 6, windowBytes: 30 * 1024}

/** State of the channel: complete frames, bytes of the next one, and whether it reads. */
export interface Progress {
	readonly frames: number
	readonly pendingBytes: number
	readonly reading: boolean
}

/**
 * Calls `onStall` once if the rule is broken. Counts timer ticks instead of time: a suspended laptop or a blocked thread misses ticks, so
 * the peer is not blamed. Returns a function that stops it.
 */
export function guardStall(rule: StallRule, progressOf: () => Progress, onStall: () => void): () => void {
	let frames = -1
	let bytes = 0
	let ticks = 0
	const timer = setInterval(() => {
		const now = progressOf()
		if (now.pendingBytes === 0 || !now.reading || now.frames !== frames) {
			frames = now.pendingBytes > 0 && now.reading ? now.frames : -1
			bytes = now.pendingBytes
			ticks = 0
			return
		}
		if (++ticks < rule.checks) return
		if (now.pendingBytes - bytes < rule.windowBytes) {
			clearInterval(timer)
			onStall()
			return
		}
		bytes = now.pendingBytes
		ticks = 0
	}, rule.checkMs)
	timer.unref()
	return () => clearInterval(timer)
}
