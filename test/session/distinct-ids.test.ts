// The ids of a peer's plan against a set: the first id out of order, and what came before it.
import {equal} from 'node:assert/strict'
import fc from 'fast-check'
import {DistinctIds} from '../../src/lib/session/round/distinct-ids.js'

describe('session: distinct ids', () => {
	it('knows each id once, in any order', () => {
		const rising = fc.uniqueArray(fc.nat(100)).map((ids) => ids.sort((a, b) => a - b))
		fc.assert(
			fc.property(rising, fc.array(fc.nat(120)), (first, rest) => {
				const ids = new DistinctIds()
				const known = new Set<number>()
				for (const id of [...first, ...rest]) {
					equal(ids.add(id), !known.has(id))
					known.add(id)
				}
			}),
			{numRuns: 500},
		)
	})

	it('of a later part all lie above those before, in whatever order these came', () => {
		const ids = new DistinctIds()
		equal(ids.highest, -1)
		for (const id of [3, 9, 4]) equal(ids.add(id), true)
		const next = new DistinctIds(ids.highest)
		for (const id of [0, 4, 9]) equal(next.add(id), false)
		for (const id of [12, 10, 11]) equal(next.add(id), true)
		equal(next.add(10), false)
		equal(next.highest, 12)
	})
})
