// Histories that once broke the engine, shrunk, each by its name.
import {rel} from '../core/model/disk.js'
import type {Edit} from '../core/model/edits.js'
import type {Event, SyncEvent} from '../core/model/world.js'
import {device2, plain, playThrough, ring3} from './histories.js'
import type {WorldOptions} from './support/world.js'

const edit = (on: number, one: Edit): Event => ({event: 'edit', on, edit: one})
const write = (on: number, at: string, size = 3): Event => edit(on, {do: 'write', at: rel(at), size})
const common = (on: number, at: string): Event => edit(on, {do: 'common', at: rel(at), which: 0})
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
	readonly events: readonly Event[]
	readonly options?: Partial<WorldOptions>
	/** Who leads in the end. */
	readonly turned?: boolean
}

const rows: readonly Row[] = [
	{
		name: 'a conflict that the leader won has nothing left for the next sync',
		events: [edit(1, {do: 'mkdir', at: rel('a')}), write(0, 'a')],
		turned: true,
	},
	{
		name: 'the large loser of a conflict is read while a folder takes its name',
		events: [write(1, 'a/a'), write(0, 'a', 4)],
		options: {hasLarge: true},
	},
	{
		name: 'two losers of equal content become two conflict copies, not one file with two names',
		events: [common(0, 'a'), common(1, 'c.txt'), {event: 'wait', sec: 1000}, write(1, 'a'), write(0, 'c.txt')],
	},
	{
		name: 'a file is renamed and a folder takes its old name',
		events: [common(0, 'a'), sync(0, 1), edit(0, {do: 'rename', at: rel('a'), to: rel('b')}), write(0, 'a/a/a')],
	},
	{
		name: 'a file moves out of a folder whose name a link takes',
		events: [
			common(0, 'b/a/a'),
			sync(0, 1),
			edit(0, {do: 'rename', at: rel('b/a'), to: rel('a')}),
			edit(0, {do: 'link', at: rel('b/a')}),
		],
	},
	{
		name: 'the loser of a conflict is renamed while the round runs',
		events: [
			write(1, 'b/a'),
			edit(0, {do: 'link', at: rel('b')}),
			sync(0, 1, {failing: 1}),
			edit(0, {do: 'rename', at: rel('b'), to: rel('a')}),
		],
	},
	{
		name: 'a third device hears of a file that became a conflict copy and of the folder in its place',
		events: [common(1, 'a'), write(0, 'a/c.txt'), sync(2, 5)],
		options: {names: ['laptop', 'phone', 'nas']},
	},
]

describe('engine: histories that once broke it', function () {
	this.timeout(60_000)
	for (const {name, events, options, turned} of rows)
		it(name, async () => {
			const worldOptions = {...plain, ...options}
			const isPair = worldOptions.names.length === 2
			const order = isPair ? device2 : ring3
			await playThrough(
				worldOptions,
				events,
				turned === true ? order.map(([i, j]) => [j, i] as const) : order,
				isPair ? 1 : 3,
			)
		})
})
