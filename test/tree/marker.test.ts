import assert from 'node:assert/strict'
import {
	chmodSync,
	copyFileSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {isSameRoot} from '../../src/lib/core/folder/root.js'
import {hasProbe, keepsModes, makeProbe, readMarker, removeProbe, writeMarker} from '../../src/lib/tree/marker.js'
import {plant, withTemp} from './temp.js'

describe('tree/marker', () => {
	it('is read as it was written', () =>
		withTemp((root) => {
			assert.equal(readMarker(root), null)
			const written = writeMarker(root, 'abc-1')
			assert.equal(written.id, 'abc-1')
			assert.deepEqual(readMarker(root), written)
			assert.deepEqual(readdirSync(join(root, '.filesync')), ['root.json'])
			if (process.platform !== 'win32') assert.equal(lstatSync(join(root, '.filesync')).mode & 0o777, 0o700)
		}))

	it('written again it is another root', () =>
		withTemp((root) => {
			const first = writeMarker(root, 'one')
			const second = writeMarker(root, 'two')
			assert.deepEqual(readMarker(root), second)
			assert.ok(!isSameRoot(first, second))
		}))

	it('a copy of the folder is not the same root', () =>
		withTemp((folder) => {
			plant(folder, {'a/': '', 'b/.filesync/': ''})
			const known = writeMarker(join(folder, 'a'), 'id')
			copyFileSync(join(folder, 'a/.filesync/root.json'), join(folder, 'b/.filesync/root.json'))
			const copy = readMarker(join(folder, 'b'))
			assert.ok(copy !== null)
			assert.match(copy.id, /^id( copied)?$/)
			assert.ok(!isSameRoot(known, copy))
		}))

	it('a moved folder is the same root', () =>
		withTemp((folder) => {
			plant(folder, {'a/': ''})
			const known = writeMarker(join(folder, 'a'), 'id')
			renameSync(join(folder, 'a'), join(folder, 'b'))
			assert.deepEqual(readMarker(join(folder, 'b')), known)
		}))

	for (const damaged of ['', '{', 'null', '{}', '{"id": 1}', '{"id": ""}', '{"id": "\\u001b[2J"}', 'x'.repeat(100_000)])
		it(`a marker that holds ${JSON.stringify(damaged.slice(0, 20))} is none`, () =>
			withTemp((root) => {
				plant(root, {'.filesync/root.json': damaged})
				assert.equal(readMarker(root), null)
			}))

	it('a missing root is ROOT_MISSING, for reading and for writing', () =>
		withTemp((folder) => {
			const root = join(folder, 'gone')
			assert.throws(() => readMarker(root), {code: 'ROOT_MISSING'})
			assert.throws(() => writeMarker(root, 'id'), {code: 'ROOT_MISSING'})
			plant(folder, {file: ''})
			assert.throws(() => readMarker(join(folder, 'file')), {code: 'ROOT_MISSING'})
		}))

	const wrong: Record<string, (root: string, outside: string) => void> = {
		'.filesync is a link': (root, outside) => symlinkSync(outside, join(root, '.filesync')),
		'.filesync is a file': (root) => writeFileSync(join(root, '.filesync'), ''),
	}
	for (const [what, make] of Object.entries(wrong))
		it(`${what}: a clear error, and nothing is written`, () =>
			withTemp((folder) => {
				plant(folder, {'root/': '', 'outside/': ''})
				const root = join(folder, 'root')
				make(root, join(folder, 'outside'))
				for (const act of [() => readMarker(root), () => writeMarker(root, 'id')])
					assert.throws(act, {code: 'ROOT_REPLACED', message: /\.filesync must be a folder/})
				assert.deepEqual(readdirSync(join(folder, 'outside')), [])
			}))

	it('tells that a disk keeps modes, also where somebody gave the marker another one', () =>
		withTemp((root) => {
			writeMarker(root, 'id')
			assert.equal(keepsModes(root), true)
			chmodSync(join(root, '.filesync/root.json'), 0o755)
			assert.equal(keepsModes(root), true)
			assert.deepEqual(readdirSync(join(root, '.filesync')), ['root.json'])
		}))

	it('a marker that is a link is not followed, and replaced when written', () =>
		withTemp((folder) => {
			plant(folder, {'root/.filesync/': '', outside: '{"id": "x"}'})
			const root = join(folder, 'root')
			symlinkSync(join(folder, 'outside'), join(root, '.filesync/root.json'))
			assert.throws(() => readMarker(root), {code: 'ROOT_REPLACED'})
			const written = writeMarker(root, 'id')
			assert.deepEqual(readMarker(root), written)
		}))

	it('a probe is seen through another path of the same folder only', () =>
		withTemp((folder) => {
			plant(folder, {'a/': '', 'b/': ''})
			const a = join(folder, 'a')
			symlinkSync('a', join(folder, 'alias'))
			assert.equal(hasProbe(a, 'nonce-123'), false)
			makeProbe(a, 'nonce-123')
			assert.equal(hasProbe(join(folder, 'alias'), 'nonce-123'), true)
			assert.equal(hasProbe(join(folder, 'b'), 'nonce-123'), false)
			removeProbe(a, 'nonce-123')
			removeProbe(a, 'nonce-123')
			assert.equal(hasProbe(a, 'nonce-123'), false)
		}))

	for (const nonce of ['', '../../../x', 'a/b', '........', 'short', 'x'.repeat(65)])
		it(`a probe nonce ${JSON.stringify(nonce.slice(0, 12))} is refused`, () =>
			withTemp((root) => {
				mkdirSync(join(root, '.filesync'))
				assert.throws(() => hasProbe(root, nonce), RangeError)
				assert.throws(() => makeProbe(root, nonce), RangeError)
				rmSync(join(root, '.filesync'), {recursive: true})
			}))
})
