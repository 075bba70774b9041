// Which folders take their new name whole, and which are put together entry by entry.
import assert from 'node:assert/strict'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {PlanStep} from '../../src/lib/core/plan/plan.js'
import {folderMoves} from '../../src/lib/replica/plan/folder-moves.js'
import {prepare} from '../../src/lib/replica/plan/prepare.js'
import {dir, file, gone, link} from '../core/support.js'
import {byPath, record, step} from './steps.js'

/** `old` holds a, b and the link l; all of it goes to `new`. */
const here: readonly IndexRecord[] = [
	record('old', dir()),
	record('old/a', file('a')),
	record('old/b', file('b')),
	record('old/l', link('t')),
]
const moved: readonly PlanStep[] = [
	step(1, 'new', dir()),
	step(2, 'new/a', file('a')),
	step(3, 'new/b', file('b')),
	step(4, 'new/l', link('t')),
	step(5, 'old', gone),
	step(6, 'old/a', gone),
	step(7, 'old/b', gone),
	step(8, 'old/l', gone),
]
const without = (id: number): readonly PlanStep[] => moved.filter((one) => one.id !== id)
const instead = (id: number, other: PlanStep): readonly PlanStep[] => moved.map((one) => (one.id === id ? other : one))

interface Row {
	readonly name: string
	readonly steps: readonly PlanStep[]
	readonly here?: readonly IndexRecord[]
	/** `old > new (entries)` of each. */
	readonly moves: readonly string[]
}

const rows: readonly Row[] = [
	{name: 'a folder of which all goes', steps: moved, moves: ['old > new (a b l)']},
	{name: 'one file edited on the way', steps: instead(2, step(2, 'new/a', file('other'))), moves: []},
	{name: 'one file touched on the way', steps: instead(2, step(2, 'new/a', file('a', 500))), moves: []},
	{name: 'one link with another target', steps: instead(4, step(4, 'new/l', link('u'))), moves: []},
	{name: 'one file renamed on the way', steps: instead(2, step(2, 'new/c', file('a'))), moves: []},
	{name: 'one file left behind', steps: without(3), moves: []},
	{
		name: 'one more file in the new folder, which comes by itself',
		steps: [...moved.slice(0, 4), step(9, 'new/z', file('z')), ...moved.slice(4)],
		moves: ['old > new (a b l)'],
	},
	{name: 'the old folder stays', steps: without(5), moves: []},
	{name: 'the new folder stood here before', steps: moved, here: [record('new', dir()), ...here], moves: []},
	{
		name: 'a content that another path takes as well',
		steps: [...moved.slice(0, 4), step(9, 'o', file('a')), ...moved.slice(4)],
		moves: [],
	},
	{
		name: 'no folder at all',
		steps: [step(1, 'x', file('a')), step(2, 'y', gone)],
		here: [record('y', file('a'))],
		moves: [],
	},
	{name: 'nothing', steps: [], moves: []},
]

describe('replica: folders that move whole', () => {
	for (const {name, steps, here: held = here, moves} of rows)
		it(`${name}: ${moves.length === 0 ? 'none' : moves.join(', ')}`, async () => {
			const scope = {isIgnored: () => false, isUnknown: () => false, areOneEntry: async () => []}
			const found = folderMoves((await prepare(steps, byPath(...held), scope)).steps)
			assert.deepEqual(
				found.map(({made, removal, entries}) => {
					const names = entries.map(({put}) => put.step.path.slice(made.step.path.length + 1))
					return `${removal.step.path} > ${made.step.path} (${names.join(' ')})`
				}),
				moves,
			)
		})
})
