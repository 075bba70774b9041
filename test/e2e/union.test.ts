// Two-way rule 5: without a common past both sides are united, and nothing is deleted.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {cpSync, rmSync, statSync} from 'node:fs'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {type Device, type Pair, withPair} from './support/pair.js'
import {assertNothing, countsOf, noCounts} from './support/result.js'

const common = (dir: Dir): void => {
	dir
		.write('same', 'the same', day(0))
		.write('d/same', 'the same below', day(0))
		.mkdir('empty')
		.link('l', 'same', day(0))
}

/** Both sides, synced once. */
async function withPast(name: string, body: (pair: Pair) => Promise<void>): Promise<void> {
	await withPair({name}, async (pair) => {
		common(pair.alpha.dir)
		await pair.alpha.result(['sync'])
		pair.assertSame()
		await body(pair)
	})
}

/** State can only be taken from a device that does not run. */
async function forget(pair: Pair, ...devices: readonly Device[]): Promise<void> {
	await pair.close()
	for (const device of devices) device.forget()
	await pair.serve()
}

describe('e2e: rule 5, union', () => {
	concurrently([
		{
			name: 'a first sync unites: equal stays, one-sided comes, different becomes a conflict',
			run: () =>
				withPair({name: 'first'}, async (pair) => {
					const {alpha, beta} = pair
					for (const {dir} of [alpha, beta]) {
						common(dir)
						dir.write(`only-${dir.path.endsWith('alpha') ? 'alpha' : 'beta'}/f`, dir.path.slice(-4), day(0))
					}
					alpha.dir.write('both', 'alpha', day(2))
					beta.dir.write('both', 'beta', day(1))
					const large = randomBytes(3_000_000)
					for (const {dir} of [alpha, beta]) dir.write('large', large, day(0))
					const result = await alpha.result(['sync'])
					assert.ok(result.bytes_sent + result.bytes_received < 100_000, 'equal content moves no bytes')
					assert.deepEqual(countsOf(result), {...noCounts, pushed: 3, pulled: 3})
					assert.equal(result.conflicts.length, 1)
					pair.assertSame()
					const {large: _, ...tree} = alpha.dir.tree
					assert.deepEqual(tree, {
						both: 'alpha',
						'both.sync-conflict-*-beta': 'beta',
						'd/': '',
						'd/same': 'the same below',
						'empty/': '',
						l: '-> same',
						'only-alpha/': '',
						'only-alpha/f': 'lpha',
						'only-beta/': '',
						'only-beta/f': 'beta',
						same: 'the same',
					})
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'equal contents that were copied before: the older date stays, and what was private stays so',
			run: () =>
				withPair({name: 'copied'}, async (pair) => {
					const {alpha, beta} = pair
					for (let i = 0; i < 4; i++) {
						const [original, copy] = i % 2 === 0 ? [alpha.dir, beta.dir] : [beta.dir, alpha.dir]
						original.write(`IMG${i}.jpg`, `picture ${i}`, day(0)).chmod(`IMG${i}.jpg`, i < 2 ? 0o644 : 0o600)
						copy.write(`IMG${i}.jpg`, `picture ${i}`, day(100)).chmod(`IMG${i}.jpg`, i < 2 ? 0o600 : 0o644)
					}
					const dry = await alpha.result(['sync', '--dry-run'])
					const result = await alpha.result(['sync', '--verbose'])
					assert.deepEqual([result.pushed, result.pulled, result.conflicts], [0, 0, []])
					assert.deepEqual(dry.actions, result.actions)
					pair.assertSame()
					for (let i = 0; i < 4; i++) {
						const {mode, mtimeMs} = statSync(beta.dir.at(`IMG${i}.jpg`))
						assert.deepEqual([mode & 0o777, mtimeMs], [0o600, day(0) * 1000])
					}
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'an empty folder against a full one: all is pulled, nothing deleted',
			run: () =>
				withPair({name: 'empty'}, async (pair) => {
					common(pair.beta.dir)
					const result = await pair.alpha.result(['sync'])
					assert.deepEqual(countsOf(result), {...noCounts, pulled: 5})
					pair.assertSame()
				}),
		},
		...(['alpha', 'beta', 'both sides'] as const).map((lost) => ({
			name: `the state of ${lost} is lost: union, what was deleted meanwhile comes back`,
			run: () =>
				withPast(`lost-${lost.slice(0, 4)}`, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.rm('same')
					beta.dir.rm('d')
					alpha.dir.write('new', 'made meanwhile', day(1))
					const devices = lost === 'both sides' ? [alpha, beta] : [pair[lost]]
					await forget(pair, ...devices)
					const result = await alpha.result(['sync'])
					assert.deepEqual([result.deleted_local, result.deleted_remote, result.conflicts], [0, 0, []])
					pair.assertSame()
					assert.deepEqual(alpha.dir.tree, {
						'd/': '',
						'd/same': 'the same below',
						'empty/': '',
						l: '-> same',
						new: 'made meanwhile',
						same: 'the same',
					})
					assertNothing(await alpha.result(['sync']))
				}),
		})),
		{
			name: 'state restored from an old copy: union, nothing deleted, edits of both sides kept',
			run: () =>
				withPast('restored', async (pair) => {
					const {alpha, beta} = pair
					cpSync(alpha.stateDir, `${alpha.stateDir}-old`, {recursive: true})
					alpha.dir.write('later', 'made later', day(1)).write('same', 'edited later', day(1))
					await alpha.result(['sync'])
					beta.dir.write('later', 'edited at beta', day(2))
					await alpha.result(['sync'])
					rmSync(alpha.stateDir, {recursive: true})
					cpSync(`${alpha.stateDir}-old`, alpha.stateDir, {recursive: true})
					const result = await alpha.result(['sync'])
					assert.deepEqual([result.deleted_local, result.deleted_remote, result.conflicts], [0, 0, []])
					pair.assertSame()
					assert.equal(alpha.dir.read('later'), 'edited at beta')
					assert.equal(alpha.dir.read('same'), 'edited later')
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'another folder at the path, by the user’s word: union, nothing deleted',
			run: () =>
				withPast('remounted', async (pair) => {
					const {alpha} = pair
					alpha.dir.mv('', '../elsewhere')
					alpha.dir.mkdir('')
					alpha.dir.write('of another disk', 'x', day(1))
					const stopped = await alpha.run('sync')
					assert.equal(stopped.code, 5)
					const result = await alpha.result(['sync', '--first-sync'])
					assert.deepEqual(countsOf(result), {...noCounts, pushed: 1, pulled: 5})
					pair.assertSame()
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'a third device joins through one of the two',
			run: () =>
				withPast('third', async (pair) => {
					const {alpha, beta} = pair
					// The same device with a new folder and a new state is a new device.
					alpha.dir.write('from alpha', 'a', day(1))
					await alpha.result(['sync'])
					const folder = `${alpha.dir.path}-third`
					alpha.configure({local_dir: folder, state_dir: `${alpha.stateDir}-third`})
					rmSync(folder, {recursive: true, force: true})
					alpha.dir.mkdir('../alpha-third')
					const result = await alpha.result(['sync'])
					assert.deepEqual([result.pushed, result.pulled, result.deleted_remote], [0, 6, 0])
					assert.deepEqual(beta.dir.tree['from alpha'], 'a')
				}),
		},
	])
})
