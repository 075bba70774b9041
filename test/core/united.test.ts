// Equal contents that nobody agreed on before: the older date stays on both sides, and nothing becomes more public than it was.
import {deepEqual, equal} from 'node:assert/strict'
import type {State} from '../../src/lib/core/entries/entry.js'
import {compareVersions} from '../../src/lib/core/entries/versions.js'
import {dir, file, link, pair, planFor, v} from './support.js'

const at = (sec: number, mode: number): State => file('one', sec, 10, mode)

/** Both sides hold the first two; `after`: what both hold then. Each row is decided from either side. */
const rows: readonly (readonly [name: string, a: State, b: State, after: State])[] = [
	['a copy with the date of the copying', at(100, 0o644), at(500, 0o644), at(100, 0o644)],
	['a private original and a public copy', at(100, 0o600), at(500, 0o644), at(100, 0o600)],
	['a public original and a private copy', at(100, 0o644), at(500, 0o600), at(100, 0o600)],
	['equal dates, one side private', at(100, 0o644), at(100, 0o600), at(100, 0o600)],
	['a program and a copy from a disk without modes', at(100, 0o755), at(500, 0o644), at(100, 0o755)],
	['a program for its owner alone', at(100, 0o700), at(500, 0o644), at(100, 0o700)],
	['a copy that all may write', at(100, 0o644), at(500, 0o777), at(100, 0o644)],
	['an original that all may write', at(100, 0o777), at(500, 0o644), at(100, 0o755)],
	['each is open to somebody else', at(100, 0o640), at(500, 0o604), at(100, 0o600)],
	['a read-only copy', at(100, 0o644), at(500, 0o444), at(100, 0o644)],
	['folders, one private', dir(0o755), dir(0o700), dir(0o700)],
	['folders of two umasks', dir(0o775), dir(0o755), dir(0o755)],
	['links', link('x', 100), link('x', 500), link('x', 100)],
]

const stateOf = (step: {readonly state: State} | undefined, before: State): State => step?.state ?? before

describe('core: equal contents without a common past', () => {
	for (const [name, a, b, after] of rows)
		for (const [local, remote, side] of [
			[a, b, 'here'],
			[b, a, 'there'],
		] as const)
			it(`${name}, the first ${side}`, () => {
				const plan = planFor([pair('p', [local, 'a1'], [remote, 'b1'])])
				const [here, there] = [plan.local[0], plan.remote[0]]
				deepEqual([stateOf(here, local), stateOf(there, remote)], [after, after])
				for (const step of [here, there]) equal(compareVersions(step?.version ?? [], v('a1 b1')), 'equal')
				deepEqual(plan.conflicts, [])
			})

	it('with a common past the later change of a date counts', () => {
		const plan = planFor([pair('p', [at(100, 0o644), 'a2 b1'], [at(500, 0o644), 'a1 b2'])])
		deepEqual(plan.local[0]?.state, at(500, 0o644))
	})

	it('a push or pull changes its one side, or leaves it to a sync', () => {
		const sides = [
			[at(100, 0o644), 'a1'],
			[at(500, 0o644), 'b1'],
		] as const
		const mixed = [sides[0], [at(500, 0o600), 'b1']] as const
		const told = (direction: 'push' | 'pull', [local, remote]: typeof sides | typeof mixed) => {
			const plan = planFor([pair('p', local, remote)], {direction})
			return [plan.local.length, plan.remote.filter(({do: what}) => what === 'put').length, plan.heldBack.length]
		}
		deepEqual(told('push', sides), [1, 1, 0])
		deepEqual(told('pull', sides), [0, 0, 1])
		deepEqual(told('push', mixed), [0, 0, 1])
		deepEqual(told('pull', mixed), [0, 0, 1])
	})
})
