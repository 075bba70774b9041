// Tables of version vectors, and the laws that reconcile leans on.
import {deepEqual, equal, throws} from 'node:assert/strict'
import fc from 'fast-check'
import {
	bumpVersion,
	compareVersions,
	decider,
	deviceIdFrom,
	mergeVersions,
	parseDeviceId,
	settledVersion,
	type VersionVector,
} from '../../src/lib/core/entries/versions.js'
import {device, v} from './support.js'

const rows: readonly (readonly [a: string, b: string, order: string, merged: string])[] = [
	['', '', 'equal', ''],
	['a1', '', 'after', 'a1'],
	['', 'a1', 'before', 'a1'],
	['a1', 'a1', 'equal', 'a1'],
	['a2', 'a1', 'after', 'a2'],
	['a1', 'a2', 'before', 'a2'],
	['a1', 'b1', 'concurrent', 'a1 b1'],
	['b1', 'a1', 'concurrent', 'a1 b1'],
	['a1 b1', 'a1', 'after', 'a1 b1'],
	['a1 b1', 'b1', 'after', 'a1 b1'],
	['b1', 'a1 b1', 'before', 'a1 b1'],
	['a2 b1', 'a1 b2', 'concurrent', 'a2 b2'],
	['a2 b1', 'a1 b1', 'after', 'a2 b1'],
	['a2', 'a1 b1', 'concurrent', 'a2 b1'],
	['a1 c1', 'b1', 'concurrent', 'a1 b1 c1'],
	['a1 b1 c1', 'b1', 'after', 'a1 b1 c1'],
	['a1 b5 c1', 'a1 b4 c1', 'after', 'a1 b5 c1'],
	['a1 b4 c2', 'a1 b5 c1', 'concurrent', 'a1 b5 c2'],
]

const vector: fc.Arbitrary<VersionVector> = fc
	.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({min: 1, max: 3})), {maxLength: 4})
	.map((list) =>
		v(
			[...new Map(list)]
				.sort()
				.map(([id, n]) => `${id}${n}`)
				.join(' '),
		),
	)

describe('core: versions', () => {
	for (const [a, b, order, merged] of rows)
		it(`[${a}] against [${b}] is ${order}`, () => {
			equal(compareVersions(v(a), v(b)), order)
			deepEqual(mergeVersions(v(a), v(b)), v(merged))
		})
	it('merges to the very vector that is it', () => {
		const [a, b] = [v('a2'), v('a1')]
		equal(mergeVersions(a, b), a)
		equal(mergeVersions(b, a), a)
	})
	const bumps: readonly (readonly [name: string, from: string, nowSec: number, to: string])[] = [
		['a first edit takes the clock', '', 1000, 'b1000'],
		['an edit takes the clock', 'b5', 1000.9, 'b1000'],
		['a clock that stepped back does not count', 'b1000', 5, 'b1001'],
		['a clock before 1970 does not count', 'b3', -10, 'b4'],
		['a clock before 1970 gives no counter below 1', '', -10, 'b1'],
		['others stay and the order holds', 'a7 c9', 8, 'a7 b8 c9'],
	]
	for (const [name, from, nowSec, to] of bumps)
		it(name, () => deepEqual(bumpVersion(v(from), device('b'), nowSec), v(to)))

	it('settles concurrent versions without a new counter, others with one', () => {
		deepEqual(settledVersion(v('a2'), v('b1'), 50), v('a2 b1'))
		deepEqual(settledVersion(v('a2'), v('a1'), 50), bumpVersion(v('a2'), decider, 50))
		deepEqual(settledVersion(v('a2'), v('a2'), 50), bumpVersion(v('a2'), decider, 50))
	})
	it('parses device ids and makes them of random bytes', () => {
		deepEqual(
			['abcdefghijkl', 'abcdefghijk', 'abcdefghijklm', 'ABCDEFGHIJKL', 'abcdefghij01', '', '../../../../'].map(
				parseDeviceId,
			),
			['abcdefghijkl', undefined, undefined, undefined, undefined, undefined, undefined],
		)
		equal(parseDeviceId(decider), decider)
		equal(deviceIdFrom(Uint8Array.from([0, 1, 2, 31, 32, 33, 255, 254, 0, 0, 0, 0, 9])), 'abc7ab76aaaa')
		throws(() => deviceIdFrom(new Uint8Array(11)), RangeError)
	})
	it('keeps the laws of a partial order with joins', () => {
		const mirror = {equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent'} as const
		fc.assert(
			fc.property(vector, vector, vector, (a, b, c) => {
				equal(compareVersions(b, a), mirror[compareVersions(a, b)])
				const joined = mergeVersions(a, b)
				deepEqual(joined, mergeVersions(b, a))
				deepEqual(mergeVersions(joined, c), mergeVersions(a, mergeVersions(b, c)))
				for (const one of [a, b]) equal(['after', 'equal'].includes(compareVersions(joined, one)), true)
				const settled = settledVersion(a, b, 1)
				for (const one of [a, b]) equal(compareVersions(settled, one), 'after')
				equal(compareVersions(bumpVersion(a, device('b'), 1), a), 'after')
			}),
		)
	})
})
