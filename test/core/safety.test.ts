// Tables of the brakes: too many deletions, another root.
import {equal} from 'node:assert/strict'
import {isSameRoot, type RootIdentity} from '../../src/lib/core/folder/root.js'
import {isTooManyDeletions} from '../../src/lib/core/plan/safety.js'

const rows: readonly (readonly [name: string, deletions: number, held: number, maxPercent: number, stops: boolean])[] =
	[
		['none', 0, 100, 50, false],
		['ten of ten are never held', 10, 10, 0, false],
		['eleven of eleven', 11, 11, 50, true],
		['exactly the share', 50, 100, 50, false],
		['one above the share', 51, 100, 50, true],
		['a small share of many', 1000, 100_000, 50, false],
		['everything of many', 100_000, 100_000, 50, true],
		['everything, switched off', 100_000, 100_000, 100, false],
		['everything, nearly switched off', 100_000, 100_000, 99, true],
		['a limit of 0', 11, 1_000_000, 0, true],
		['more than is held, by a liar', 20, 0, 50, true],
		['a fraction of a percent', 11, 1001, 1, true],
	]

const known: RootIdentity = {id: 'x', ino: 5, ctimeMs: 7}

describe('core: safety', () => {
	for (const [name, deletions, held, maxPercent, stops] of rows)
		it(`${name}: ${stops ? 'stops' : 'goes on'}`, () => equal(isTooManyDeletions({deletions, held, maxPercent}), stops))
	it('knows its root by the marker', () => {
		equal(isSameRoot(known, {...known}), true)
		equal(isSameRoot(known, {...known, ino: 6}), true, 'mounted again')
		equal(isSameRoot(known, {...known, ctimeMs: 8}), true, 'chmod -R')
		equal(isSameRoot(known, {...known, ino: 6, ctimeMs: 8}), false, 'restored or copied')
		equal(isSameRoot(known, {...known, id: 'y'}), false, 'another marker')
	})
})
