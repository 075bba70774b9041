// Finding by id against a table: ids that rise, ids that do not, gaps, and ids that are not there.
import {deepEqual, equal} from 'node:assert/strict'
import fc from 'fast-check'
import {ById} from '../../src/lib/core/plan/by-id.js'

describe('core: by id', () => {
	it('finds what a map finds, whatever the order and the gaps', () => {
		const ids = fc.uniqueArray(fc.oneof(fc.nat(50), fc.nat(2 ** 40)), {maxLength: 60})
		fc.assert(
			fc.property(ids, fc.boolean(), fc.array(fc.oneof(fc.nat(60), fc.nat(2 ** 41))), (some, rises, others) => {
				const list = (rises ? [...some].sort((a, b) => a - b) : some).map((id) => ({id}))
				const table = new Map(list.map((item) => [item.id, item]))
				const byId = new ById(list, ({id}) => id)
				for (const id of [...some, ...others, 0, Number.MAX_SAFE_INTEGER]) {
					equal(byId.get(id), table.get(id))
					equal(byId.has(id), table.has(id))
					const place = byId.placeOf(id)
					equal(place < 0 ? undefined : byId.items[place], table.get(id))
				}
				deepEqual(
					byId.items.map(({id}) => id),
					[...some].sort((a, b) => a - b),
				)
			}),
			{numRuns: 500},
		)
	})
})
