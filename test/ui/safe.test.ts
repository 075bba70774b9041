// Whatever a name holds, what is shown cannot act on a terminal, and JSON gives the name back.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {safeJson, safeLines, safeText} from '../../src/lib/ui/safe.js'

const harmless = /^[^\p{Cc}\p{Cs}\u2028-\u202e\u2060-\u206f\u200e\u200f\u061c\ufeff]*$/u

describe('ui: safe text', () => {
	const rows: [string, string][] = [
		['plain name.txt', 'plain name.txt'],
		['Übung 日本 👩‍👩‍👧.txt', 'Übung 日本 👩‍👩‍👧.txt'],
		['\u001b[2Jx', '\\x1b[2Jx'],
		['a\nb\r\tc', 'a\\nb\\r\\tc'],
		['\u0000\u007f\u009b', '\\x00\\x7f\\x9b'],
		['exe.\u202etxt', 'exe.\\u202etxt'],
		['\u2066a\u2069', '\\u2066a\\u2069'],
		['\u2028', '\\u2028'],
		['\ud800x\udc00', '\\ud800x\\udc00'],
		['\ufeff\u00ad', '\\ufeff\\xad'],
		['\u{e0041}', '\\u{e0041}'],
	]
	for (const [text, expected] of rows) it(JSON.stringify(expected), () => assert.equal(safeText(text), expected))

	it('holds for every string', () => {
		const nasty = fc.string({
			unit: fc.oneof(
				fc.constantFrom('\u001b', '\u202e', '\ud800', '\n', '\u009b', '\u2028'),
				fc.string({unit: 'binary', maxLength: 2}),
			),
		})
		fc.assert(
			fc.property(nasty, (text) => {
				assert.match(safeText(text), harmless)
				assert.match(safeLines(text).replaceAll('\n', ''), harmless)
				const json = safeJson({[text]: text}, 0)
				assert.match(json, harmless)
				assert.deepEqual(JSON.parse(json), {[text]: text})
			}),
			{numRuns: 500},
		)
	})

	it('lines stay lines', () => assert.equal(safeLines('a\n\u001bb'), 'a\n\\x1bb'))
})
