// Warns about a peer whose clock is far off.

/** Offset from which on the user is warned (ms). */
const clockWarningMs = 60_000

/** The warning about a clock that is far off; undefined: it is not. */
export function clockWarning(offsetMs: number): string | undefined {
	if (Math.abs(offsetMs) < clockWarningMs) return undefined
	const minutes = Math.round(Math.abs(offsetMs) / 60_000)
	const side = offsetMs > 0 ? 'ahead of' : 'behind'
	return `the peer's clock is ${minutes} min ${side} this one; it is taken into account when a conflict is decided`
}
