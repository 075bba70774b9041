// Finds known words that a mistyped one may mean. Pure.
import {nearest} from '../../config/nearest.js'

/** Suggestions at most. */
const most = 3
/** Letters that a beginning needs to be a match, without dashes. */
const shortestBeginning = 2

/** Words of `known` that begin with `word` or that `word` begins with; else the one with the most similar spelling, if any. */
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

/** `; did you mean A, B or C?`, or an empty text. */
export function didYouMean(words: readonly string[], quote = ''): string {
	const quoted = words.map((word) => `${quote}${word}${quote}`)
	const last = quoted.pop()
	if (last === undefined) return ''
	return `; did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`
}
