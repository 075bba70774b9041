// How deep a JSON text is nested, told before it is parsed: JSON.parse has no bound, and takes 40 bytes and more for each level. Pure.

/** Where a JSON string ends that begins at `at`, its quotation mark; the end of the text where it has no end. */
function endOfString(text: string, at: number): number {
	let end = text.indexOf('"', at + 1)
	while (end > 0) {
		let backslashes = 0
		while (text.charCodeAt(end - 1 - backslashes) === 92) backslashes++
		if (backslashes % 2 === 0) return end
		end = text.indexOf('"', end + 1)
	}
	return text.length
}

/** How deep lists and objects stand in one another, whether or not the text is JSON. */
export function jsonDepth(text: string): number {
	let depth = 0
	let deepest = 0
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i)
		if (c === 34) i = endOfString(text, i)
		else if (c === 91 || c === 123) deepest = Math.max(deepest, ++depth)
		else if (c === 93 || c === 125) depth--
	}
	return deepest
}
