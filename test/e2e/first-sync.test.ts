// `--first-sync --dry-run` plans what `--first-sync` would do, and changes nothing: neither the folder nor what a later sync does.
import assert from 'node:assert/strict'
import {existsSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {type Pair, withPair} from './support/pair.js'
import {assertNothing, type SyncResult} from './support/result.js'

/** A past, then a deletion, an edit and a new file here, an edit there. */
async function edited({alpha, beta}: Pair): Promise<void> {
	for (const name of ['gone', 'here', 'there', 'same']) alpha.dir.write(`d/${name}`, name, day(0))
	await alpha.result(['sync'])
	alpha.dir.rm('d/gone').write('d/here', 'edited here', day(2)).write('new', 'new', day(2))
	beta.dir.write('d/there', 'edited there', day(2))
}

const sorted = (actions: SyncResult['actions'] = []): string[] => actions.map((action) => JSON.stringify(action)).sort()

/** The next plain sync goes by the past: the deletion goes out. */
async function assertPastStands({alpha, beta}: Pair): Promise<void> {
	const result = await alpha.result(['sync'])
	assert.deepEqual([result.deleted_remote, result.pushed, result.pulled, result.conflicts], [1, 2, 1, []])
	assert.deepEqual(Object.keys(beta.dir.tree), ['d/', 'd/here', 'd/same', 'd/there', 'new'])
	assertNothing(await alpha.result(['sync']))
}

const flags = [
	['--first-sync', '--dry-run'],
	['-n', '--first-sync', '--allow-deletes'],
] as const

describe('e2e: a first sync that is only looked at', () => {
	concurrently([
		...flags.map((words) => ({
			name: `${words.join(' ')}: the deletion made before it still goes out`,
			run: () =>
				withPair({name: 'first-dry'}, async (pair) => {
					await edited(pair)
					const dry = await pair.alpha.result(['sync', ...words])
					assert.equal(dry.pulled, 3, 'what was deleted here, what was edited there, and the copy of what loses')
					assert.equal(dry.deleted_remote, 0)
					await assertPastStands(pair)
				}),
		})),
		{
			name: 'push --force: the deletion made before it still goes out',
			run: () =>
				withPair({name: 'first-dry-force'}, async (pair) => {
					await edited(pair)
					await pair.alpha.result(['push', '--first-sync', '--force', '--dry-run'])
					await assertPastStands(pair)
				}),
		},
		{
			name: 'its plan is what the first sync then does',
			run: () =>
				withPair({name: 'first-dry-plan'}, async (pair) => {
					await edited(pair)
					const dry = await pair.alpha.result(['sync', '--first-sync', '--dry-run'])
					const real = await pair.alpha.result(['sync', '--first-sync', '--verbose'])
					const named = (actions: string[]) => actions.map((action) => action.replace(/\d{8}-\d{6}/, 'TIME'))
					assert.deepEqual(named(sorted(dry.actions)), named(sorted(real.actions)))
					assert.ok(sorted(dry.actions).length > 0)
					pair.assertSame()
				}),
		},
		{
			name: 'handed to a running node: it goes on as before',
			run: () =>
				withPair({name: 'first-dry-node'}, async (pair) => {
					const {alpha} = pair
					await edited(pair)
					const node = alpha.start('serve')
					await node.line(/listening on port/)
					const dry = await alpha.result(['sync', '--first-sync', '--dry-run'])
					assert.deepEqual([dry.pulled, dry.deleted_remote, dry.dry_run], [3, 0, true])
					await assertPastStands(pair)
					assert.equal((await node.stop()).code, 0)
				}),
		},
		{
			name: 'a folder without its marker gets none, and stays refused without the flag',
			run: () =>
				withPair({name: 'first-dry-marker'}, async (pair) => {
					const {alpha} = pair
					await edited(pair)
					const own = join(alpha.dir.path, '.filesync')
					rmSync(own, {recursive: true})
					const dry = await alpha.result(['sync', '--first-sync', '--dry-run'])
					assert.equal(dry.pulled, 3)
					assert.equal(existsSync(own), false)
					assert.equal((await alpha.run('sync')).code, 5)
					await alpha.result(['sync', '--first-sync'])
					pair.assertSame()
				}),
		},
	])
})
