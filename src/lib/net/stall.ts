// Drops a peer that began a frame and then trickles: "one byte a second" would hold memory and a slot for ever.
// Silence between frames is not judged here; heartbeats are the session's.

/** In each window of `checks` × `checkMs` an unfinished frame must grow by `windowBytes`. */
export interface StallRule {
	readonly checkMs: number
	readonly checks: number
	readonly windowBytes: number
}

/** 1 KiB/s over 30 s: a tenth of what the slowest supported line (64 kbit/s) brings. */
export const defaultStallRule: StallRule = {checkMs: 5_000, checks: 6, windowBytes: 30 * 1024}

/** What the guard looks at: how many frames are complete, how much of the next one is here, and whether we read. */
export interface Progress {
	readonly frames: number
	readonly pendingBytes: number
	readonly reading: boolean
}

/**
 * Calls `onStall` once when the rule is broken. Counts ticks instead of time, so that a suspended laptop or a
 * blocked thread, on which one tick passes, is not taken for a slow peer. Returns the function that stops it.
 */
export function guardStall(rule: StallRule, look: () => Progress, onStall: () => void): () => void {
	let frames = -1
	let bytes = 0
	let ticks = 0
	const timer = setInterval(() => {
		const now = look()
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
