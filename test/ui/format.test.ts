// Numbers, times and columns, at the places where their form changes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
	bytes,
	count,
	duration,
	pad,
	rate,
	relativeTime,
	truncate,
	truncateStart,
	width,
} from '../../src/lib/ui/format.js'

const table = <T>(name: string, rows: [T, string][], format: (value: T) => string) =>
	describe(`ui: ${name}`, () => {
		for (const [value, expected] of rows) it(expected, () => assert.equal(format(value), expected))
	})

const [kib, mib] = [1024, 1024 ** 2]

table(
	'bytes',
	[
		[-1, '0 B'],
		[0, '0 B'],
		[1023, '1023 B'],
		[1024, '1.0 KiB'],
		[1.5 * mib, '1.5 MiB'],
		[9.96 * kib, '10 KiB'],
		[1023.4 * kib, '1023 KiB'],
		[1023.6 * kib, '1.0 MiB'],
		[12 * mib * kib, '12 GiB'],
		[2 ** 60, '1024 PiB'],
	],
	bytes,
)
table(
	'rate',
	[
		[[mib, 500], '2.0 MiB/s'],
		[[5, 0], '0 B/s'],
	] as [[number, number], string][],
	([n, ms]) => rate(n, ms),
)
table(
	'duration',
	[
		[0, '0 ms'],
		[999.4, '999 ms'],
		[999.6, '1.0 s'],
		[9_949, '9.9 s'],
		[9_960, '10 s'],
		[59_499, '59 s'],
		[59_600, '1 min'],
		[200_000, '3 min 20 s'],
		[3_600_000, '1 h'],
		[7_500_000, '2 h 5 min'],
		[86_400_000, '1 d'],
		[99 * 3_600_000, '4 d 3 h'],
	],
	duration,
)
table(
	'count',
	[
		[[0, 'file'], '0 files'],
		[[1, 'file'], '1 file'],
		[[1_234_567, 'file'], '1,234,567 files'],
		[[2, 'entry', 'entries'], '2 entries'],
	] as [[number, string, string?], string][],
	([n, one, plural]) => count(n, one, plural),
)
table(
	'relative time',
	[
		[0, 'just now'],
		[-4_900, 'just now'],
		[-59_000, '59 s ago'],
		[-60_000, '1 min ago'],
		[3_600_000, 'in 1 h'],
		[-2 * 86_400_000, '2 d ago'],
		[-2000 * 86_400_000, '2,000 d ago'],
	],
	(at) => relativeTime(1e12 + at, 1e12),
)

describe('ui: columns', () => {
	const widths: [string, number][] = [
		['abc', 3],
		['日本', 4],
		['e\u0301', 1],
		['👩‍👩‍👧', 2],
		['ｱ', 1],
		['한글', 4],
		['é', 1],
		['…', 1],
	]
	for (const [text, expected] of widths) it(`${text} takes ${expected}`, () => assert.equal(width(text), expected))

	it('cuts at either end', () => {
		assert.equal(truncate('abcdef', 4), 'abc…')
		assert.equal(truncateStart('a/b/c.txt', 6), '…c.txt')
		assert.equal(truncate('日本語', 4), '日…')
		assert.equal(truncate('abc', 0), '')
		assert.equal(truncate('abc', 3), 'abc')
		assert.equal(pad('ab', 4, 'right'), '  ab')
	})

	it('fills and cuts to exactly the width', () => {
		const text = fc.string({unit: fc.constantFrom('a', '日', 'e\u0301', '👍', ' ')})
		fc.assert(
			fc.property(text, fc.nat(20), (shown, columns) => {
				assert.equal(width(pad(shown, columns)), columns)
				assert.ok(width(truncateStart(shown, columns)) <= columns)
			}),
		)
	})
})
