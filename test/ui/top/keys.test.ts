// Bytes to keys, whole and in pieces; nothing that is not understood acts as another key.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {type Key, KeyParser} from '../../../src/lib/ui/top/terminal/keys.js'

const show = (key: Key): string =>
	key.kind === 'named' ? key.name : key.kind === 'char' ? `'${key.char}'` : `[${key.text}]`

/** Keys of `text` in one piece, then what a quiet terminal adds. */
function keysOf(...pieces: Buffer[]): string[] {
	const parser = new KeyParser()
	const keys = pieces.flatMap((piece) => parser.feed(piece))
	return [...keys, ...(parser.pending ? parser.flush() : [])].map(show)
}

const rows: [string, string, string][] = [
	['letters', 'sG?', "'s' 'G' '?'"],
	['letters beyond ASCII', 'é日👍', "'é' '日' '👍'"],
	['arrows', '\x1b[A\x1b[B\x1b[C\x1b[D', 'up down right left'],
	['arrows in application mode', '\x1bOA\x1bOB', 'up down'],
	['arrows with Ctrl or Shift', '\x1b[1;5A\x1b[1;2B', 'up down'],
	['pages', '\x1b[5~\x1b[6~', 'pageUp pageDown'],
	[
		'ends, of xterm and rxvt',
		'\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1bOH\x1bOF',
		'home end home end home end home end',
	],
	['tab and back', '\t\x1b[Z', 'tab backTab'],
	['enter, both ways', '\r\n', 'enter enter'],
	['backspace, both ways', '\x7f\x08', 'backspace backspace'],
	['controls that mean something', '\x03\x0c\x15\x1a', 'ctrlC ctrlL ctrlU ctrlZ'],
	['controls that mean nothing', '\x00\x01\x1c', ''],
	['lone Esc', '\x1b', 'escape'],
	['Esc twice', '\x1b\x1b', 'escape escape'],
	['Alt and a letter means nothing', '\x1bqs', "'s'"],
	['function keys mean nothing', '\x1bOP\x1b[15~\x1b[[A', ''],
	['a mouse and other reports mean nothing', '\x1b[<0;10;20M\x1b[?62;c\x1b[200;1R', ''],
	['a sequence without end', '\x1b[12', ''],
	['a long sequence is swallowed whole', `\x1b[${'1;'.repeat(500)}qs`, "'s'"],
	['Ctrl-C within a sequence', '\x1b[1\x03', 'ctrlC'],
	['a paste is text, not keys', '\x1b[200~q\x1b[Ax\r\n\x1b[201~q', "[q[Ax] 'q'"],
	['Ctrl-C within a paste', '\x1b[200~abc\x03q', "ctrlC 'q'"],
]

describe('ui top: keys', () => {
	for (const [name, text, expected] of rows) it(name, () => assert.equal(keysOf(Buffer.from(text)).join(' '), expected))

	it('byte by byte it is the same', () => {
		for (const [name, text, expected] of rows) {
			const pieces = [...Buffer.from(text)].map((byte) => Buffer.from([byte]))
			assert.equal(keysOf(...pieces).join(' '), expected, name)
		}
	})

	it('a long paste is cut, and its end is found', () => {
		const [paste, after] = keysOf(Buffer.from(`\x1b[200~${'a'.repeat(5000)}\x1b[201~s`))
		assert.equal(after, "'s'")
		assert.ok(paste !== undefined && paste.length < 1100)
	})

	it('any bytes: no control is ever a character', () => {
		fc.assert(
			fc.property(fc.uint8Array({maxLength: 40}), (bytes) => {
				for (const key of keysOf(Buffer.from(bytes))) assert.doesNotMatch(key, /\p{Cc}/u)
			}),
		)
	})
})
