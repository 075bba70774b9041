// Named plans: folders that stay, names that are taken, what a push or pull leaves, what is unknown.
import {deepEqual, equal, ok} from 'node:assert/strict'
import type {State} from '../../src/lib/core/entries/entry.js'
import {compareVersions} from '../../src/lib/core/entries/versions.js'
import type {Pair} from '../../src/lib/core/plan/decide.js'
import type {ReconcileOptions} from '../../src/lib/core/plan/reconcile.js'
import {dir, file, gone, link, options, pair, planFor, story, v} from './support.js'

interface Row {
	readonly name: string
	readonly pairs: readonly Pair[]
	readonly options?: Partial<ReconcileOptions>
	readonly local?: readonly string[]
	readonly remote?: readonly string[]
	readonly leftAlone?: readonly string[]
	readonly heldBack?: readonly string[]
	readonly unknown?: readonly string[]
	readonly conflicts?: readonly string[]
}

const one = file('one', 100)
const two = file('two', 200)
const copyOf = (name: string, device: string, more = '') => `${name}.sync-conflict-19700101-000140-${device}${more}`
const standing = (states: Readonly<Record<string, readonly State[]>>) => (path: string) => states[path] ?? []
const push = {direction: 'push'} as const
const pull = {direction: 'pull'} as const

