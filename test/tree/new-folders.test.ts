// New folders are built in staging and take their names whole; whatever came to stand under such a name meanwhile stays.
import assert from 'node:assert/strict'
import {chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {RelPath} from '../../src/lib/core/paths.js'
import {stampOf} from '../../src/lib/tree/disk/stat.js'
import type {FileTask, TaskResult} from '../../src/lib/tree/tasks.js'
import {makeFolders, makeRest} from '../../src/lib/tree/write/apply.js'
import {appendStage, finishStage, openStage} from '../../src/lib/tree/write/apply-large.js'
import {dropLeftovers} from '../../src/lib/tree/write/apply-local.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {readyPacks} from '../../src/lib/tree/write/publish.js'
import {hashOf} from '../../src/lib/tree/write/staging.js'
import {packed, published} from './somebody.js'
import {withTemp} from './temp.js'

const rel = (path: string): RelPath => path as RelPath
const mtime = 1_600_000_000_123_456
const task = (id: number, path: string, content: string, mode = 0o640): FileTask => ({
	id,
	path: rel(path),
	occupant: null,
	keepAs: null,
	size: content.length,
	mtime,
	mode,
	hash: hashOf(Buffer.from(content)),
})
const folders = (...paths: string[]): TaskResult[] =>
	makeFolders({
		tasks: paths.map((path, i) => ({id: 1000 + i, path: rel(path), occupant: null, keepAs: null, mode: 0o755})),
	})
/** Puts files (path: content) and has them take their names. */
const put = (files: Readonly<Record<string, string>>): TaskResult[] => [
	...published(
		packed(
			Object.entries(files).map(([path, content], i) => task(i, path, content)),
			Buffer.from(Object.values(files).join('')),
		),
	),
	...published(readyPacks(undefined)),
]
const codes = (results: readonly TaskResult[]): (string | null)[] => results.map(({fault}) => fault?.code ?? null)

describe('tree/new-folders', () => {
	let root = ''
	const staging = (): string[] => {
		dropLeftovers(undefined)
		return readdirSync(join(root, '.filesync/staging'))
	}
	const inRoot = (body: () => void) => () =>
		withTemp((folder) => {
			root = folder
			beginApply({root, trashSession: null})
			body()
		})

	it(
		'come with their files, and the stamps told are those on the disk',
		inRoot(() => {
			folders('a', 'a/b', 'a/b/c', 'z')
			const files = {'a/1': 'one', 'a/b/c/2': 'two', 'a/b/c/3': '', 'a/z': 'three', top: 'four', 'z/5': 'five'}
			const results = put(files)
			assert.deepEqual(
				codes(results),
				Object.keys(files).map(() => null),
			)
			for (const [path, content] of Object.entries(files)) {
				const stats = lstatSync(join(root, path))
				assert.equal(readFileSync(join(root, path), 'utf8'), content)
				assert.equal(Math.round(stats.mtimeMs * 1000), mtime)
				const told = results.find(({id}) => id === Object.keys(files).indexOf(path))
				assert.deepEqual(told?.disk, stampOf(stats), path)
				assert.equal(stats.mode & 0o777, 0o640)
			}
			assert.deepEqual(staging(), [])
			assert.deepEqual(codes(makeRest(undefined)), [])
		}),
	)

	it(
		'are made without files at the end',
		inRoot(() => {
			folders('empty', 'empty/inner', 'full')
			assert.deepEqual(codes(put({'full/x': 'x'})), [null])
			assert.equal(existsSync(join(root, 'empty')), false)
			assert.deepEqual(codes(makeRest(undefined)), [null, null])
			assert.ok(lstatSync(join(root, 'empty/inner')).isDirectory())
		}),
	)

	it(
		'take in what comes with later packs',
		inRoot(() => {
			folders('a', 'a/b')
			put({'a/1': 'one'})
			assert.deepEqual(codes(put({'a/2': 'two', 'a/b/3': 'three'})), [null, null])
			assert.deepEqual(readdirSync(join(root, 'a')), ['1', '2', 'b'])
		}),
	)

	it(
		'leave a folder that appeared, and fill it',
		inRoot(() => {
			folders('a', 'a/b')
			mkdirSync(join(root, 'a'))
			writeFileSync(join(root, 'a/mine'), 'mine')
			writeFileSync(join(root, 'a/1'), 'mine too')
			assert.deepEqual(codes(put({'a/1': 'one', 'a/2': 'two', 'a/b/3': 'three'})).sort(), ['CHANGED', null, null])
			assert.deepEqual(readFileSync(join(root, 'a/1'), 'utf8'), 'mine too')
			assert.deepEqual(readdirSync(join(root, 'a'), {recursive: true}).sort(), ['1', '2', 'b', 'b/3', 'mine'])
			assert.deepEqual(staging(), [])
		}),
	)

	it(
		'leave a file that appeared',
		inRoot(() => {
			folders('a', 'a/b')
			writeFileSync(join(root, 'a'), 'mine')
			assert.deepEqual(codes(put({'a/1': 'one', 'a/b/2': 'two', ok: 'ok'})), ['CHANGED', 'CHANGED', null])
			assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'mine')
			assert.deepEqual(codes(makeRest(undefined)), ['CHANGED', 'ENOTDIR'])
			assert.deepEqual(staging(), [])
		}),
	)

	it(
		'come without a file that is not as announced',
		inRoot(() => {
			folders('a')
			const bad = {...task(1, 'a/bad', 'bad!'), hash: hashOf(Buffer.from('good'))}
			const results = published(packed([task(0, 'a/ok', 'fine'), bad], Buffer.from('finebad!')))
			assert.deepEqual(codes([...results, ...published(readyPacks(undefined))]).sort(), ['HASH', null])
			assert.deepEqual(readdirSync(join(root, 'a')), ['ok'])
		}),
	)

	it(
		'are there before a large file of theirs',
		inRoot(() => {
			folders('a')
			const results = published(packed([task(0, 'a/small', 'small')], Buffer.from('small')))
			assert.equal(openStage({id: 1, path: rel('a/large')}), null)
			appendStage({id: 1, bytes: new Uint8Array(Buffer.from('large'))})
			assert.deepEqual(codes([...results, ...published(finishStage({task: task(1, 'a/large', 'large')}))]), [
				null,
				null,
			])
			assert.deepEqual(readdirSync(join(root, 'a')), ['large', 'small'])
		}),
	)

	it(
		'regression: are there for a large file that was ready before the first small one came',
		inRoot(() => {
			folders('a', 'a/b')
			assert.equal(openStage({id: 1, path: rel('a/b/large')}), null)
			appendStage({id: 1, bytes: new Uint8Array(Buffer.from('large'))})
			const large = finishStage({task: task(1, 'a/b/large', 'large')})
			const small = packed([task(0, 'a/b/small', 'small')], Buffer.from('small'))
			assert.deepEqual(codes([...published(large), ...published(small), ...published(readyPacks(undefined))]), [
				null,
				null,
			])
			assert.deepEqual(readdirSync(join(root, 'a/b')), ['large', 'small'])
		}),
	)

	it(
		'regression: are there before a large file below them, in a folder that has no other file',
		inRoot(() => {
			folders('a', 'a/b', 'a/b/c')
			const results = published(packed([task(0, 'a/small', 'small')], Buffer.from('small')))
			assert.equal(openStage({id: 1, path: rel('a/b/c/large')}), null)
			appendStage({id: 1, bytes: new Uint8Array(Buffer.from('large'))})
			assert.deepEqual(codes([...results, ...published(finishStage({task: task(1, 'a/b/c/large', 'large')}))]), [
				null,
				null,
			])
			assert.deepEqual([readdirSync(join(root, 'a')), readdirSync(join(root, 'a/b/c'))], [['b', 'small'], ['large']])
		}),
	)

	it('take the group of a folder that gives it', async function () {
		if (process.getuid?.() !== 0) this.skip()
		await inRoot(() => {
			mkdirSync(join(root, 'shared'))
			chownSync(join(root, 'shared'), 0, 4711)
			chmodSync(join(root, 'shared'), 0o2775)
			folders('shared/a')
			assert.deepEqual(codes(put({'shared/a/1': 'one'})), [null])
			assert.equal(lstatSync(join(root, 'shared/a')).gid, 4711)
		})()
	})

	it(
		'are made where they stand when their path in staging is too long for a call',
		inRoot(() => {
			const parts = Array.from({length: 18}, (_, i) => String(i).padEnd(210, 'x'))
			const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
			folders(...paths)
			assert.deepEqual(codes(put({[`${paths.at(-1)}/f`]: 'deep'})), [null])
			assert.deepEqual(codes(makeRest(undefined)), [])
		}),
	)
})
