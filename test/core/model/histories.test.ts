// Random histories of two and three replicas: nothing is lost, nothing comes back, all converge, no step is impossible.
import fc from 'fast-check'
import {broken, histories, ordinary, ring, roughRing, seed, troubled} from './histories.js'
import {type Event, World} from './world.js'

const two: readonly (readonly [number, number])[] = [[0, 1]]
const three: readonly (readonly [number, number])[] = [
	[0, 1],
	[1, 2],
	[2, 0],
]
const names = ['laptop', 'phone', 'nas']

interface Row {
	readonly name: string
	readonly events: fc.Arbitrary<Event[]>
	readonly replicas: number
	/** Of `histories`, in percent. */
	readonly share: number
	readonly cycles: number
}

const rows: readonly Row[] = [
	{name: 'two sides, edits, pushes, pulls and clocks', events: ordinary, replicas: 2, share: 30, cycles: 1},
	{name: 'two sides, and steps fail', events: troubled, replicas: 2, share: 20, cycles: 1},
	{name: 'two sides, crashes and lost indexes', events: broken, replicas: 2, share: 20, cycles: 1},
	{name: 'a ring of three, no false conflict', events: ring, replicas: 3, share: 20, cycles: 3},
	{name: 'a ring of three where everything goes wrong', events: roughRing, replicas: 3, share: 10, cycles: 5},
]

describe(`core: random histories (FILESYNC_SEED=${seed}, FILESYNC_HISTORIES=${histories})`, function () {
	this.timeout(0)
	for (const {name, events, replicas, share, cycles} of rows) {
		const numRuns = Math.ceil((histories * share) / 100)
		it(`${name}: ${numRuns}`, () => {
			fc.assert(
				fc.property(events, fc.boolean(), (history, turned) => {
					const world = new World(names.slice(0, replicas))
					world.play(history)
					const order = replicas === 2 ? two : three
					world.settleDown(turned ? order.map(([i, j]) => [j, i] as const).reverse() : order, cycles)
					world.check()
				}),
				{seed, numRuns, verbose: fc.VerbosityLevel.None},
			)
		})
	}
})
