// A rename in case or Unicode form alone, where the other side's disk or one's own takes both names for one: nothing is lost, with the
// trash off, whoever leads, one-shot and live.
import assert from 'node:assert/strict'
import {concurrently, type Job} from '../e2e/support/concurrent.js'
import {Dir, day, type Tree} from '../e2e/support/dir.js'
import {Pair} from '../e2e/support/pair.js'
import {told, until} from '../e2e/support/program.js'
import {countsOf, noCounts} from '../e2e/support/result.js'
import {type FoldingDisk, foldingDisks} from './disks.js'

interface Row {
	readonly past: (dir: Dir) => void
	readonly edit: (dir: Dir) => void
	readonly expect: Tree
	/** Renames counted, where no content changed. */
	readonly renamed?: number
}

const docs = (dir: Dir): Dir =>
	dir
		.write('Docs/Read.me', 'read me', day(1))
		.write('Docs/other', 'other', day(1))
		.write('Docs/empty', '', day(1))
		.write('Docs/Sub/deep.txt', 'deep', day(1))

const rows: Readonly<Record<string, Row>> = {
	'a file in case': {
		past: (dir) => dir.write('readme.txt', 'hello', day(1)),
		edit: (dir) => dir.mv('readme.txt', 'README.txt'),
		expect: {'README.txt': 'hello'},
		renamed: 1,
	},
	'a file in form': {
		past: (dir) => dir.write('caf\u00e9.txt', 'coffee', day(1)),
		edit: (dir) => dir.mv('caf\u00e9.txt', 'cafe\u0301.txt'),
		expect: {'cafe\u0301.txt': 'coffee'},
		renamed: 1,
	},
	'an empty file': {
		past: (dir) => dir.write('empty', '', day(1)),
		edit: (dir) => dir.mv('empty', 'Empty'),
		expect: {Empty: ''},
	},
	'a file, and edited': {
		past: (dir) => dir.write('notes', 'older', day(1)),
		edit: (dir) => dir.mv('notes', 'Notes').write('Notes', 'newer and longer', day(2)),
		expect: {Notes: 'newer and longer'},
	},
	'a file, and touched': {
		past: (dir) => dir.write('touched', 'same', day(1)),
		edit: (dir) => dir.mv('touched', 'TOUCHED').touch('TOUCHED', day(3)),
		expect: {TOUCHED: 'same'},
	},
	'a folder': {
		past: docs,
		edit: (dir) => dir.mv('Docs', 'docs'),
		expect: {
			'docs/': '',
			'docs/Read.me': 'read me',
			'docs/Sub/': '',
			'docs/Sub/deep.txt': 'deep',
			'docs/empty': '',
			'docs/other': 'other',
		},
	},
	'an empty folder': {
		past: (dir) => dir.mkdir('Nothing', 0o755),
		edit: (dir) => dir.mv('Nothing', 'nothing'),
		expect: {'nothing/': ''},
	},
	'a folder, one in it and a file in it': {
		past: docs,
		edit: (dir) => dir.mv('Docs', 'DOCS').mv('DOCS/Sub', 'DOCS/sub').mv('DOCS/sub/deep.txt', 'DOCS/sub/DEEP.txt'),
		expect: {
			'DOCS/': '',
			'DOCS/Read.me': 'read me',
			'DOCS/empty': '',
			'DOCS/other': 'other',
			'DOCS/sub/': '',
			'DOCS/sub/DEEP.txt': 'deep',
		},
	},
	'a folder in which one file is edited, one new, one gone, one moved out and one in': {
		past: (dir) => docs(dir).write('Docs/out', 'goes out', day(1)).write('in', 'comes in', day(1)),
		edit: (dir) =>
			dir
				.mv('Docs', 'docs')
				.write('docs/Read.me', 'read me once more', day(2))
				.write('docs/new', 'new', day(2))
				.rm('docs/other')
				.mv('docs/out', 'out')
				.mv('in', 'docs/in'),
		expect: {
			'docs/': '',
			'docs/Read.me': 'read me once more',
			'docs/Sub/': '',
			'docs/Sub/deep.txt': 'deep',
			'docs/empty': '',
			'docs/in': 'comes in',
			'docs/new': 'new',
			out: 'goes out',
		},
	},
	'a file whose new name another content takes': {
		past: (dir) => dir.write('one', 'content one', day(1)).write('two', 'content two', day(1)),
		edit: (dir) => dir.mv('one', 'three').mv('two', 'ONE'),
		expect: {ONE: 'content two', three: 'content one'},
	},
	'a file becomes a folder of another case': {
		past: (dir) => dir.write('thing', 'a file', day(1)),
		edit: (dir) => dir.rm('thing').write('Thing/in', 'in it', day(1)),
		expect: {'Thing/': '', 'Thing/in': 'in it'},
	},
	'a folder becomes a file of another case': {
		past: docs,
		edit: (dir) => dir.rm('Docs').write('docs', 'a file', day(1)),
		expect: {docs: 'a file'},
	},
}

