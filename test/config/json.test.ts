// The explainer must agree with JSON.parse on what is JSON, and point at the right place when it is not.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {jsonFault} from '../../src/lib/config/json.js'

const isJson = (text: string): boolean => {
	try {
		JSON.parse(text)
		return true
	} catch {
		return false
	}
}

describe('config: where a text is not JSON', () => {
	const rows: [string, number, number, RegExp][] = [
		['{"a": 1,}', 1, 8, /remove the comma before "}"/],
		['{\n  "a": 1\n  "b": 2\n}', 3, 3, /./],
		["{'a': 1}", 1, 2, /double quotes/],
		['{\n  // note\n  "a": 1}', 2, 3, /no comments/],
		['{"a": "C:\\dir"}', 1, 7, /bad escape/],
		['{"a": "open\n}', 1, 7, /no closing quote/],
		['{"a": tru}', 1, 7, /a value was wanted/],
		['{"a": 1', 1, 8, /the file ends/],
		['{} x', 1, 4, /end of the file/],
		['[1, 2', 1, 6, /the file ends/],
		['{"a": 01}', 1, 7, /./],
	]
	for (const [text, line, column, what] of rows)
		it(JSON.stringify(text), () => {
			const fault = jsonFault(text)
			assert.ok(fault)
			assert.deepEqual([fault.line, fault.column], [line, column])
			assert.match(fault.what, what)
		})

	it('agrees with JSON.parse on damaged JSON', () => {
		const damaged = fc
			.tuple(
				fc.json({maxDepth: 4}),
				fc.nat(),
				fc.constantFrom('', ',', '"', '}', ']', '0', '\\', ' ', '-', 'e', '\n', '\u0001'),
			)
			.map(([text, at, char]) => {
				const place = at % (text.length + 1)
				return text.slice(0, place) + char + text.slice(place + (at % 2))
			})
		fc.assert(
			fc.property(damaged, (text) => {
				assert.equal(jsonFault(text) === undefined, isJson(text), text)
			}),
			{numRuns: 3000},
		)
	})

	it('is not overcome by nesting', () => {
		assert.match(jsonFault('['.repeat(100_000))?.what ?? '', /nested deeper/)
	})
})
