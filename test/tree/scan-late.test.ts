// A folder without folders is listed when its content is due: what changes between the walk and that moment must not be lost,
// and nothing that is not in the tree may be seen through it.
import assert from 'node:assert/strict'
import {existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {ScanColumns} from '../../src/lib/tree/scan/columns.js'
import {IgnoreRules} from '../../src/lib/tree/scan/ignore.js'
import {NameWalk} from '../../src/lib/tree/scan/names.js'
import {visitInOrder} from '../../src/lib/tree/scan/order.js'
import {Look} from '../../src/lib/tree/scan/stat-columns.js'
import {plant} from './temp.js'

/** A file system in memory on any Linux, where folders count their links. */
const memory = '/dev/shm'

const withTree = (tree: Readonly<Record<string, string>>, body: (root: string) => void) =>
	function (this: Mocha.Context): void {
		if (!existsSync(memory)) this.skip()
		const root = mkdtempSync(join(memory, 'filesync-late-'))
		try {
			plant(root, tree)
			body(root)
		} finally {
			rmSync(root, {recursive: true})
		}
	}

interface Moments {
	/** After the walk over the folders, before anything is looked at. */
	readonly walked?: () => void
	/** After the look at this path. */
	readonly looked?: (path: string) => void
}

function scanWith(root: string, ignored: readonly string[], {walked, looked}: Moments) {
	const rules = new IgnoreRules(ignored, false)
	const names = new NameWalk(root, rules)
	names.walk(() => {})
	const early = [...names.listings.keys()]
	walked?.()
	const look = new Look(root, names.unlisted, names.problems, (folder) => rules.ignores(folder, true))
	visitInOrder(
		(folder) => names.listingOf(folder),
		'',
		(path, wasFolder) => {
			const isFolder = look.at(path, wasFolder)
			looked?.(path)
			return isFolder
		},
	)
	const columns = new ScanColumns(look.result(names.skipped, names.ignored).value)
	return {early, columns, paths: [...columns].map(({path}) => path as string)}
}

describe('tree: a folder that is listed late', () => {
	it(
		'is one that holds no folders, and is seen as it is when it is due',
		withTree({'a/b/x': '', 'a/b/gone': '', 'c/': ''}, (root) => {
			const {early, paths} = scanWith(root, [], {
				walked: () => {
					rmSync(join(root, 'a/b/gone'))
					writeFileSync(join(root, 'a/b/new'), '')
					writeFileSync(join(root, 'c/late'), '')
				},
			})
			assert.deepEqual(early.sort(), ['', 'a'])
			assert.deepEqual(paths, ['a', 'a/b', 'a/b/new', 'a/b/x', 'c', 'c/late'])
		}),
	)

	it(
		'shows folders that have come, with all below, but for those that a rule leaves out',
		withTree({'a/x': ''}, (root) => {
			const {paths, columns} = scanWith(root, ['build/'], {
				walked: () => plant(root, {'a/sub/deep/y': '', 'a/build/z': ''}),
			})
			assert.deepEqual(paths, ['a', 'a/sub', 'a/sub/deep', 'a/sub/deep/y', 'a/x'])
			assert.deepEqual(columns.unreadable, [])
		}),
	)

	it(
		'shows a folder that has come where rules leave out all files but some',
		withTree({'a/x': '', 'a/y.c': ''}, (root) => {
			const {paths, columns} = scanWith(root, ['*', '!*/', '!*.c'], {
				walked: () => plant(root, {'a/sub/z.c': '', 'a/sub/z.o': ''}),
			})
			assert.deepEqual(paths, ['a', 'a/sub', 'a/sub/z.c', 'a/y.c'])
			assert.equal(columns.ignored, 2)
		}),
	)

	it(
		'a file that becomes a folder is entered, a folder that becomes a file is not',
		withTree({'a/b/c/x': '', 'a/file': ''}, (root) => {
			const {paths} = scanWith(root, [], {
				walked: () => {
					renameSync(join(root, 'a/b'), join(root, 'a/kept'))
					writeFileSync(join(root, 'a/b'), '')
					rmSync(join(root, 'a/file'))
					plant(root, {'a/file/in': ''})
				},
			})
			assert.deepEqual(paths, ['a', 'a/b', 'a/file', 'a/file/in'])
		}),
	)

	it(
		'becomes a link before the look: nothing is seen through it',
		withTree({'a/x': '', 'b/x': '', 'b/secret': ''}, (root) => {
			const {paths, columns} = scanWith(root, [], {
				walked: () => {
					rmSync(join(root, 'a'), {recursive: true})
					symlinkSync('b', join(root, 'a'))
				},
			})
			assert.deepEqual(paths, ['a', 'b', 'b/secret', 'b/x'])
			assert.deepEqual(columns.unreadable, [])
		}),
	)

	it(
		'becomes a link behind the look: nothing is seen through it, nor taken as deleted',
		withTree({'a/x': '', 'b/secret': ''}, (root) => {
			const {paths, columns} = scanWith(root, [], {
				looked: (path) => {
					if (path !== 'a') return
					renameSync(join(root, 'a'), join(root, 'away'))
					symlinkSync('b', join(root, 'a'))
				},
			})
			assert.deepEqual(paths, ['a', 'b', 'b/secret'])
			assert.ok(columns.isUnknown('a/x'))
		}),
	)

	it(
		'goes behind the look: nothing in it is taken as deleted',
		withTree({'a/x': '', 'b/': ''}, (root) => {
			const {columns} = scanWith(root, [], {
				looked: (path) => {
					if (path === 'a') rmSync(join(root, 'a'), {recursive: true})
				},
			})
			assert.ok(columns.isUnknown('a/x'))
			assert.deepEqual(columns.problems, [])
		}),
	)

	it(
		'with names that are not UTF-8 says so, and keeps the others',
		withTree({'a/x': ''}, (root) => {
			mkdirSync(join(root, 'b'))
			writeFileSync(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.of(0x66, 0xff)]), '')
			writeFileSync(join(root, 'b/real \ufffd'), '')
			const {early, paths, columns} = scanWith(root, [], {})
			assert.deepEqual(early, [''])
			assert.deepEqual(paths, ['a', 'a/x', 'b', 'b/real \ufffd'])
			assert.deepEqual(
				columns.problems.map(({path, code}) => [path, code]),
				[['a/f\\xff', 'EILSEQ']],
			)
		}),
	)
})
