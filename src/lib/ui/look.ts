// How the screen may be drawn: which characters, and whether in colour. Knows every decorative character of the view and
// its ASCII stand-in; reads no environment of its own.
import type {Env} from '../config/index.js'
import {split, width} from './format.js'

export interface Look {
	/** False: nothing but ASCII is written. */
	readonly unicode: boolean
	/** False: no SGR at all, neither bold nor dim. */
	readonly colour: boolean
}

/** `colourDepth`: bits, as `tty.WriteStream.getColorDepth(env)` gives it; it heeds NO_COLOR, FORCE_COLOR and TERM. */
export function lookOf(env: Env, colourDepth: number): Look {
	const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
	// A locale that is not set says nothing. The font of the Linux console lacks the eighth blocks.
	const unicode = (locale === '' || /utf-?8/i.test(locale)) && env['TERM'] !== 'linux'
	return {unicode, colour: colourDepth > 1}
}

/** One column each, on both sides. */
const standIns: Readonly<Record<string, string>> = {
	'─': '-',
	'━': '=',
	'╸': '>',
	'▸': '>',
	'▏': '_',
	'…': '~',
	'·': '.',
	'–': '-',
	'→': '>',
	'↑': '^',
	'↓': 'v',
	'●': '*',
	'○': 'o',
	'◌': '~',
	'✗': 'x',
	'✓': '+',
	'▁': ':',
	'▂': '-',
	'▃': '=',
	'▄': '+',
	'▅': 'o',
	'▆': '*',
	'▇': '#',
}

const foreign = /[^\x20-\x7e]/gu

/** `text` in ASCII, as wide as it was: foreign letters become `?`. */
export const ascii = (text: string): string => (text.search(foreign) < 0 ? text : split(text).map(asciiOf).join(''))

/** Of one grapheme: its parts may be wider each for itself than together. */
function asciiOf(grapheme: string): string {
	const shown = grapheme.replace(foreign, (char) => standIns[char] ?? '?'.repeat(width(char)))
	return shown.length === width(grapheme) ? shown : '?'.repeat(width(grapheme))
}
