// Names that Windows refuses, folds or cannot make: a problem at that path, and everything else is synced.
import assert from 'node:assert/strict'
import type {SyncResult} from '../e2e/support/result.js'
import {assertSame, withPair} from './support/pair.js'

const forbidden = ['CON', 'aux.txt', 'a:b', 'dot.', 'space ', 'back\\slash', 'quo"te', 'st*r', 'FILESY~1', 'deep/nul/f']

/** Paths of problems, sorted; a folder's own is left out where its content has one. */
const problemPaths = ({problems}: SyncResult): string[] => problems.map(({path}) => path).sort()

for (const serves of ['win', 'lin'] as const)
	describe(`Windows: names when ${serves === 'win' ? 'Windows' : 'Linux'} serves`, () => {
		it('refuses forbidden names in every sync, and brings all others', async () => {
			await withPair({serves}, async ({win, lin, caller}) => {
				lin.dir.write('good', 'good')
				for (const path of forbidden) lin.dir.write(path, `of ${path}`)
				for (let sync = 0; sync < 2; sync++) {
					const paths = problemPaths(await caller.result(['sync'], 1))
					for (const path of forbidden) assert.ok(paths.includes(path), `sync ${sync}: ${path} not in ${paths}`)
					assert.deepEqual(win.dir.tree, {'deep/': '', good: 'good'})
				}
				// Renamed on Linux they come.
				lin.dir.mv('a:b', 'a-b').rm(...forbidden.filter((path) => path !== 'a:b'), 'deep')
				await caller.result(['sync'])
				assert.deepEqual(win.dir.tree, {'a-b': 'of a:b', good: 'good'})
			})
		})

		it('refuses symbolic links as problems, and brings all else', async () => {
			await withPair({serves}, async ({win, lin, caller}) => {
				lin.dir.write('target', 'text').link('link', 'target').link('below/link', '../target')
				for (let sync = 0; sync < 2; sync++) {
					const result = await caller.result(['sync'], 1)
					assert.deepEqual(problemPaths(result), ['below/link', 'link'])
					for (const {message} of result.problems) assert.match(message, /link/)
					assert.deepEqual(win.dir.tree, {'below/': '', target: 'text'})
				}
				assert.equal(lin.dir.tree['link'], '-> target')
			})
		})

		it('refuses the second of two names that differ in case alone, and the first stays', async () => {
			await withPair({serves}, async ({win, lin, caller}) => {
				lin.dir.write('name.txt', 'small')
				await caller.result(['sync'])
				lin.dir.write('NAME.txt', 'LARGE').write('other', 'other')
				for (let sync = 0; sync < 2; sync++) {
					assert.deepEqual(problemPaths(await caller.result(['sync'], 1)), ['NAME.txt'])
					assert.deepEqual(win.dir.tree, {'name.txt': 'small', other: 'other'})
					assert.deepEqual(lin.dir.tree, {'NAME.txt': 'LARGE', 'name.txt': 'small', other: 'other'})
				}
				lin.dir.rm('NAME.txt')
				await caller.result(['sync'])
				assert.equal(win.dir.read('name.txt'), 'small')
			})
		})

		for (const trash_days of [30, 0])
			it(`takes up names that change in case alone, from Linux (trash_days: ${trash_days})`, async () => {
				await withPair({serves, settings: {trash_days}}, async (pair) => {
					const {win, lin, caller} = pair
					lin.dir.write('readme.txt', 'text').write('folder/a', 'a').write('folder/sub/b', 'b')
					await caller.result(['sync'])
					lin.dir.mv('readme.txt', 'README.txt').mv('folder', 'Folder')
					await caller.result(['sync'])
					assertSame(pair)
					assert.deepEqual(win.dir.tree, {
						'Folder/': '',
						'Folder/a': 'a',
						'Folder/sub/': '',
						'Folder/sub/b': 'b',
						'README.txt': 'text',
					})
				})
			})

		it('takes up names that change in case alone, from Windows', async () => {
			await withPair({serves, settings: {trash_days: 0}}, async (pair) => {
				const {win, lin, caller} = pair
				win.dir.write('readme.txt', 'text').write('folder/a', 'a').write('folder/sub/b', 'b')
				await caller.result(['sync'])
				win.dir.mv('readme.txt', 'README.txt').mv('folder', 'Folder')
				await caller.result(['sync'])
				assertSame(pair)
				assert.equal(lin.dir.read('Folder/sub/b'), 'b')
				assert.equal(lin.dir.read('README.txt'), 'text')
			})
		})
	})
