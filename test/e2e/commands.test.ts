// The commands that act once, as users and scripts see them: push and pull, dry runs, status.
import assert from 'node:assert/strict'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {portOf, withPair} from './support/pair.js'
import {told} from './support/program.js'
import {freePort} from './support/relay.js'
import {assertNothing, countsOf, noCounts} from './support/result.js'
import {parseStatus} from './support/status.js'

describe('e2e: push, pull, dry run', () => {
	concurrently([
		{
			name: 'push changes only the peer, pull only this side, together they are a sync',
			run: () =>
				withPair({name: 'push-pull'}, async (pair) => {
					const {alpha, beta} = pair
					for (const name of ['a', 'b', 'da', 'db']) alpha.dir.write(name, `${name}: old`, day(0))
					await alpha.result(['push'])
					alpha.dir.write('a', 'a: new', day(1)).rm('da').write('na', 'made at alpha', day(1))
					beta.dir.write('b', 'b: new', day(1)).rm('db').write('nb', 'made at beta', day(1))
					const before = alpha.dir.exact
					const pushed = await alpha.result(['push'])
					assert.deepEqual(countsOf(pushed), {...noCounts, pushed: 2, deleted_remote: 1})
					assert.deepEqual(alpha.dir.exact, before, 'push touches nothing here')
					const there = beta.dir.exact
					const pulled = await alpha.result(['pull'])
					assert.deepEqual(countsOf(pulled), {...noCounts, pulled: 2, deleted_local: 1})
					assert.deepEqual(beta.dir.exact, there, 'pull touches nothing there')
					pair.assertSame()
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'push --force: this side wins, the peer’s content is kept as a conflict copy',
			run: () =>
				withPair({name: 'push-force'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'old', day(0)).write('gone', 'old too', day(0))
					await alpha.result(['sync'])
					alpha.dir.write('f', 'alpha', day(1)).rm('gone')
					beta.dir.write('f', 'beta, newer', day(2)).write('gone', 'edited at beta', day(2))
					const before = alpha.dir.exact
					const forced = await alpha.result(['push', '--force'])
					assert.deepEqual(forced.conflicts.map(({path, winner}) => [path, winner]).sort(), [
						['f', 'local'],
						['gone', 'local'],
					])
					assert.deepEqual(alpha.dir.exact, before)
					const settled = {
						f: 'alpha',
						'f.sync-conflict-*-beta': 'beta, newer',
						'gone.sync-conflict-*-beta': 'edited at beta',
					}
					assert.deepEqual(beta.dir.tree, settled)
					await alpha.result(['sync'])
					pair.assertSame()
					assert.deepEqual(alpha.dir.tree, settled)
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'pull --force: the peer wins, this side’s content is kept as a conflict copy',
			run: () =>
				withPair({name: 'pull-force'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'alpha, newer', day(2))
					beta.dir.write('f', 'beta', day(1))
					const there = beta.dir.exact
					const forced = await alpha.result(['pull', '--force'])
					assert.deepEqual(
						forced.conflicts.map(({path, winner}) => [path, winner]),
						[['f', 'remote']],
					)
					assert.deepEqual(beta.dir.exact, there)
					assert.deepEqual(alpha.dir.tree, {f: 'beta', 'f.sync-conflict-*-alpha': 'alpha, newer'})
					await alpha.result(['sync'])
					pair.assertSame()
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'what push or pull left alone, the next sync settles',
			run: () =>
				withPair({name: 'left-alone'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'alpha', day(2)).write('g', 'only alpha', day(0))
					beta.dir.write('f', 'beta', day(1))
					const left = await alpha.result(['push'], 1)
					assert.deepEqual([left.pushed, left.conflicts], [1, []])
					const result = await alpha.result(['sync'])
					assert.equal(result.conflicts.length, 1)
					pair.assertSame()
					assert.deepEqual(alpha.dir.tree, {f: 'alpha', 'f.sync-conflict-*-beta': 'beta', g: 'only alpha'})
				}),
		},
		{
			name: 'a dry run shows the plan of the real run and touches nothing, in both modes',
			run: () =>
				withPair({name: 'dry-run'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('edited', 'old', day(0)).write('deleted', 'x', day(0)).write('renamed', 'to be moved', day(0))
					alpha.dir.write('touched', 'touched', day(0)).write('both', 'old', day(0))
					await alpha.result(['sync'])
					alpha.dir.write('edited', 'new', day(1)).rm('deleted').mv('renamed', 'd/renamed').touch('touched', day(1))
					alpha.dir.write('both', 'alpha', day(2))
					beta.dir.write('both', 'beta', day(1)).write('new', 'of beta', day(1))
					const before = [alpha.dir.exact, beta.dir.exact]
					const dry = await alpha.result(['sync', '-n'])
					const text = await alpha.run('sync', '--dry-run')
					assert.match(text.stdout, /^push +edited$/m)
					assert.match(text.stdout, /^delete there +deleted$/m)
					assert.match(text.stdout, /^rename there +renamed -> d\/renamed$/m)
					assert.match(
						text.stdout,
						/^conflict +both: this side keeps the name, the other is kept as both\.sync-conflict-/m,
					)
					assert.match(text.stdout, /^Dry run with beta .*; nothing was changed$/m)
					assert.deepEqual([alpha.dir.exact, beta.dir.exact], before)
					const real = await alpha.result(['sync', '--verbose'])
					assert.equal(dry.dry_run, true)
					assert.deepEqual(real.actions, dry.actions)
					assert.deepEqual(countsOf(real), countsOf(dry))
					assert.deepEqual(real.conflicts, dry.conflicts)
					pair.assertSame()
				}),
		},
	])
})

describe('e2e: status', () => {
	concurrently([
		{
			name: 'never synced, pending, in sync, offline; with the node running; with the peer away',
			run: () =>
				withPair({name: 'status'}, async (pair) => {
					const {alpha, beta} = pair
					const port = await portOf(pair)
					const status = async (device: typeof alpha, args: readonly string[], code = 0) => {
						const outcome = await device.run('status', ...args, '--json')
						assert.equal(outcome.code, code, told(outcome))
						return parseStatus(outcome.stdout)
					}
					alpha.dir.write('f', 'of alpha', day(0))
					beta.dir.write('g', 'of beta', day(0)).write('h', 'of beta too', day(0))
					const first = await status(alpha, [])
					assert.deepEqual(first.last_sync, null)
					assert.deepEqual([first.pending?.pushed, first.pending?.pulled], [1, 2])
					assert.deepEqual([first.peer?.reachable, first.peer?.name], [true, 'beta'])
					assert.ok(Math.abs(first.peer?.clock_offset_ms ?? Number.NaN) < 5000)
					assert.deepEqual([alpha.dir.tree, Object.keys(beta.dir.tree)], [{f: 'of alpha'}, ['g', 'h']])

					await alpha.result(['sync'])
					const text = await alpha.run('status')
					assert.equal(text.code, 0, told(text))
					assert.match(text.stdout, /^index +3 files, 0 folders, 0 links, /m)
					assert.match(text.stdout, /^peer +beta \(127\.0\.0\.1:\d+\), answers in [\d.]+ ms, clocks agree$/m)
					assert.match(text.stdout, /^to do +nothing, both sides agree$/m)

					const offline = await status(alpha, ['--offline'])
					assert.deepEqual([offline.peer, offline.pending, offline.index?.files], [null, null, 3])
					assert.ok(Date.now() - Date.parse(offline.last_sync ?? '') < 120_000)

					beta.connectTo(port)
					const held = await status(beta, ['--offline'])
					assert.match(held.running ?? '', /process \d+/)
					assert.equal(held.node?.pid, pair.server?.pid)

					alpha.connectTo(await freePort())
					const away = await status(alpha, [], 3)
					assert.deepEqual([away.ok, away.peer?.reachable, away.error?.code], [false, false, 'PEER_UNREACHABLE'])
					assert.equal(away.index?.files, 3)
					const awayText = await alpha.run('status')
					assert.deepEqual(awayText.code, 3)
					assert.match(awayText.stdout, /does not answer/)
					assert.match(awayText.stderr, /^filesync: Nothing listens/m)
					alpha.connectTo(port)
				}),
		},
	])
})
