// How the screen may be drawn: which characters, and whether in colour. Knows every decorative character of the view and
// its ASCII stand-in; reads no environment of its own.
import type {Env} from '../../config/index.js'
import {width} from '../format.js'

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

/** `text` in ASCII, as wide as it was: foreign letters become `?`. */
export const ascii = (text: string): string =>
	text.replace(/[^\x20-\x7e]/gu, (char) => standIns[char] ?? '?'.repeat(width(char)))
