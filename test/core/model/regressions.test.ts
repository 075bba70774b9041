// Histories that once broke core, shrunk, each by its name.
import {deepEqual, equal, ok} from 'node:assert/strict'
import {rel} from './disk.js'
import type {Edit} from './edits.js'
import {calm, round} from './round.js'
import {type Event, type SyncEvent, World} from './world.js'

const edit = (on: number, one: Edit): Event => ({event: 'edit', on, edit: one})
const write = (on: number, at: string): Event => edit(on, {do: 'write', at: rel(at), size: 3})
const remove = (on: number, at: string): Event => edit(on, {do: 'remove', at: rel(at)})
const mkdir = (on: number, at: string): Event => edit(on, {do: 'mkdir', at: rel(at)})
const look = (on: number): Event => ({event: 'look', on})
const clock = (on: number, skewSec: number): Event => ({event: 'clock', on, skewSec})
const sync = (leader: number, follower: number, more: Partial<SyncEvent> = {}): Event => ({
	event: 'sync',
	leader,
	follower,
	direction: 'both',
	force: false,
	failing: 0,
	crash: null,
	...more,
})

interface Row {
	readonly name: string
	readonly replicas?: number
	readonly events: readonly Event[]
	readonly copies?: number
}

const rows: readonly Row[] = [
	{
		name: 'a file is made where the peer once made and deleted one',
		events: [sync(0, 1), write(0, 'a'), look(0), remove(0, 'a'), sync(1, 1), write(1, 'a'), sync(1, 1)],
	},
	{
		name: 'a file is made where a third replica knows a deletion',
		replicas: 3,
		events: [write(1, 'a'), sync(2, 5), remove(1, 'a'), sync(0, 1), write(0, 'a'), sync(0, 1)],
	},
	{
		name: 'a pull of a new file in a folder whose name is a file here',
		events: [write(1, 'a'), mkdir(0, 'a/b'), sync(1, 1, {direction: 'pull'})],
		copies: 1,
	},
	{
		name: 'a forced push of a deleted folder over an edit in it',
		events: [
			write(0, 'a/a/a'),
			sync(0, 1),
			edit(1, {do: 'rewrite', at: rel('a/a/a'), hidden: false}),
			remove(0, 'a'),
			sync(0, 1, {direction: 'push', force: true}),
		],
		copies: 1,
	},
	{
		name: 'a forced pull of a file over a folder with an edit in it',
		events: [
			mkdir(0, 'a/b'),
			sync(0, 1),
			edit(0, {do: 'folder-to-file', at: rel('a/b')}),
			edit(1, {do: 'folder-to-file', at: rel('a')}),
			sync(0, 1, {direction: 'pull', force: true}),
		],
		copies: 2,
	},
	{
		name: 'a decision that only the peer noted, then an edit by a clock that stepped back',
		events: [
			clock(0, 7200),
			write(0, 'a/a/b'),
			sync(0, 1),
			edit(0, {do: 'touch', at: rel('a/a/b'), shiftSec: 0}),
			edit(1, {do: 'folder-to-file', at: rel('a/a')}),
			sync(0, 1, {crash: {leader: true, done: 0, noted: 0, half: false, otherDone: 1}}),
			clock(0, 0),
			edit(0, {do: 'folder-to-file', at: rel('a/a')}),
		],
		copies: 2,
	},
	{
		name: 'a forced push of a mode that another pair decided otherwise',
		replicas: 3,
		events: [
			mkdir(0, 'a'),
			edit(0, {do: 'chmod', at: rel('a'), mode: 0o600}),
			mkdir(2, 'a'),
			sync(0, 1),
			sync(0, 5, {direction: 'push', force: true, failing: 1}),
			sync(2, 5),
		],
	},
	{
		name: 'the same, of two files',
		events: [
			clock(0, 7200),
			write(0, 'a'),
			sync(0, 1),
			edit(1, {do: 'rewrite', at: rel('a'), hidden: false}),
			{event: 'wait', sec: 100},
			edit(0, {do: 'rewrite', at: rel('a'), hidden: false}),
			sync(0, 1, {crash: {leader: true, done: 0, noted: 0, half: false, otherDone: 9}}),
			clock(0, 0),
			edit(0, {do: 'rewrite', at: rel('a'), hidden: false}),
		],
	},
]

describe('core: histories that once broke it', () => {
	for (const {name, replicas = 2, events, copies} of rows)
		it(name, () => {
			const world = new World(['laptop', 'phone', 'nas'].slice(0, replicas))
			world.play(events)
			world.settleDown(
				replicas === 2
					? [[0, 1]]
					: [
							[0, 1],
							[1, 2],
							[2, 0],
						],
				3,
			)
			world.check()
			if (copies !== undefined) equal(world.copies().length, copies)
		})

	/** Two sides with two contents at `a`, written one after the other; the laptop's is newer. */
	const divided = (): World => {
		const world = new World(['laptop', 'phone'])
		world.play([write(1, 'a'), {event: 'wait', sec: 100}, write(0, 'a')])
		return world
	}

	it('a forced push that fails at the peer does not take the loser for settled', () => {
		const world = divided()
		const [laptop, phone] = [world.replica(0), world.replica(1)]
		const {failed} = round(laptop, phone, {
			...calm,
			nowSec: world.nowSec,
			direction: 'push',
			force: true,
			fails: (id) => id === 1,
		})
		equal(failed.size, 1)
		world.settleDown([[0, 1]], 1)
		world.check()
		equal(world.copies().length, 1)
	})
	it('a conflict whose loser can never be replaced makes one copy, not one a sync', () => {
		const world = divided()
		const [laptop, phone] = [world.replica(0), world.replica(1)]
		for (let i = 0; i < 5; i++) {
			world.nowSec += 10
			const {plan} = round(laptop, phone, {...calm, nowSec: world.nowSec, fails: (id) => id === 1})
			equal(plan.local.length + plan.remote.length > 0, true)
		}
		equal([...laptop.disk.nodes.keys()].length, 2)
		world.settleDown([[0, 1]], 1)
		world.check()
		equal(world.copies().length, 1)
	})
	it('a copy never takes the name of a deleted copy', () => {
		const world = divided()
		world.settleDown([[0, 1]], 1)
		const [copy] = world.copies()
		ok(copy !== undefined)
		world.play([remove(0, copy), sync(0, 1)])
		// The same loser once more, by the same mtime, while the clock of the one that decides stepped back.
		const phone = world.replica(1)
		const mtime = (1_750_000_000 + 1) * 1e6 + (1_750_000_001 % 7) * 100_001
		phone.disk.change(rel('a'), {content: 'again', mtime})
		world.play([
			clock(0, -7200),
			edit(0, {do: 'rewrite', at: rel('a'), hidden: false}),
			edit(0, {do: 'touch', at: rel('a'), shiftSec: 9000}),
		])
		world.settleDown([[0, 1]], 1)
		world.check()
		deepEqual(world.copies().length, 1)
		equal(world.copies()[0] === copy, false)
	})
})