const folderOf = (index: number): string => `row${String(index).padStart(2, '0')}`

function edit(dir: Dir, what: 'past' | 'edit'): void {
	for (const [index, row] of Object.values(rows).entries()) row[what](new Dir(dir.at(folderOf(index))))
}

function check({alpha, beta}: Pair, {isFull}: FoldingDisk): void {
	for (const device of [alpha, beta])
		for (const [index, [name, {expect}]] of Object.entries(rows).entries())
			assert.deepEqual({[name]: new Dir(device.dir.at(folderOf(index))).tree}, {[name]: expect}, device.name)
	if (isFull) assert.deepEqual(alpha.dir.replica, beta.dir.replica)
}

type SideName = 'alpha' | 'beta'

/** Alpha leads, beta serves; one of them has the disk that folds. */
async function withDisk(
	disk: FoldingDisk,
	folding: SideName,
	name: string,
	body: (pair: Pair) => Promise<void>,
): Promise<void> {
	const pair = new Pair({name, settings: {trash_days: 0, max_delete_percent: 100}})
	const take = disk.put(pair[folding])
	try {
		for (const index of Object.keys(rows).keys()) pair.alpha.dir.mkdir(folderOf(index), 0o755)
		edit(pair.alpha.dir, 'past')
		await pair.serve()
		await pair.during(() => body(pair))
	} finally {
		take()
	}
}

const oneShot = (disk: FoldingDisk, folding: SideName, editor: SideName): Job => ({
	name: `renamed ${editor === folding ? 'there' : 'at the other side'}, the side that ${folding === 'alpha' ? 'leads' : 'serves'} folds: one sync`,
	skip: disk.skip,
	run: () =>
		withDisk(disk, folding, `folds-${folding}-${editor}`, async (pair) => {
			await pair.alpha.result(['sync'])
			edit(pair[editor].dir, 'edit')
			const planned = await pair.alpha.result(['sync', '--dry-run'])
			const result = await pair.alpha.result(['sync', '--verbose'])
			check(pair, disk)
			assert.deepEqual(result.conflicts, [])
			assert.deepEqual(planned.actions, result.actions)
			for (const [index, [name, {renamed}]] of Object.entries(rows).entries()) {
				const actions = result.actions?.filter(({path}) => path.startsWith(`${folderOf(index)}/`)) ?? []
				if (renamed !== undefined)
					assert.deepEqual(
						[name, actions.map(({action}) => action.split('_')[0])],
						[name, Array(renamed).fill('rename')],
					)
			}
			assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
			check(pair, disk)
		}),
})

const live = (disk: FoldingDisk, folding: SideName, editor: SideName): Job => ({
	name: `renamed ${editor === folding ? 'there' : 'at the other side'}, the side that ${folding === 'alpha' ? 'watches' : 'serves'} folds: live`,
	skip: disk.skip,
	run: () =>
		withDisk(disk, folding, `folds-live-${folding}-${editor}`, async (pair) => {
			const watch = pair.alpha.start('watch')
			await watch.line(/^Synced: /m)
			edit(pair[editor].dir, 'edit')
			let failure: unknown
			await until('all as it should be', () => {
				try {
					check(pair, disk)
					return true
				} catch (error) {
					failure = error
					return false
				}
			}).catch(() => {
				throw new Error(`${failure}\n--- the watching side said\n${watch.said}`)
			})
			const outcome = await watch.stop()
			assert.equal(outcome.code, 0, told(outcome))
			// Where times are not compared above, one may be due still.
			if (!disk.isFull) await pair.alpha.result(['sync'])
			assert.deepEqual(countsOf(await pair.alpha.result(['sync'])), noCounts)
			check(pair, disk)
		}),
})

describe('folding: renames in case or form alone', () => {
	for (const disk of foldingDisks)
		describe(disk.name, () => {
			if (disk.isVariant) {
				concurrently([oneShot(disk, 'alpha', 'beta'), live(disk, 'beta', 'alpha')])
				return
			}
			const sides = ['alpha', 'beta'] as const
			concurrently(sides.flatMap((folding) => sides.map((editor) => oneShot(disk, folding, editor))))
			concurrently(sides.flatMap((folding) => sides.map((editor) => live(disk, folding, editor))))
		})
})
