// Which characters a terminal can show, and whether in colour. Has the ASCII replacement for every decorative character. Does not read
// the environment by itself.
import type {Env} from '../config/index.js'
import {split, width} from './format.js'

export interface Capabilities {
	/** False: only ASCII is written. */
	readonly unicode: boolean
	/** False: no SGR codes at all, not even bold or dim. */
	readonly colour: boolean
}

/** `colourDepth`: bits, from `tty.WriteStream.getColorDepth(env)`, which respects NO_COLOR, FORCE_COLOR and TERM. */
export function capabilitiesOf(env: Env, colourDepth: number): Capabilities {
	const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
	// Without a locale, UTF-8 is assumed. The font of the Linux console lacks the eighth blocks.
	const unicode = (locale === '' || /utf-?8/i.test(locale)) && env['TERM'] !== 'linux'
	return {unicode, colour: colourDepth > 1}
}

/** Both are one column wide. */
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

/** `text` in ASCII with the same width; other letters become `?`. */
export const ascii = (text: string): string => (text.search(foreign) < 0 ? text : split(text).map(asciiOf).join(''))

/** For one grapheme: measured one by one, its parts may be wider than the whole. */
function asciiOf(grapheme: string): string {
	const shown = grapheme.replace(foreign, (char) => standIns[char] ?? '?'.repeat(width(char)))
	return shown.length === width(grapheme) ? shown : '?'.repeat(width(grapheme))
}
