import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {createHash, randomBytes} from 'node:crypto'
import {lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type HashItem, type HashProgress, hashFiles} from '../../src/lib/tree/read/hash.js'
import {plant, withTemp} from './temp.js'

function item(root: string, path: string): HashItem {
	const {size, mtimeMs, ctimeMs, ino} = lstatSync(join(root, path))
	return {path, size, mtimeMs, ctimeMs, ino}
}
const sha = (content: string | Buffer): string => createHash('sha256').update(content).digest('base64url')
const kindsOf = (root: string, items: HashItem[]): string[] => hashFiles({root, items}).map((outcome) => outcome.kind)

describe('tree/hash', () => {
	const mib = 1024 * 1024
	it('hashes files of every size around its piece', () =>
		withTemp((root) => {
			const contents = [0, 1, mib - 1, mib, mib + 1, 3 * mib].map((size) => randomBytes(size))
			const items = contents.map((content, i) => {
				writeFileSync(join(root, `f${i}`), content)
				return item(root, `f${i}`)
			})
			assert.deepEqual(
				hashFiles({root, items}),
				contents.map((content) => ({kind: 'hash', hash: sha(content)})),
			)
		}))

	it('emits progress on large files', () =>
		withTemp((root) => {
			writeFileSync(join(root, 'big'), '')
			truncateSync(join(root, 'big'), 130 * mib)
			const events: HashProgress[] = []
			hashFiles({root, items: [item(root, 'big')]}, (event) => events.push(event))
			assert.deepEqual(events, [
				{files: 0, bytes: 64 * mib},
				{files: 0, bytes: 128 * mib},
			])
		})).timeout(60_000)

	const changes: Record<string, (file: string) => void> = {
		'was written to': (file) => writeFileSync(file, 'other content'),
		'has the same size and mtime but was edited': (file) => {
			const {atime, mtime} = lstatSync(file)
			writeFileSync(file, 'HELLO')
			utimesSync(file, atime, mtime)
		},
		'is gone': (file) => rmSync(file),
		'became a folder': (file) => {
			rmSync(file)
			mkdirSync(file)
		},
		'became a link': (file) => {
			renameSync(file, `${file}.real`)
			symlinkSync(`${file}.real`, file)
		},
	}
	if (process.platform !== 'win32')
		changes['became a FIFO'] = (file) => {
			rmSync(file)
			execFileSync('mkfifo', [file])
		}
	for (const [what, change] of Object.entries(changes))
		it(`a file that ${what} is "changed"`, () =>
			withTemp((root) => {
				plant(root, {'d/f': 'hello', 'd/g': 'beside'})
				const items = [item(root, 'd/f'), item(root, 'd/g')]
				change(join(root, 'd/f'))
				assert.deepEqual(kindsOf(root, items), ['changed', 'hash'])
			}))

	it('nothing is read through a folder that became a link', () =>
		withTemp((root) => {
			plant(root, {'d/f': 'hello'})
			const items = [item(root, 'd/f')]
			renameSync(join(root, 'd'), join(root, 'real'))
			symlinkSync('real', join(root, 'd'))
			assert.deepEqual(kindsOf(root, items), ['changed'])
		}))

	it('a failure of one leaves the others', () =>
		withTemp((root) => {
			plant(root, {a: '1', b: '2'})
			const missing = {...item(root, 'a'), path: 'x'.repeat(300)}
			assert.deepEqual(kindsOf(root, [item(root, 'a'), missing, item(root, 'b')]), ['hash', 'failed', 'hash'])
		}))
})
