import assert from 'node:assert/strict'
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {LeafFolders} from '../../src/lib/tree/scan/leaf-folders.js'
import {withTemp} from './temp.js'

/** A file system in memory on any Linux; its counts of links are believed. */
const memory = '/dev/shm'

describe('folders that hold no folders', () => {
	it('are told by their links, and are none as soon as one comes', function () {
		if (!existsSync(memory)) this.skip()
		const root = mkdtempSync(join(memory, 'filesync-leaf-'))
		try {
			mkdirSync(join(root, 'a/b'), {recursive: true})
			writeFileSync(join(root, 'a/b/file'), '')
			symlinkSync('a', join(root, 'link'))
			symlinkSync('../..', join(root, 'a/b/link'))
			const leaves = new LeafFolders(root)
			const told = ['', 'a', 'a/b', 'a/b/file', 'link', 'gone', 'gone/too'].filter((path) => leaves.has(path))
			assert.deepEqual(told, ['a/b'])
			mkdirSync(join(root, 'a/b/new'))
			assert.equal(leaves.has('a/b'), false)
			rmdirSync(join(root, 'a/b/new'))
			assert.equal(leaves.has('a/b'), true)
		} finally {
			rmSync(root, {recursive: true})
		}
	})

	it('are none on another device, nor where links are counted otherwise', function () {
		if (!existsSync('/proc/self/fd')) this.skip()
		assert.equal(new LeafFolders('/proc').has('self/fd'), false)
		assert.equal(new LeafFolders('/').has('proc/self/fd'), false)
	})

	it('never hide a folder, whatever the file system', () =>
		withTemp((root) => {
			for (let i = 0; i < 40; i++) mkdirSync(join(root, `f${i % 5}/g${i % 7}/h${i % 3}`), {recursive: true})
			const leaves = new LeafFolders(root)
			const walk = (folder: string): void => {
				const folders = readdirSync(join(root, folder), {withFileTypes: true}).filter((entry) => entry.isDirectory())
				if (folders.length > 0) assert.equal(leaves.has(folder), false, folder)
				for (const {name} of folders) walk(join(folder, name))
			}
			walk('')
		}))

	it('are none below a root that is gone', () => {
		assert.equal(new LeafFolders('/nowhere/at/all').has(''), false)
	})
})
