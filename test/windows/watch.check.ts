// Nodes that run: edits of either side arrive by themselves.
import assert from 'node:assert/strict'
import {told, until} from '../e2e/support/program.js'
import {assertSame, untilRead, withPair} from './support/pair.js'

for (const serves of ['win', 'lin'] as const)
	describe(`Windows: live edits when ${serves === 'win' ? 'Windows' : 'Linux'} serves`, () => {
		it('go both ways: new, edited, renamed, deleted, in folders that came meanwhile', async () => {
			await withPair({serves}, async (pair) => {
				const {win, lin, caller} = pair
				const watch = caller.start('watch')
				await watch.line(/Connected to/)
				win.dir.write('from-win', '1')
				await untilRead(lin.dir, 'from-win', '1')
				lin.dir.write('from-lin', '1')
				await untilRead(win.dir, 'from-lin', '1')
				win.dir.write('new/folder/f', 'deep')
				await untilRead(lin.dir, 'new/folder/f', 'deep')
				lin.dir.write('new/folder/f', 'edited there').mv('from-win', 'moved')
				await untilRead(win.dir, 'new/folder/f', 'edited there')
				await untilRead(win.dir, 'moved', '1')
				// The round that brought these is over when the next one brings this: until then a deletion meets an edit, which stays.
				lin.dir.write('next', '1')
				await untilRead(win.dir, 'next', '1')
				win.dir.rm('moved', 'new')
				await until('deletions arrive', () => !lin.dir.has('moved') && !lin.dir.has('new'))
				assertSame(pair)
				if ('signal' in watch) watch.signal('SIGINT')
				else watch.kill('SIGINT')
				const outcome = await watch.ended()
				assert.equal(outcome.code, 0, told(outcome))
			})
		})
	})