const rows: readonly Row[] = [
	{name: 'nothing to do', pairs: [pair('a', [one, 'a1'], [one, 'a1'])]},
	{
		name: 'one-sided changes flow, deletions too',
		pairs: [
			pair('a', [one, 'a1'], 'agreed'),
			pair('b', [one, 'a1'], [gone, 'a1 b2']),
			pair('c', [gone, 'a2'], 'agreed'),
			pair('d', null, [link('x'), 'b1']),
		],
		local: ['remove b', 'link d'],
		remote: ['put a', 'remove c'],
	},
	{
		name: 'equal contents merge on both sides',
		pairs: [pair('a', [one, 'a1'], [one, 'b1'])],
		local: ['agree a'],
		remote: ['agree a'],
	},
	{
		name: 'a conflict: the loser becomes a copy on both sides, the winner learns the version',
		pairs: [pair('a', [one, 'a1'], [two, 'b1'])],
		local: [`put a keep ${copyOf('a', 'laptop')}`],
		remote: ['agree a', `put ${copyOf('a', 'laptop')} <- a`],
		conflicts: [`a remote ${copyOf('a', 'laptop')}`],
	},
	{
		name: 'the copy of a link is a link',
		pairs: [pair('a', [link('x', 100), 'a1'], [two, 'b1'])],
		local: [`put a keep ${copyOf('a', 'laptop')}`],
		remote: ['agree a', `link ${copyOf('a', 'laptop')}`],
		conflicts: [`a remote ${copyOf('a', 'laptop')}`],
	},
	{
		name: 'a copy name that is taken is numbered',
		pairs: [pair('a', [one, 'a1'], [two, 'b1'])],
		options: {standing: standing({[copyOf('a', 'laptop')]: [two], [copyOf('a', 'laptop', '-2')]: [gone]})},
		local: [`put a keep ${copyOf('a', 'laptop', '-3')}`],
		remote: ['agree a', `put ${copyOf('a', 'laptop', '-3')} <- a`],
		conflicts: [`a remote ${copyOf('a', 'laptop', '-3')}`],
	},
	{
		name: 'a copy that a sync which was cut off has made is not made again',
		pairs: [pair('a', [one, 'a1'], [two, 'b1']), pair(copyOf('a', 'laptop'), null, [one, 'c1'])],
		options: {standing: standing({[copyOf('a', 'laptop')]: [one]})},
		local: [`put a`, `put ${copyOf('a', 'laptop')}`],
		remote: ['agree a'],
		conflicts: [`a remote ${copyOf('a', 'laptop')}`],
	},
	{
		name: 'a copy that one side has deleted meanwhile is made anew, under a number',
		pairs: [pair('a', [one, 'a1'], [two, 'b1'])],
		options: {standing: standing({[copyOf('a', 'laptop')]: [one, gone]})},
		local: [`put a keep ${copyOf('a', 'laptop', '-2')}`],
		remote: ['agree a', `put ${copyOf('a', 'laptop', '-2')} <- a`],
		conflicts: [`a remote ${copyOf('a', 'laptop', '-2')}`],
	},
	{
		name: 'an edit outlives a deletion, without a copy',
		pairs: [pair('a', [one, 'a2'], [gone, 'a1 b1'])],
		local: ['agree a'],
		remote: ['put a'],
	},
	{
		name: 'a folder against a file: the folder keeps the name',
		pairs: [pair('a', [dir(), 'a1'], [one, 'b1']), pair('a/x', [two, 'a1'], null)],
		local: ['agree a', `put ${copyOf('a', 'phone')} <- a`],
		remote: [`mkdir a keep ${copyOf('a', 'phone')}`, 'put a/x'],
		conflicts: [`a local ${copyOf('a', 'phone')}`],
	},
	{
		name: 'a deleted folder stays for a new child: its record there is asked for',
		pairs: [pair('d', [gone, 'a2'], 'agreed'), pair('d/new', null, [one, 'b1'])],
		local: ['put d/new'],
		unknown: ['d'],
	},
	{
		name: 'a deleted folder stays for a new child',
		pairs: [
			pair('d', [gone, 'a2'], [dir(), 'a1']),
			pair('d/new', null, [one, 'b1']),
			pair('d/old', [gone, 'a2'], 'agreed'),
		],
		local: ['mkdir d', 'put d/new'],
		remote: ['agree d', 'remove d/old'],
	},
	{
		name: 'folders deep above an edit stay, beside it they go',
		pairs: [
			pair('d', [gone, 'a2'], [dir(), 'a1']),
			pair('d/e', [gone, 'a2'], [dir(), 'a1']),
			pair('d/e/f', [gone, 'a2'], [dir(), 'a1']),
			pair('d/e/f/x', [gone, 'a2'], [two, 'a1 b2']),
			pair('d/g', [gone, 'a2'], [dir(), 'a1']),
			pair('d/g/y', [gone, 'a2'], [one, 'a1']),
		],
		local: ['mkdir d', 'mkdir d/e', 'mkdir d/e/f', 'put d/e/f/x'],
		remote: ['agree d', 'agree d/e', 'agree d/e/f', 'agree d/e/f/x', 'remove d/g', 'remove d/g/y'],
	},
	{
		name: 'a file in place of a folder with a new child becomes a copy',
		pairs: [pair('d', [one, 'a2'], [dir(), 'a1']), pair('d/new', null, [two, 'b1'])],
		local: [`mkdir d keep ${copyOf('d', 'laptop')}`, 'put d/new'],
		remote: ['agree d', `put ${copyOf('d', 'laptop')} <- d`],
		conflicts: [`d remote ${copyOf('d', 'laptop')}`],
	},
	{
		name: 'the same from the other side',
		pairs: [pair('d', [dir(), 'a1'], [one, 'a1 b2']), pair('d/new', [two, 'a1'], null)],
		local: ['agree d', `put ${copyOf('d', 'phone')} <- d`],
		remote: [`mkdir d keep ${copyOf('d', 'phone')}`, 'put d/new'],
		conflicts: [`d local ${copyOf('d', 'phone')}`],
	},
	{
		name: 'a file in place of an unchanged folder takes its name',
		pairs: [pair('d', [one, 'a2'], 'agreed'), pair('d/x', [gone, 'a2'], 'agreed')],
		remote: ['put d', 'remove d/x'],
	},
	{
		name: 'a child without its folder, by a liar: the plan is made, the step will fail',
		pairs: [pair('d', [one, 'a2'], [one, 'a1']), pair('d/x', null, [one, 'b1'])],
		local: ['put d/x'],
		remote: ['agree d'],
	},
	{
		name: 'a push holds back what would change this side',
		pairs: [pair('a', [one, 'a2'], 'agreed'), pair('b', null, [one, 'b1']), pair('c', [one, 'a1'], [gone, 'a1 b2'])],
		options: push,
		remote: ['put a'],
		heldBack: ['b', 'c'],
	},
	{
		name: 'a pull holds back what would change the peer',
		pairs: [pair('a', [one, 'a2'], 'agreed'), pair('b', null, [one, 'b1'])],
		options: pull,
		local: ['put b'],
		heldBack: ['a'],
	},
	{
		name: 'a push leaves a conflict alone',
		pairs: [pair('a', [one, 'a1'], [two, 'b1'])],
		options: push,
		leftAlone: ['a'],
	},
	{
		name: 'a forced push wins; the copy waits for the next sync on this side',
		pairs: [pair('a', [two, 'a1'], [one, 'b1'])],
		options: {...push, force: true},
		local: ['agree a'],
		remote: [`put a keep ${copyOf('a', 'phone')}`],
		heldBack: [copyOf('a', 'phone')],
		conflicts: [`a local ${copyOf('a', 'phone')}`],
	},
	{
		name: 'a tombstone is learned in whatever direction',
		pairs: [pair('a', [gone, 'a1'], null), pair('b', null, [gone, 'b1'])],
		options: push,
		local: ['agree b'],
		remote: ['agree a'],
	},
	{
		name: 'a pushed deletion of a folder waits for what was left alone in it',
		pairs: [pair('d', [gone, 'a2'], [dir(), 'a1']), pair('d/x', [gone, 'a2'], [two, 'a1 b2'])],
		options: push,
		leftAlone: ['d/x'],
		heldBack: ['d'],
	},
	// Regressions: found by the histories, shrunk.
	{
		name: 'regression: nothing is pulled into a folder whose name is left alone',
		pairs: [pair('a', [one, 'a1'], [dir(), 'b1']), pair('a/b', null, [dir(), 'b1'])],
		options: pull,
		leftAlone: ['a'],
		heldBack: ['a/b'],
	},
	{
		name: 'regression: nothing is pushed into a folder whose name is left alone',
		pairs: [pair('a', [dir(), 'a1'], [one, 'b1']), pair('a/b', [dir(), 'a1'], null), pair('a/b/c', [one, 'a1'], null)],
		options: push,
		leftAlone: ['a'],
		heldBack: ['a/b', 'a/b/c'],
	},
	{
		name: 'regression: a folder stays for the copy that a forced deletion leaves in it',
		pairs: [pair('a', [gone, 'a2'], [dir(), 'a1']), pair('a/x', [gone, 'a2'], [one, 'a1 b2'])],
		options: {...push, force: true},
		local: ['agree a/x'],
		remote: [`remove a/x keep ${copyOf('a/x', 'phone')}`],
		heldBack: ['a', copyOf('a/x', 'phone')],
		conflicts: [`a/x local ${copyOf('a/x', 'phone')}`],
	},
	{
		name: 'regression: a folder is not replaced over the copy that a forced pull leaves in it',
		pairs: [pair('a', [dir(), 'a1'], [two, 'a1 b2']), pair('a/b', [one, 'a2'], [gone, 'a1 b2'])],
		options: {...pull, force: true},
		local: [`remove a/b keep ${copyOf('a/b', 'laptop')}`],
		remote: ['agree a/b'],
		heldBack: ['a', copyOf('a/b', 'laptop')],
		conflicts: [`a/b remote ${copyOf('a/b', 'laptop')}`],
	},
]

