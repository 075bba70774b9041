// One fault at one of the calls that change a file, sampled over a sync of everything on both sides. All: `npm run sweep`.
import assert from 'node:assert/strict'
import {noShim} from './support/shim.js'
import {countCalls, errors, faultOf, kills, spread, sweep} from './support/sweep.js'
import type {Role} from './support/trial.js'

/** Points per side and kind of fault; each is five programs. */
const sampled = 12

describe('a fault at a call that changes a file', function () {
	this.timeout(300_000)
	let calls: Readonly<Record<Role, number>> = {leader: 0, follower: 0}

	before(async function () {
		if (noShim === undefined) calls = await countCalls()
		else this.skip()
	})

	it('the fixture makes hundreds of calls on either side', () => {
		for (const [role, count] of Object.entries(calls)) assert.ok(count > 250 && count < 500, `${role}: ${count}`)
	})

	for (const role of ['leader', 'follower'] as const) {
		it(`the ${role} killed at ${sampled} calls: the next sync makes all as the users did it`, async () => {
			const verdicts = await sweep(kills(role, spread(sampled, calls[role])), 2)
			const wrong = verdicts.filter((verdict) => verdict.wrong.length > 0)
			assert.equal(wrong.length, 0, wrong.map(faultOf).join('\n'))
			const unreached = verdicts.filter(({call}) => call === undefined)
			assert.ok(unreached.length < sampled / 4, `${unreached.length} of ${sampled} were not reached`)
		})

		it(`the ${role} with an error at ${sampled} calls: likewise, and its node goes on`, async () => {
			const verdicts = await sweep(errors(role, spread(sampled, calls[role])), 2)
			const wrong = verdicts.filter((verdict) => verdict.wrong.length > 0)
			assert.equal(wrong.length, 0, wrong.map(faultOf).join('\n'))
		})
	}
})
