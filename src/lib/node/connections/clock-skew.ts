// When the peer's clock is worth a word.

/** A clock this far off is worth a word, in ms. */
const clockWarningMs = 60_000

/** A word on a clock that is far off; undefined when it is not. */
export function clockWarning(offsetMs: number): string | undefined {
	if (Math.abs(offsetMs) < clockWarningMs) return undefined
	const minutes = Math.round(Math.abs(offsetMs) / 60_000)
	const side = offsetMs > 0 ? 'ahead of' : 'behind'
	return `the peer's clock is ${minutes} min ${side} this one; it is taken into account when a conflict is decided`
}
