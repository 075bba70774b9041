import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {canPin, dropPins, invalidate, pinParent} from '../../src/lib/tree/disk/parents.js'
import {plant, withTemp} from './temp.js'

function write(root: string, path: string): void {
	const parent = pinParent(root, path)
	try {
		writeFileSync(`${parent.at}/${parent.name}`, 'x')
	} finally {
		parent.release()
	}
}

describe('tree/parents', () => {
	afterEach(dropPins)

	it('leads to the path', () =>
		withTemp((root) => {
			plant(root, {'a/b/': ''})
			write(root, 'top')
			write(root, 'a/b/deep')
			assert.ok(existsSync(join(root, 'top')))
			assert.ok(existsSync(join(root, 'a/b/deep')))
		}))

	it('refuses a link on the way, at any level, and writes nothing through it', () =>
		withTemp((folder) => {
			plant(folder, {'root/real/sub/': '', 'out/sub/': ''})
			const root = join(folder, 'root')
			symlinkSync('../out', join(root, 'link'))
			symlinkSync('../../out', join(root, 'real/link'))
			for (const path of ['link/x', 'link/sub/x', 'real/link/x', 'real/link/sub/x'])
				assert.throws(() => pinParent(root, path), {code: 'ELOOP'}, path)
			assert.deepEqual(readdirSync(join(folder, 'out'), {recursive: true}), ['sub'])
		}))

	it('tells a file on the way and a missing folder apart', () =>
		withTemp((root) => {
			plant(root, {file: ''})
			assert.throws(() => pinParent(root, 'file/x'), {code: 'ENOTDIR'})
			assert.throws(() => pinParent(root, 'none/x'), {code: 'ENOENT'})
			assert.throws(() => pinParent(join(root, 'none'), 'x'), {code: 'ENOENT'})
		}))

	const pinning = canPin() ? it : it.skip
	pinning('a folder swapped for a link after it was pinned is still the folder', () =>
		withTemp((folder) => {
			plant(folder, {'root/d/': '', 'out/': ''})
			const root = join(folder, 'root')
			const parent = pinParent(root, 'd/x')
			renameSync(join(root, 'd'), join(root, 'moved'))
			symlinkSync('../out', join(root, 'd'))
			writeFileSync(`${parent.at}/${parent.name}`, 'x')
			parent.release()
			assert.ok(existsSync(join(root, 'moved/x')))
			assert.deepEqual(readdirSync(join(folder, 'out')), [])
			dropPins()
			assert.throws(() => pinParent(root, 'd/x'), {code: 'ELOOP'})
		}),
	)

	pinning('a removed folder cannot be written to; after invalidate its successor can', () =>
		withTemp((root) => {
			plant(root, {'d/e/': ''})
			write(root, 'd/e/x')
			rmSync(join(root, 'd/e/x'))
			rmdirSync(join(root, 'd/e'))
			assert.throws(() => write(root, 'd/e/x'), {code: 'ENOENT'})
			mkdirSync(join(root, 'd/e'))
			invalidate(root, 'd')
			write(root, 'd/e/x')
			assert.ok(existsSync(join(root, 'd/e/x')))
		}),
	)

	pinning('holds few descriptors, and closes those it held', () =>
		withTemp((root) => {
			const descriptors = (): number => readdirSync('/proc/self/fd').length
			dropPins()
			const before = descriptors()
			const held = []
			for (let i = 0; i < 200; i++) {
				plant(root, {[`d${i}/e/`]: ''})
				const parent = pinParent(root, `d${i}/e/f`)
				if (i < 5) held.push(parent)
				else parent.release()
			}
			assert.ok(descriptors() - before <= 32 + held.length, `${descriptors() - before} descriptors`)
			for (const [i, parent] of held.entries()) {
				writeFileSync(`${parent.at}/${parent.name}`, '')
				parent.release()
				parent.release()
				assert.ok(existsSync(join(root, `d${i}/e/f`)))
			}
			dropPins()
			assert.equal(descriptors(), before)
		}),
	)
})
