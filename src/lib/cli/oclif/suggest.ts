// Which words could a mistyped one have been? Pure.
import {nearest} from '../../config/nearest.js'

/** At most so many are offered. */
const most = 3
/** A shorter beginning says nothing; dashes do not count. */
const shortestBeginning = 2

/** The words of `known` that `word` begins, or that begin it; else the one that is spelt most alike, if one is. */
export function suggestions(word: string, known: readonly string[]): string[] {
	const bare = (text: string): string => text.replace(/^-+/, '')
	const typed = bare(word).toLowerCase()
	const begun =
		typed.length < shortestBeginning
			? []
			: known.filter(
					(one) => bare(one).startsWith(typed) || (bare(one).length > shortestBeginning && typed.startsWith(bare(one))),
				)
	if (begun.length > 0 && begun.length <= most) return begun
	const near = nearest(word, known)
	return near === undefined ? [] : [near]
}

/** `; did you mean A, B or C?`, or nothing. */
export function didYouMean(words: readonly string[], quote = ''): string {
	const quoted = words.map((word) => `${quote}${word}${quote}`)
	const last = quoted.pop()
	if (last === undefined) return ''
	return `; did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`
}
