// Finds the known word that a mistyped one means. Pure.

/** Number of edits (insert, delete, replace, swap neighbours) that turn `a` into `b`. Takes a.length × b.length steps. */
export function editDistance(a: string, b: string): number {
	let before: number[] = []
	let last = Array.from({length: b.length + 1}, (_, j) => j)
	for (let i = 1; i <= a.length; i++) {
		const row = [i]
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1]
			let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
			row.push(cost)
		}
		before = last
		last = row
	}
	return last[b.length] ?? 0
}

/** Longest word that is compared: bounds the cost of hostile input. */
const longestWord = 64

const bare = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/**
 * The word of `known` that is nearest to `word`; undefined: none is near. Ignores case, `_`, `-`, `.` and blanks, so `localDir` is
 * `local_dir` and `peer_host` is `peer.host`.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
	const wanted = bare(word)
	if (wanted === '' || word.length > longestWord) return undefined
	let best: string | undefined
	// At most one edit in three letters, and three in all.
	let bestDistance = Math.max(1, Math.min(3, Math.floor(wanted.length / 3))) + 0.75
	for (const candidate of known) {
		// `peer_cert` alone may mean `certs.peer_cert`; a top-level key of that name would be nearer.
		const last = candidate.slice(candidate.lastIndexOf('.') + 1)
		const distance = Math.min(editDistance(wanted, bare(candidate)), editDistance(wanted, bare(last)) + 0.5)
		if (distance < bestDistance) {
			best = candidate
			bestDistance = distance
		}
	}
	return best
}
