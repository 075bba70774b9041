// Exit codes 5 and 6: stopped for safety, and the folder held by another process.
import assert from 'node:assert/strict'
import {cpSync} from 'node:fs'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {alone, assertFault} from './support/fault.js'
import {Pair, portOf, withPair} from './support/pair.js'
import {Relay} from './support/relay.js'

const many = (dir: Dir): void => {
	for (let i = 0; i < 30; i++) dir.write(`many/f${i}`, `content ${i}`, day(0))
}

describe('e2e: exit codes', () => {
	describe('5: stopped for safety', () => {
		const withPast = (name: string, body: (pair: Pair) => Promise<void>): Promise<void> =>
			withPair({name}, async (pair) => {
				many(pair.alpha.dir)
				await pair.alpha.result(['sync'])
				await body(pair)
			})
		concurrently([
			{
				name: 'the root is missing',
				run: async () => {
					const device = alone('root-missing')
					device.dir.rm('')
					const fault = {code: 5, error: 'ROOT_MISSING', message: /root-missing\/alpha does not exist/, advice: /mount/}
					await assertFault(device, ['sync'], fault, ['serve'])
				},
			},
			{
				name: 'the root was emptied, marker and all; with --first-sync all comes back',
				run: () =>
					withPast('root-emptied', async ({alpha, beta}) => {
						alpha.dir.rm('many', '.filesync')
						const fault = {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /root\.json, the marker of this folder, is missing/,
							advice: /--first-sync/,
						}
						await assertFault(alpha, ['sync'], fault, ['push', '--dry-run'])
						assert.ok(beta.dir.has('many/f29'))
						const result = await alpha.result(['sync', '--first-sync'])
						assert.deepEqual([result.pulled, result.deleted_remote], [31, 0])
					}),
			},
			{
				name: 'only the marker is gone',
				run: () =>
					withPast('marker-gone', async ({alpha}) => {
						alpha.dir.rm('.filesync/root.json')
						await assertFault(alpha, ['sync'], {code: 5, error: 'ROOT_REPLACED', message: /marker/})
					}),
			},
			{
				name: 'another folder stands there',
				run: () =>
					withPast('root-replaced', async ({alpha, beta}) => {
						alpha.dir.mv('', '../moved').mkdir('').write('other', 'another disk', day(0))
						await assertFault(alpha, ['sync'], {code: 5, error: 'ROOT_REPLACED', message: /root-replaced\/alpha/})
						assert.deepEqual(Object.keys(beta.dir.tree).length, 31)
					}),
			},
			{
				name: 'a copy of the folder stands there, marker and all',
				run: () =>
					withPast('root-copied', async ({alpha}) => {
						alpha.dir.mv('', '../original')
						cpSync(alpha.dir.at('../original'), alpha.dir.path, {recursive: true})
						alpha.dir.rm('many')
						await assertFault(alpha, ['sync'], {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /restored, copied or replaced/,
						})
					}),
			},
			{
				name: 'the root of the peer was emptied while it serves',
				run: () =>
					withPast('peer-emptied', async ({alpha, beta}) => {
						beta.dir.rm('many', '.filesync')
						await assertFault(alpha, ['sync'], {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /peer/,
							advice: /on the peer/,
						})
						assert.ok(alpha.dir.has('many/f29'))
					}),
			},
			...(['remote', 'local'] as const).map((side) => ({
				name: `too many deletions, ${side}; --allow-deletes goes on, once`,
				run: () =>
					withPast(`deletions-${side}`, async ({alpha, beta}) => {
						const device = side === 'remote' ? alpha : beta
						for (let i = 0; i < 20; i++) device.dir.rm(`many/f${i}`)
						const fault = {
							code: 5,
							error: 'TOO_MANY_DELETIONS',
							message: side === 'remote' ? /20 of the 30 files on the peer/ : /20 of the 30 files here/,
							advice: /--allow-deletes/,
						}
						await assertFault(alpha, ['sync'], fault, [side === 'remote' ? 'push' : 'pull'])
						const dry = await alpha.result(['sync', '--dry-run'], 5)
						const count = side === 'remote' ? dry.deleted_remote : dry.deleted_local
						assert.deepEqual([count, dry.actions?.length, dry.problems[0]?.code], [20, 20, 'TOO_MANY_DELETIONS'])
						const dirs = [alpha.dir, beta.dir].map(({tree}) => Object.keys(tree).length)
						assert.deepEqual(dirs.sort(), [11, 31], 'nothing was deleted')
						const allowed = await alpha.result(['sync', '--allow-deletes'])
						assert.equal(side === 'remote' ? allowed.deleted_remote : allowed.deleted_local, 20)
						assert.deepEqual(alpha.dir.replica, beta.dir.replica)
					}),
			})),
			{
				name: 'ten deletions go through, whatever share they are; the limit of the peer counts too',
				run: () =>
					withPair({name: 'few', alpha: {max_delete_percent: 100}}, async ({alpha, beta}) => {
						for (let i = 0; i < 10; i++) alpha.dir.write(`f${i}`, `few ${i}`, day(0))
						await alpha.result(['sync'])
						for (let i = 0; i < 10; i++) alpha.dir.rm(`f${i}`)
						assert.equal((await alpha.result(['sync'])).deleted_remote, 10)
						many(alpha.dir)
						await alpha.result(['sync'])
						alpha.dir.rm('many')
						await assertFault(alpha, ['sync'], {code: 5, error: 'TOO_MANY_DELETIONS', message: /every one of the 30/})
						assert.ok(beta.dir.has('many/f0'))
					}),
			},
			{
				name: 'both sides name the same folder',
				run: async () => {
					const pair = new Pair({name: 'same-folder'})
					pair.beta.configure({local_dir: pair.alpha.dir.path})
					pair.alpha.dir.write('f', 'mine', day(0))
					await pair.serve()
					await pair.during(async () => {
						await assertFault(pair.alpha, ['sync'], {code: 5, error: 'SAME_FOLDER', message: /same folder/})
						assert.deepEqual(pair.alpha.dir.tree, {f: 'mine'})
					})
				},
			},
		])
	})

	describe('6: another process holds the folder', () => {
		concurrently([
			{
				name: 'a second serve on one folder',
				run: () =>
					withPair({name: 'served-twice'}, async ({beta}) => {
						await assertFault(beta, ['serve'], {
							code: 6,
							error: 'FOLDER_LOCKED',
							message: /in use by process \d+ \(.*serve.*\)/,
							advice: /stop it/,
						})
					}),
			},
			{
				name: 'sync, push and pull while another sync of the folder is under way',
				run: () =>
					withPair({name: 'synced-twice'}, async (pair) => {
						const {alpha} = pair
						alpha.dir.write('large', Buffer.alloc(8_000_000, 'z'), day(0))
						const relay = await Relay.to(await portOf(pair), {afterBytes: 3_000_000, what: 'hold'})
						alpha.connectTo(relay.port)
						const first = alpha.start('sync')
						await relay.reached
						const fault = {code: 6, error: 'FOLDER_LOCKED', message: /in use by process \d+/}
						await assertFault(alpha, ['sync'], fault, ['pull'])
						first.signal('SIGKILL')
						await first.ended()
						await relay.close()
					}),
			},
			{
				name: 'sync while the node of the folder hangs',
				run: () =>
					withPair({name: 'hanging'}, async (pair) => {
						const port = await portOf(pair)
						pair.beta.connectTo(port)
						const {server} = pair
						assert.ok(server !== undefined)
						server.signal('SIGSTOP')
						try {
							await assertFault(pair.beta, ['sync'], {
								code: 6,
								error: 'FOLDER_LOCKED',
								message: /does not answer/,
								advice: /restart it/,
							})
						} finally {
							server.signal('SIGCONT')
						}
					}),
			},
		])
	})
})
