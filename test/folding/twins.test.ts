// Two names at the other side that one disk takes for one: the second is refused, the first stays as it is, and nothing is lost.
import assert from 'node:assert/strict'
import {concurrently, type Job} from '../e2e/support/concurrent.js'
import {type Dir, day} from '../e2e/support/dir.js'
import {Pair} from '../e2e/support/pair.js'
import {countsOf, noCounts, type SyncResult} from '../e2e/support/result.js'
import {type FoldingDisk, foldingDisks} from './disks.js'

interface Row {
	readonly name: string
	/** At the side that folds nothing. */
	readonly past?: (dir: Dir) => void
	readonly edit: (dir: Dir) => void
	/** At the side that folds, at the same time. */
	readonly here?: (dir: Dir) => void
	/** Refused at the folding side: exit 1, each a problem there. */
	readonly refused: readonly string[]
	/** What the folding side holds then. */
	readonly held: Readonly<Record<string, string>>
	/** How the user settles it at the side that folds nothing, and what both hold then. */
	readonly mend: (dir: Dir) => void
	readonly expect: Readonly<Record<string, string>>
}

const rows: readonly Row[] = [
	{
		name: 'a second file',
		past: (dir) => dir.write('twin', 'first', day(1)),
		edit: (dir) => dir.write('Twin', 'second', day(2)),
		refused: ['Twin'],
		held: {twin: 'first'},
		mend: (dir) => dir.mv('Twin', 'other'),
		expect: {other: 'second', twin: 'first'},
	},
	{
		name: 'a second file, of which the first goes then',
		past: (dir) => dir.write('twin', 'first', day(1)),
		edit: (dir) => dir.write('Twin', 'second', day(2)),
		refused: ['Twin'],
		held: {twin: 'first'},
		mend: (dir) => dir.rm('twin'),
		expect: {Twin: 'second'},
	},
	{
		name: 'a second folder with all in it',
		past: (dir) => dir.write('Docs/a', 'a', day(1)),
		edit: (dir) => dir.write('docs/a', 'other a', day(2)).write('docs/b', 'b', day(2)).mkdir('docs/sub'),
		refused: ['docs', 'docs/a', 'docs/b', 'docs/sub'],
		held: {'Docs/': '', 'Docs/a': 'a'},
		mend: (dir) => dir.mv('docs', 'more'),
		expect: {'Docs/': '', 'Docs/a': 'a', 'more/': '', 'more/a': 'other a', 'more/b': 'b', 'more/sub/': ''},
	},
	{
		name: 'files moved from a folder to its twin',
		past: (dir) => dir.write('Docs/a', 'a', day(1)).write('Docs/stays', 'stays', day(1)),
		edit: (dir) => dir.mv('Docs/a', 'docs/a'),
		refused: ['Docs/a', 'docs', 'docs/a'],
		held: {'Docs/': '', 'Docs/a': 'a', 'Docs/stays': 'stays'},
		mend: (dir) => dir.mv('docs', 'more'),
		expect: {'Docs/': '', 'Docs/stays': 'stays', 'more/': '', 'more/a': 'a'},
	},
	{
		name: 'a file renamed there while it is edited here',
		past: (dir) => dir.write('readme', 'older', day(1)),
		edit: (dir) => dir.mv('readme', 'README'),
		here: (dir) => dir.write('readme', 'edited here', day(2)),
		refused: ['README'],
		held: {readme: 'edited here'},
		mend: (dir) => dir.rm('README'),
		expect: {readme: 'edited here'},
	},
	{
		name: 'a name that another takes while its file takes another case',
		past: (dir) => dir.write('a', 'content a', day(1)).write('b', 'content b', day(1)),
		edit: (dir) => dir.mv('a', 'A').mv('b', 'a'),
		refused: ['A'],
		held: {a: 'content b'},
		mend: (dir) => dir.mv('A', 'c'),
		expect: {a: 'content b', c: 'content a'},
	},
]

type SideName = 'alpha' | 'beta'

/** What was not done, whichever side it was to be done at. */
const refusedIn = ({problems}: SyncResult): string[] => [...new Set(problems.map(({path}) => path))].sort()

const job = (disk: FoldingDisk, row: Row, folding: SideName): Job => ({
	name: `${row.name}, the side that ${folding === 'alpha' ? 'leads' : 'serves'} folds`,
	skip: disk.skip,
	run: async () => {
		const pair = new Pair({name: `twins-${folding}`, settings: {trash_days: 0, max_delete_percent: 100}})
		const [here, there] = [pair[folding], pair[folding === 'alpha' ? 'beta' : 'alpha']]
		const take = disk.put(here)
		try {
			row.past?.(there.dir)
			await pair.serve()
			await pair.during(async () => {
				await pair.alpha.result(['sync'])
				row.edit(there.dir)
				row.here?.(here.dir)
				for (let i = 0; i < 2; i++) {
					const result = await pair.alpha.result(['sync'], 1)
					assert.deepEqual(refusedIn(result), [...row.refused].sort())
					assert.ok(
						result.problems.every(({code}) => code === 'EXISTS'),
						JSON.stringify(result.problems),
					)
					assert.deepEqual(here.dir.tree, row.held)
				}
				row.mend(there.dir)
				await pair.alpha.result(['sync'])
				assert.deepEqual(here.dir.tree, row.expect)
				assert.deepEqual(there.dir.tree, row.expect)
				assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
			})
		} finally {
			take()
		}
	},
})

describe('folding: twins', () => {
	for (const disk of foldingDisks.filter(({isVariant}) => !isVariant))
		describe(disk.name, () => {
			const folding = disk.isFull ? (['alpha', 'beta'] as const) : (['beta'] as const)
			concurrently(rows.flatMap((row) => folding.map((side) => job(disk, row, side))))
		})
})
