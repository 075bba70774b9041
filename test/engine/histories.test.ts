// Random histories of two and three devices on the real engine: real folders, real indexes, the real session.
import {ok} from 'node:assert/strict'
import fc from 'fast-check'
import {broken, ordinary, ring, roughRing, seed, troubled} from '../core/model/histories.js'
import type {Event} from '../core/model/world.js'
import {device2, histories, mostMs, options, playThrough, ring3} from './histories.js'

interface Row {
	readonly name: string
	readonly events: fc.Arbitrary<Event[]>
	readonly names: readonly string[]
	/** Of `histories`, in percent. */
	readonly share: number
	readonly cycles: number
}

const two = ['laptop', 'phone']
const three = ['laptop', 'phone', 'nas']

const rows: readonly Row[] = [
	{name: 'two devices, edits, pushes, pulls and clocks', events: ordinary, names: two, share: 35, cycles: 1},
	{name: 'two devices, edits while a round runs', events: troubled, names: two, share: 20, cycles: 1},
	{name: 'two devices, broken lines, lost and restored indexes', events: broken, names: two, share: 20, cycles: 1},
	{name: 'a ring of three, no false conflict', events: ring, names: three, share: 15, cycles: 3},
	{name: 'a ring of three where everything goes wrong', events: roughRing, names: three, share: 10, cycles: 5},
]

describe(`engine: random histories (FILESYNC_SEED=${seed}, FILESYNC_ENGINE_HISTORIES=${histories})`, function () {
	this.timeout(0)
	for (const {name, events, names, share, cycles} of rows) {
		const numRuns = Math.ceil((histories * share) / 100)
		it(`${name}: ${numRuns}`, async () => {
			const until = performance.now() + (mostMs * share) / 100
			let played = 0
			let hasFailed = false
			await fc.assert(
				fc.asyncProperty(options, events, fc.boolean(), async (more, history, turned) => {
					if (performance.now() > until && !hasFailed && played > 0) return
					const order = names.length === 2 ? device2 : ring3
					try {
						await playThrough(
							{...more, names},
							history,
							turned ? order.map(([i, j]) => [j, i] as const).reverse() : order,
							cycles,
							(world) => (turned ? world.checkUnion() : undefined),
						)
						played++
					} catch (error) {
						hasFailed = true
						throw error
					}
				}),
				{seed, numRuns, endOnFailure: true, verbose: fc.VerbosityLevel.None},
			)
			ok(played > 0)
		})
	}
})
