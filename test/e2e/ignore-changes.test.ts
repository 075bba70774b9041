// Rules that come and go: in one command both sides agree by the new ones, and nodes that run need no restart.
import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {concurrently, type Job} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {withPair} from './support/pair.js'
import {told, until} from './support/program.js'
import {assertNothing, countsOf, noCounts} from './support/result.js'

const arrives = (dir: Dir, path: string): Promise<void> => until(`${path} in ${dir.path}`, () => dir.has(path))

/** Long enough that no full look helps within a test. */
const seldom = {rescan_interval_sec: 600}

const oneShot: readonly Job[] = [
	{
		name: 'ignored, deleted here to make room, taken back: the peer keeps it and it comes back',
		run: () =>
			withPair({name: 'make-room'}, async ({alpha, beta}) => {
				for (let i = 0; i < 3; i++) alpha.dir.write(`media/sub/film${i}`, `film ${i}`, day(i))
				alpha.dir.write('note', 'n', day(0))
				await alpha.result(['sync'])
				alpha.configure({ignore: ['/media/']})
				alpha.dir.rm('media')
				assertNothing(await alpha.result(['sync']))
				assertNothing(await alpha.result(['sync']))
				alpha.configure({ignore: []})
				const result = await alpha.result(['sync'])
				assert.deepEqual(countsOf(result), {...noCounts, pulled: 5})
				assert.deepEqual(readdirSync(beta.dir.at('media/sub')), ['film0', 'film1', 'film2'])
				assert.deepEqual(alpha.dir.replica, beta.dir.replica)
				assertNothing(await alpha.result(['sync']))
			}),
	},
	...(['alpha', 'beta'] as const).map((edits) => ({
		name: `a rule goes from the rules file on ${edits === 'alpha' ? 'this side' : 'the peer'}: one sync, and both sides agree`,
		run: () =>
			withPair({name: `rule-goes-${edits}`}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('.filesyncignore', '/big/\n', day(0)).write('big/x', 'of alpha', day(0))
				await alpha.result(['sync'])
				beta.dir.write('big/y', 'of beta', day(0))
				assertNothing(await alpha.result(['sync']))
				pair[edits].dir.write('.filesyncignore', '# nothing\n', day(1))
				const dry = await alpha.run('sync', '--dry-run')
				assert.match(dry.stderr, /changes the rules in \.filesyncignore/, told(dry))
				const result = await alpha.result(['sync', '--verbose'])
				assert.deepEqual([result.pushed + result.pulled, result.conflicts, result.problems], [3, [], []])
				assert.equal(result.actions?.length, 3)
				pair.assertSame()
				assert.equal(beta.dir.read('big/x') + alpha.dir.read('big/y'), 'of alphaof beta')
				assertNothing(await alpha.result(['sync']))
			}),
	})),
	{
		name: 'a rule that arrives leaves out at once what it names, and deletes nothing',
		run: () =>
			withPair({name: 'rule-comes'}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('big/x', 'x', day(0)).write('f', 'f', day(0))
				await alpha.result(['sync'])
				alpha.dir.write('.filesyncignore', '/big/\n', day(1)).rm('big')
				const result = await alpha.result(['sync'])
				assert.deepEqual(countsOf(result), {...noCounts, pushed: 1})
				assert.equal(beta.dir.read('big/x'), 'x')
				beta.dir.write('big/x', 'edited', day(2))
				assertNothing(await alpha.result(['sync']))
				assert.ok(!alpha.dir.has('big'))
			}),
	},
	{
		name: 'a push carries new rules and what they let in',
		run: () =>
			withPair({name: 'rule-push'}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('.filesyncignore', '/big/\n', day(0)).write('big/x', 'x', day(0))
				await alpha.result(['push'])
				alpha.dir.rm('.filesyncignore')
				const result = await alpha.result(['push'])
				assert.deepEqual(countsOf(result), {...noCounts, pushed: 2, deleted_remote: 1})
				assert.equal(beta.dir.read('big/x'), 'x')
				assertNothing(await alpha.result(['sync']))
			}),
	},
]

const live: readonly Job[] = [
	...(['alpha', 'beta'] as const).map((edits) => ({
		name: `under watch a rule comes and goes on ${edits === 'alpha' ? 'the watching' : 'the listening'} side: what it let out is synced and watched again`,
		run: () =>
			withPair({name: `watch-rule-${edits}`, settings: seldom}, async (pair) => {
				const {alpha, beta} = pair
				const side = pair[edits].dir
				const other = (edits === 'alpha' ? beta : alpha).dir
				side.write('note', 'n')
				const watch = alpha.start('watch')
				await arrives(other, 'note')
				side.write('.filesyncignore', '/big/\n')
				await arrives(other, '.filesyncignore')
				side.write('big/sub/x', 'left out')
				side.write('mark', 'm')
				await arrives(other, 'mark')
				assert.ok(!other.has('big'))
				side.rm('.filesyncignore')
				await arrives(other, 'big/sub/x')
				// Both folders are watched now, here and where they came to be.
				side.write('big/sub/y', 'one more')
				await arrives(other, 'big/sub/y')
				other.write('big/sub/z', 'back')
				await arrives(side, 'big/sub/z')
				const outcome = await watch.stop()
				assert.equal(outcome.code, 0, told(outcome))
				pair.assertSame()
				assertNothing(await alpha.result(['sync']))
			}),
	})),
	{
		name: 'a sync that is handed to a node, and one to a listening peer, see rules that changed just before',
		run: () =>
			withPair({name: 'handed-rules', settings: {...seldom, debounce_ms: 60_000}}, async (pair) => {
				const {alpha, beta} = pair
				for (const {dir} of [alpha, beta]) dir.write('.filesyncignore', '/big/\n', day(0))
				alpha.dir.write('big/x', 'of alpha')
				beta.dir.write('big/y', 'of beta')
				const watch = alpha.start('watch')
				await watch.line(/Connected to beta/)
				assertNothing(await alpha.result(['sync']))
				alpha.dir.rm('.filesyncignore')
				beta.dir.rm('.filesyncignore')
				const result = await alpha.result(['sync'])
				assert.deepEqual([result.pushed, result.pulled, result.problems], [1, 1, []], JSON.stringify(result))
				pair.assertSame()
				const outcome = await watch.stop()
				assert.equal(outcome.code, 0, told(outcome))
			}),
	},
]

describe('e2e: rules that change', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	concurrently([...oneShot, ...live])
})
