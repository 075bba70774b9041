// Tables of stages: names are freed before they are taken, folders before what is in them.
import {deepEqual} from 'node:assert/strict'
import type {State} from '../../src/lib/core/entries/entry.js'
import {stagesOf} from '../../src/lib/core/plan/order.js'
import {dir, file, gone, link, pair, planFor, words} from './support.js'

const one = file('one')
type Kinds = Readonly<Record<string, State['kind']>>

/** What the remote side does, stage by stage. */
function stages(pairs: Parameters<typeof planFor>[0], kinds: Kinds): string[] {
	const {remote} = planFor(pairs)
	return Object.entries(stagesOf(remote, (path) => kinds[path])).flatMap(([stage, steps]) =>
		steps.length === 0 ? [] : [`${stage}: ${steps.map(words).join(', ')}`],
	)
}

describe('core: order', () => {
	it('outer folders first, then files, then links', () => {
		deepEqual(
			stages(
				[
					pair('a', [link('x'), 'a1'], null),
					pair('d', [dir(), 'a1'], null),
					pair('d/e', [dir(), 'a1'], null),
					pair('d/e/f', [one, 'a1'], null),
				],
				{},
			),
			['folders: mkdir d, mkdir d/e', 'files: put d/e/f', 'links: link a'],
		)
	})
	it('removals last, the deepest first', () => {
		deepEqual(
			stages(
				[
					pair('a', [one, 'a1'], null),
					pair('d', [gone, 'a2'], 'agreed'),
					pair('d/e', [gone, 'a2'], 'agreed'),
					pair('d/e/f', [gone, 'a2'], 'agreed'),
					pair('d/g', [gone, 'a2'], 'agreed'),
				],
				{d: 'dir', 'd/e': 'dir', 'd/e/f': 'file', 'd/g': 'file'},
			),
			['files: put a', 'removals: remove d/g, remove d/e/f, remove d/e, remove d'],
		)
	})
	it('what lies below a folder that becomes a file goes first', () => {
		deepEqual(
			stages(
				[
					pair('d', [one, 'a2'], 'agreed'),
					pair('d-', [gone, 'a2'], 'agreed'),
					pair('d/e', [gone, 'a2'], 'agreed'),
					pair('d/e/f', [gone, 'a2'], 'agreed'),
				],
				{d: 'dir', 'd-': 'file', 'd/e': 'dir', 'd/e/f': 'file'},
			),
			['clear: remove d/e/f, remove d/e', 'files: put d', 'removals: remove d-'],
		)
	})
	it('what lies below a folder that becomes a link goes first', () => {
		deepEqual(
			stages([pair('d', [link('x'), 'a2'], 'agreed'), pair('d/x', [gone, 'a2'], 'agreed')], {d: 'dir', 'd/x': 'file'}),
			['clear: remove d/x', 'links: link d'],
		)
	})
	it('a file in place of a file clears nothing', () => {
		deepEqual(stages([pair('d', [one, 'a2'], 'agreed'), pair('e', [gone, 'a2'], 'agreed')], {d: 'file', e: 'file'}), [
			'files: put d',
			'removals: remove e',
		])
	})
	it('agreements come at the very end', () => {
		deepEqual(stages([pair('a', [one, 'a1'], [one, 'b1']), pair('z', [one, 'a1'], null)], {a: 'file'}), [
			'files: put z',
			'agreements: agree a',
		])
	})
})
