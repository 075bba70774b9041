// Random histories for fast-check: few names, so that edits meet. FILESYNC_HISTORIES: how many; FILESYNC_SEED: play those again.
import fc from 'fast-check'
import {rel} from './disk.js'
import type {Edit} from './edits.js'
import type {Event} from './world.js'

const wanted = Number(process.env['FILESYNC_HISTORIES'] ?? '2000')
export const histories = Number.isSafeInteger(wanted) && wanted > 0 ? wanted : 2000

const given = Number(process.env['FILESYNC_SEED'])
export const seed =
	process.env['FILESYNC_SEED'] !== undefined && Number.isSafeInteger(given) ? given : Date.now() % 2 ** 31

const paths = ['a', 'b', 'a/a', 'a/b', 'b/a', 'a/a/a', 'a/a/b', 'b/a/a', 'c.txt', 'a/c.txt', '.d', 'a-'].map(rel)
const path = fc.constantFrom(...paths)

const content: fc.Arbitrary<Edit>[] = [
	fc.record({do: fc.constant('write'), at: path, size: fc.constantFrom(3, 4, 4, 0)}),
	fc.record({do: fc.constant('write'), at: path, size: fc.constantFrom(3, 4)}),
	fc.record({do: fc.constant('common'), at: path, which: fc.nat(2)}),
	fc.record({do: fc.constant('rewrite'), at: path, hidden: fc.boolean()}),
	fc.record({do: fc.constant('remove'), at: path}),
	fc.record({do: fc.constant('remove'), at: path}),
	fc.record({do: fc.constant('rename'), at: path, to: path}),
	fc.record({do: fc.constant('swap'), at: path, to: path}),
	fc.record({do: fc.constant('copy'), at: path, to: path}),
	fc.record({do: fc.constant('mkdir'), at: path}),
	fc.record({do: fc.constant('link'), at: path}),
	fc.record({do: fc.constant('file-to-folder'), at: path}),
	fc.record({do: fc.constant('folder-to-file'), at: path}),
]
const metadata: fc.Arbitrary<Edit>[] = [
	fc.record({do: fc.constant('touch'), at: path, shiftSec: fc.constantFrom(0, -100, 1, 5000, -2e9)}),
	fc.record({do: fc.constant('chmod'), at: path, mode: fc.constantFrom(0o644, 0o600, 0o755, 0o700)}),
]

const side = fc.nat(2)
/** The follower comes 1 or 5 after the leader: with two replicas the other one, with three one of the others. */
const pair = {leader: side, follower: fc.constantFrom(1, 5)}
const quiet = {force: fc.constant(false), failing: fc.constant(0), crash: fc.constant(null)}
const both = fc.constant('both' as const)
const anyDirection = fc.constantFrom('both' as const, 'both' as const, 'push' as const, 'pull' as const)

const edit = (edits: fc.Arbitrary<Edit>[]): fc.Arbitrary<Event> =>
	fc.record({event: fc.constant('edit'), on: side, edit: fc.oneof(...edits)})
const plainSync: fc.Arbitrary<Event> = fc.record({event: fc.constant('sync'), ...pair, direction: both, ...quiet})
const filteredSync: fc.Arbitrary<Event> = fc.record({
	event: fc.constant('sync'),
	...pair,
	direction: anyDirection,
	...quiet,
	force: fc.boolean(),
})
const failingSync: fc.Arbitrary<Event> = fc.record({
	event: fc.constant('sync'),
	...pair,
	direction: anyDirection,
	...quiet,
	force: fc.boolean(),
	failing: fc.integer({min: 1, max: 1000}),
})
const crashingSync: fc.Arbitrary<Event> = fc.record({
	event: fc.constant('sync'),
	...pair,
	direction: anyDirection,
	...quiet,
	crash: fc.record({leader: fc.boolean(), done: fc.nat(5), noted: fc.nat(5), half: fc.boolean(), otherDone: fc.nat(6)}),
})
const look: fc.Arbitrary<Event> = fc.record({event: fc.constant('look'), on: side})
const wait: fc.Arbitrary<Event> = fc.record({event: fc.constant('wait'), sec: fc.constantFrom(1, 3, 1000)})
const clock: fc.Arbitrary<Event> = fc.record({
	event: fc.constant('clock'),
	on: side,
	skewSec: fc.constantFrom(0, 0, 1, -90, 90, 7200, -3e8, 3e8),
})
const lose: fc.Arbitrary<Event> = fc.record({event: fc.constant('lose'), on: side})

const mix = (...weighted: [weight: number, arbitrary: fc.Arbitrary<Event>][]): fc.Arbitrary<Event[]> =>
	fc.array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({weight, arbitrary}))), {
		minLength: 1,
		maxLength: 70,
		size: 'max',
	})

/** Two sides without accidents: pushes, pulls, clocks that step. */
export const ordinary = mix(
	[14, edit([...content, ...metadata])],
	[4, plainSync],
	[3, filteredSync],
	[1, look],
	[1, wait],
	[1, clock],
)
/** Steps that fail, besides. */
export const troubled = mix(
	[14, edit([...content, ...metadata])],
	[3, plainSync],
	[1, filteredSync],
	[5, failingSync],
	[1, look],
	[1, wait],
	[1, clock],
)
/** Crashes and lost indexes, besides. */
export const broken = mix(
	[14, edit([...content, ...metadata])],
	[3, plainSync],
	[1, failingSync],
	[4, crashingSync],
	[1, lose],
	[1, look],
	[1, wait],
	[1, clock],
)
/** Three sides, contents only: a conflict copy means two contents. */
export const ring = mix([14, edit(content)], [6, plainSync], [1, look], [1, wait])
/** Three sides with all that may go wrong. */
export const roughRing = mix(
	[14, edit([...content, ...metadata])],
	[5, plainSync],
	[2, filteredSync],
	[2, failingSync],
	[1, crashingSync],
	[1, lose],
	[1, look],
	[1, wait],
	[1, clock],
)
