// Tables of what is agreed and what is left over when steps failed.
import {deepEqual} from 'node:assert/strict'
import type {Plan, PlanStep} from '../../src/lib/core/plan/plan.js'
import {settle} from '../../src/lib/core/plan/settle.js'
import {dir, file, gone, link, pair, planFor, words} from './support.js'

const [old, young] = [file('old', 100), file('young', 200)]
const copy = 'a.sync-conflict-19700101-000140-phone'
const conflict = planFor([pair('a', [young, 'a1'], [old, 'b1'])])
const ofLink = planFor([pair('a', [young, 'a1'], [link('x', 100), 'b1'])])
const forced = planFor([pair('a', [young, 'a1'], [old, 'b1'])], {direction: 'push', force: true})
const folder = planFor([pair('d', [gone, 'a2'], [dir(), 'a1']), pair('d/x', null, [young, 'b1'])])

const rows: readonly (readonly [
	name: string,
	plan: Plan,
	failing: readonly string[],
	agreed: readonly string[],
	pending: readonly string[],
])[] = [
	['all worked', conflict, [], ['agree a'], []],
	['the copy failed at the winner: the loser has one', conflict, [`put ${copy} <- a`], ['agree a'], [copy]],
	[
		'the loser could not be replaced: the winner has the copy',
		conflict,
		[`put a keep ${copy}`],
		['agree a'],
		['a', copy],
	],
	['both failed: the conflict stays one', conflict, [`put a keep ${copy}`, `put ${copy} <- a`], [], ['a', copy]],
	['both failed, a link', ofLink, [`put a keep ${copy}`, `link ${copy}`], [], ['a', copy]],
	['a forced push failed: no copy anywhere, so nothing is agreed', forced, [`put a keep ${copy}`], [], ['a', copy]],
	['a forced push worked', forced, [], ['agree a'], [copy]],
	['an agreement failed', conflict, ['agree a'], [], ['a']],
	['a folder that stays could not be made: its other side may know', folder, ['mkdir d'], ['agree d'], ['d']],
]

describe('core: settle', () => {
	for (const [name, plan, failing, agreed, pending] of rows)
		it(name, () => {
			const steps: readonly PlanStep[] = [...plan.local, ...plan.remote]
			const failed = new Set(steps.filter((step) => failing.includes(words(step))).map(({id}) => id))
			deepEqual(failed.size, failing.length)
			const settled = settle(plan, failed)
			deepEqual([...settled.agreements.local, ...settled.agreements.remote].map(words), agreed)
			deepEqual(settled.pending, pending)
		})
	it('what was left alone or held back is pending', () => {
		const plan = planFor([pair('a', [young, 'a1'], [old, 'b1']), pair('b', null, [young, 'b1'])], {direction: 'push'})
		deepEqual(settle(plan, new Set()).pending, ['a', 'b'])
	})
})
