// A folder is deleted on one side, and on the other something in it cannot go at first. It goes once it can, on both sides; it stays
// only where what it holds is never synced.
import assert from 'node:assert/strict'
import {renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {concurrently} from './support/concurrent.js'
import {type Device, type Pair, withPair} from './support/pair.js'
import {assertNothing} from './support/result.js'

/** A file where the trash should be: nothing can be kept, so nothing can be removed. Returns the cure. */
function blockTrash({dir}: Device): () => void {
	const trash = join(dir.path, '.filesync', 'trash')
	rmSync(trash, {recursive: true, force: true})
	writeFileSync(trash, 'in the way')
	return () => renameSync(trash, join(dir.path, '.filesync', 'cured'))
}

/** Who deletes, and who cannot. */
const sides = ({alpha, beta}: Pair, failing: string): readonly [Device, Device] =>
	failing === 'alpha' ? [beta, alpha] : [alpha, beta]

describe('e2e: a folder that cannot go at first', () => {
	concurrently([
		...['alpha', 'beta'].map((failing) => ({
			name: `${failing} cannot remove for a while: the problems name the cause, and in the end all is gone`,
			run: () =>
				withPair({name: 'left'}, async (pair) => {
					const {alpha} = pair
					const [deleting, failed] = sides(pair, failing)
					for (const name of ['d/e/f1', 'd/e/f2', 'd/g', 'keep']) alpha.dir.write(name, name)
					await alpha.result(['sync'])
					const cure = blockTrash(failed)
					deleting.dir.rm('d')
					for (let i = 0; i < 2; i++) {
						const {problems} = await alpha.result(['sync'], 1)
						assert.deepEqual(problems.map(({path}) => path).sort(), ['d', 'd/e', 'd/e/f1', 'd/e/f2', 'd/g'])
						for (const {path, message} of problems) {
							assert.ok(!message.includes('not synced'), message)
							if (path === 'd/e') assert.match(message, /^it waits for d\/e\/f[12]: no free name in the trash$/)
						}
						assert.deepEqual(Object.keys(deleting.dir.tree), ['keep'])
					}
					cure()
					await alpha.result(['sync'])
					pair.assertSame()
					assert.deepEqual(Object.keys(alpha.dir.tree), ['keep'])
					assertNothing(await alpha.result(['sync']))
				}),
		})),
		{
			name: 'what holds an ignored file stays in the end, with that file alone',
			run: () =>
				withPair({name: 'left-ignored', settings: {ignore: ['*.own']}}, async (pair) => {
					const {alpha, beta} = pair
					for (const name of ['d/sub/f1', 'd/other/f2', 'keep']) alpha.dir.write(name, name)
					await alpha.result(['sync'])
					beta.dir.write('d/sub/mine.own', 'mine')
					const cure = blockTrash(beta)
					alpha.dir.rm('d')
					await alpha.result(['sync'], 1)
					cure()
					const {problems} = await alpha.result(['sync'], 1)
					assert.deepEqual(problems.map(({path, code}) => [path, code]).sort(), [
						['d', 'ENOTEMPTY'],
						['d/sub', 'ENOTEMPTY'],
					])
					assert.match(problems[0]?.message ?? '', /it stays, because what it holds is not synced/)
					await alpha.result(['sync'])
					assertNothing(await alpha.result(['sync']))
					assert.deepEqual(Object.keys(alpha.dir.tree), ['d/', 'd/sub/', 'keep'])
					assert.deepEqual(Object.keys(beta.dir.tree), ['d/', 'd/sub/', 'd/sub/mine.own', 'keep'])
				}),
		},
	])
})
