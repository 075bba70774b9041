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
})
