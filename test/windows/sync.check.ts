// What one sync brings over, whichever side serves.
import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {assertNothing} from '../e2e/support/result.js'
import {assertSame, withPair} from './support/pair.js'
import {evaluate, windowsPath} from './support/windows.js'

/** The file's contents in the trash, each once. */
const trashed = (folder: string): string[] =>
	readdirSync(join(folder, '.filesync', 'trash'), {recursive: true, encoding: 'utf8'}).map((path) =>
		path.replace(/^[^/]+\/?/, ''),
	)

for (const serves of ['win', 'lin'] as const)
	describe(`Windows: a sync when ${serves === 'win' ? 'Windows' : 'Linux'} serves`, () => {
		it('brings new, edited, renamed and deleted entries to both sides, and a second one does nothing', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				for (const [dir, name] of [
					[win.dir, 'win'],
					[lin.dir, 'lin'],
				] as const) {
					for (let i = 0; i < 40; i++) dir.write(`${name}/deep/er/${i}.txt`, `${name} ${i}`)
					dir.write(`${name}.bin`, Buffer.alloc(3_000_000, name)).write(`${name} ä€𝄞.txt`, 'umlaut')
					dir.mkdir(`${name} empty`).write(`${name}/gone`, 'goes').write(`${name}/from`, `${name} moves`)
				}
				await caller.result(['sync'])
				assertSame(pair)
				assertNothing(await caller.result(['sync']))

				for (const [dir, name] of [
					[win.dir, 'win'],
					[lin.dir, 'lin'],
				] as const) {
					dir.write(`${name}/deep/er/1.txt`, 'edited').rm(`${name}/gone`).mv(`${name}/from`, `${name}/to`)
					dir.mv(`${name}/deep/er`, `${name}/moved`).rm(`${name} empty`)
				}
				const {renamed, conflicts} = await caller.result(['sync'])
				assert.deepEqual([renamed > 0, conflicts], [true, []])
				assertSame(pair)
				assert.equal(win.dir.read('lin/moved/1.txt'), 'edited')
				assert.equal(win.dir.has('lin/gone'), false)
				assert.ok(trashed(win.dir.path).includes('lin/gone'))
				assertNothing(await caller.result(['sync']))
			})
		})

		it('keeps both contents of a conflict', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				win.dir.write('f.txt', 'base')
				await caller.result(['sync'])
				win.dir.write('f.txt', 'of Windows', 1_700_000_000)
				lin.dir.write('f.txt', 'of Linux', 1_700_001_000)
				const {conflicts} = await caller.result(['sync'])
				assert.equal(conflicts.length, 1)
				assertSame(pair)
				assert.deepEqual(win.dir.tree, {'f.sync-conflict-*-win.txt': 'of Windows', 'f.txt': 'of Linux'})
			})
		})

		it('replaces, renames and deletes read-only files, which are read-only there, too', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				for (const name of ['edited', 'deleted', 'moved'])
					lin.dir.write(`d/${name}`, `old ${name}`).chmod(`d/${name}`, 0o444)
				await caller.result(['sync'])
				const attributes = `for (const f of ['edited', 'deleted', 'moved']) console.log((fs.statSync(${JSON.stringify(
					windowsPath(join(win.dir.path, 'd')),
				)} + '/' + f).mode & 0o222).toString(8))`
				assert.equal(await evaluate(attributes), '0\n0\n0\n')
				lin.dir.rm('d/edited').write('d/edited', 'new').chmod('d/edited', 0o444).rm('d/deleted').mv('d/moved', 'd/to')
				await caller.result(['sync'])
				assertSame(pair)
				assert.deepEqual(trashed(win.dir.path).sort(), ['', 'd', 'd/deleted', 'd/edited'])
				assertNothing(await caller.result(['sync']))
			})
		})

		it('brings paths of more than 260 characters over, there and back', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				const long = Array.from({length: 6}, (_, i) => `${i}`.repeat(70)).join('/')
				lin.dir.write(`lin/${long}/f.txt`, 'from Linux')
				win.dir.write(`win/${long}/f.txt`, 'from Windows')
				await caller.result(['sync'])
				assertSame(pair)
				assert.equal(win.dir.read(`lin/${long}/f.txt`), 'from Linux')
				lin.dir.write(`lin/${long}/f.txt`, 'edited on Linux').write(`win/${long}/f.txt`, 'edited by Linux')
				await caller.result(['sync'])
				assertSame(pair)
				lin.dir.rm(`lin`).rm(`win/${long}/f.txt`)
				await caller.result(['sync', '--allow-deletes'])
				assertSame(pair)
				assertNothing(await caller.result(['sync']))
			})
		})

		it('one-way commands and a dry run', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				win.dir.write('w', 'w')
				lin.dir.write('l', 'l')
				const dry = await caller.result(['sync', '--dry-run'])
				assert.equal(dry.actions?.length, 2)
				assert.deepEqual([win.dir.has('l'), lin.dir.has('w')], [false, false])
				await caller.result(['push'])
				assert.deepEqual([win.dir.has('l'), lin.dir.has('w')], [serves === 'win', serves === 'lin'])
				await caller.result(['pull'])
				assertSame(pair)
			})
		})
	})