describe('core: reconcile', () => {
	for (const row of rows)
		it(row.name, () => {
			const plan = planFor(row.pairs, row.options)
			deepEqual(story(plan), {local: row.local ?? [], remote: row.remote ?? []})
			deepEqual(plan.leftAlone, row.leftAlone ?? [])
			deepEqual(plan.heldBack, row.heldBack ?? [])
			deepEqual(plan.unknown, row.unknown ?? [])
			deepEqual(
				plan.conflicts.map(({path, winner, copy}) => `${path} ${winner} ${copy}`),
				row.conflicts ?? [],
			)
			const ids = [...plan.local, ...plan.remote].map(({id}) => id)
			equal(new Set(ids).size, ids.length)
		})

	it('two copies that would share a name are numbered', () => {
		// Both names are cut to the same head.
		const [x, y] = [`${'n'.repeat(250)}x`, `${'n'.repeat(250)}y`]
		const plan = planFor([pair(x, [one, 'a1'], [two, 'b1']), pair(y, [one, 'a1'], [two, 'b1'])])
		const copies = plan.conflicts.map(({copy}) => copy)
		equal(new Set(copies).size, 2)
		ok(copies[1]?.endsWith('-laptop-2'))
	})
	it('a folder that stays has a version after both, by no counter of a device', () => {
		const plan = planFor([pair('d', [gone, 'a2'], [dir(), 'a1']), pair('d/new', null, [one, 'b1'])])
		const version = plan.local[0]?.version ?? []
		equal(compareVersions(version, v('a2')), 'after')
		equal(
			version.some(([id]) => id === options.device),
			false,
		)
		deepEqual(plan.remote[0]?.version, version)
	})
	it('both sides of a copy get the same version', () => {
		const plan = planFor([pair('a', [one, 'a1'], [two, 'b1'])])
		deepEqual(plan.local[0]?.keepAs?.version, plan.remote[1]?.version)
		deepEqual(plan.local[0]?.version, plan.remote[0]?.version)
	})
	it('takes 100,000 pairs, deep ones among them, in one pass', () => {
		const deep = Array.from({length: 200}, () => 'd').join('/')
		const pairs = [
			pair(deep, [one, 'a1'], null),
			...Array.from({length: 100_000}, (_, i) => pair(`f${String(i).padStart(6, '0')}`, [one, 'a1'], null)),
		]
		equal(planFor(pairs).remote.length, 100_001)
	})
	it('the same pairs give the same plan', () => {
		const pairs = [
			pair('a', [one, 'a1'], [two, 'b1']),
			pair('d', [gone, 'a2'], [dir(), 'a1']),
			pair('d/x', null, [one, 'b1']),
		]
		deepEqual(planFor(pairs), planFor(pairs))
	})
	for (const direction of ['both', 'push', 'pull'] as const)
		it(`made in portions where the other side has no record, it is the same plan (${direction})`, () => {
			const states = [one, dir(), gone, link('x'), two]
			const pairs = Array.from({length: 23}, (_, i) =>
				pair(`d${String(i).padStart(2, '0')}`, [states[i % states.length] ?? one, 'a1'], null),
			)
			const inside = pairs.flatMap((above) =>
				above.local?.state.kind === 'dir' ? [above, pair(`${above.path}/x`, [one, 'a1'], null)] : [above],
			)
			const whole = planFor(inside, {direction})
			const steps = {local: [...whole.local], remote: [...whole.remote]}
			let lastId = 0
			for (let at = 0; at < inside.length; at += 5) {
				const part = planFor(inside.slice(at, at + 5), {direction, lastId})
				lastId += part.local.length + part.remote.length
				deepEqual(part.local, steps.local.splice(0, part.local.length))
				deepEqual(part.remote, steps.remote.splice(0, part.remote.length))
				deepEqual([part.conflicts, part.leftAlone, part.unknown], [[], [], []])
			}
			deepEqual(steps, {local: [], remote: []})
			equal(lastId, whole.local.length + whole.remote.length)
		})
})
