// Two-way rules 6 and 7, what has a folder pair of its own: things that are skipped, paths that cannot be read,
// the trash, and ignore rules.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmodSync, lstatSync, readdirSync, readFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {concurrently, type Job} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {withPair} from './support/pair.js'
import {assertNothing, countsOf, noCounts} from './support/result.js'
import {withoutRights} from './support/user.js'

/** What lies in a folder's trash: contents by path, whatever run put them there. */
function trashOf(dir: Dir): Record<string, string> {
	const trash = dir.at('.filesync', 'trash')
	if (lstatSync(trash, {throwIfNoEntry: false}) === undefined) return {}
	const kept: Record<string, string> = {}
	for (const run of readdirSync(trash)) {
		const entries = readdirSync(join(trash, run), {recursive: true, encoding: 'utf8', withFileTypes: true})
		for (const entry of entries) {
			const full = join(entry.parentPath, entry.name)
			if (entry.isFile()) kept[full.slice(join(trash, run).length + 1)] = readFileSync(full, 'utf8')
			else if (entry.isSymbolicLink()) kept[full.slice(join(trash, run).length + 1)] = 'a link'
		}
	}
	return kept
}

function makeFifo(path: string): void {
	assert.equal(spawnSync('mkfifo', [path]).status, 0)
}

const noRights = withoutRights === null ? 'needs a user without rights' : undefined
const user = withoutRights?.user

const skipped: readonly Job[] = [
	{
		name: 'FIFOs and sockets are skipped without being opened, and what they replace is no problem',
		run: () =>
			withPair({name: 'skipped'}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('d/f', 'beside a fifo', day(0)).write('was a file', 'was a file', day(0))
				for (let i = 0; i < 6; i++) makeFifo(alpha.dir.at(`d/fifo${i}`))
				const server = createServer()
				await new Promise<void>((resolve) => server.listen(alpha.dir.at('socket'), resolve))
				try {
					const result = await alpha.result(['sync'])
					assert.deepEqual(countsOf(result), {...noCounts, pushed: 3})
					assert.deepEqual(beta.dir.tree, {'d/': '', 'd/f': 'beside a fifo', 'was a file': 'was a file'})
					assertNothing(await alpha.result(['sync']))
					beta.dir.rm('d/f')
					assert.equal((await alpha.result(['sync'])).deleted_local, 1)
					assert.ok(alpha.dir.has('d/fifo0') && alpha.dir.has('socket'))
				} finally {
					server.close()
				}
			}),
	},
	{
		name: 'a FIFO under a name that the peer writes is never opened or replaced',
		run: () =>
			withPair({name: 'fifo-taken'}, async ({alpha, beta}) => {
				makeFifo(alpha.dir.at('x'))
				beta.dir.write('x', 'a file of that name', day(0)).write('y', 'another', day(0))
				const result = await alpha.result(['sync'], 1)
				assert.deepEqual(
					result.problems.map(({path, side}) => [path, side]),
					[['x', 'local']],
				)
				assert.ok(lstatSync(alpha.dir.at('x')).isFIFO())
				assert.equal(alpha.dir.read('y'), 'another')
			}),
	},
	{
		name: '`.filesync` is never synced, at the root in no spelling, below it neither',
		run: () =>
			withPair({name: 'own'}, async ({alpha, beta}) => {
				alpha.dir.write('sub/.filesync/f', 'nested', day(0)).write('.FileSync/f', 'another case', day(0))
				alpha.dir.write('f', 'an ordinary file', day(0))
				await alpha.result(['sync'])
				alpha.dir.write('.filesync/mine', 'put there by a user', day(0))
				const result = await alpha.result(['sync'])
				assertNothing(result)
				assert.deepEqual(beta.dir.tree, {f: 'an ordinary file', 'sub/': ''})
				assert.ok(!beta.dir.has('.filesync/mine'))
				assert.ok(alpha.dir.has('.filesync/mine'), 'what is not FileSync’s stays')
			}),
	},
]

const unreadable: readonly Job[] = [
	{
		name: 'a file that cannot be read is a problem and never a deletion',
		skip: noRights,
		run: () =>
			withPair({name: 'unreadable-file', user}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('f', 'readable at first', day(0)).write('g', 'always readable', day(0))
				pair.own()
				await alpha.result(['sync'])
				alpha.dir.write('f', 'not readable any more', day(1)).write('g', 'edited', day(1))
				alpha.dir.chmod('f', 0o000)
				for (const args of [['sync'], ['sync'], ['push']] as const) {
					const {problems} = await alpha.result(args, 1)
					assert.deepEqual(
						problems.map(({path, side, code}) => [path, side, code]),
						[['f', 'local', 'EACCES']],
					)
				}
				assert.equal(beta.dir.read('f'), 'readable at first')
				assert.equal(beta.dir.read('g'), 'edited')
				alpha.dir.chmod('f', 0o644)
				await alpha.result(['sync'])
				assert.equal(beta.dir.read('f'), 'not readable any more')
				pair.assertSame()
			}),
	},
	{
		name: 'a folder that cannot be read is a problem, and nothing below it is deleted',
		skip: noRights,
		run: () =>
			withPair({name: 'unreadable-folder', user}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('d/f', 'below', day(0)).write('d/e/g', 'deeper', day(0)).write('h', 'beside', day(0))
				pair.own()
				await alpha.result(['sync'])
				beta.dir.chmod('d', 0o000)
				alpha.dir.rm('h')
				const {problems} = await alpha.result(['sync'], 1)
				assert.deepEqual(
					problems.map(({path, side, code}) => [path, side, code]),
					[['d', 'remote', 'EACCES']],
				)
				assert.equal(alpha.dir.read('d/e/g'), 'deeper')
				assert.ok(!beta.dir.has('h'))
				// The mode is an edit like any other.
				assert.equal(lstatSync(alpha.dir.at('d')).mode & 0o777, 0)
				for (const {dir} of [alpha, beta]) dir.chmod('d', 0o755)
				assert.equal(beta.dir.read('d/e/g'), 'deeper')
				await alpha.result(['sync'])
				pair.assertSame()
			}),
	},
	{
		name: 'read-only files and folders are synced, edited and deleted',
		skip: noRights,
		run: () =>
			withPair({name: 'read-only', user}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir
					.write('d/e/f', 'below', day(0))
					.chmod('d/e/f', 0o444)
					.write('f', 'read-only', day(0))
					.chmod('f', 0o400)
				pair.own()
				alpha.dir.chmod('d/e', 0o555).chmod('d', 0o555)
				await alpha.result(['sync'])
				pair.assertSame('after the first sync')
				alpha.dir.chmod('d/e', 0o755).chmod('d/e/f', 0o644)
				alpha.dir.write('d/e/f', 'below, edited', day(1)).write('d/e/g', 'added', day(1))
				alpha.dir.chmod('d/e/f', 0o444).chmod('d/e', 0o555)
				pair.own()
				await alpha.result(['sync'])
				pair.assertSame('after the edit')
				chmodSync(alpha.dir.at('d'), 0o755)
				alpha.dir.chmod('d/e', 0o755).rm('d')
				const result = await alpha.result(['sync'])
				assert.deepEqual(result.problems, [])
				assert.ok(!beta.dir.has('d'))
				assertNothing(await alpha.result(['sync']))
			}),
	},
	{
		name: 'a folder of the peer that cannot be written is a problem there; the others go on',
		skip: withoutRights?.user === undefined ? 'needs root and a user without rights' : undefined,
		run: () =>
			withPair({name: 'not-ours', user}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('d/f', 'of root', day(0))
				pair.own()
				await alpha.result(['sync'])
				// A folder of root's in beta's tree.
				beta.dir.rm('d').write('d/f', 'of root', day(0))
				alpha.dir.write('d/new', 'cannot be put', day(1)).write('g', 'can be put', day(1))
				const result = await alpha.result(['sync'], 1)
				assert.deepEqual(
					result.problems.map(({path, side, code}) => [path, side, code]),
					[['d/new', 'remote', 'EACCES']],
				)
				assert.equal(beta.dir.read('g'), 'can be put')
				pair.own()
				await alpha.result(['sync'])
				assert.equal(beta.dir.read('d/new'), 'cannot be put')
			}),
	},
]

const trash: readonly Job[] = [
	...([30, 0] as const).map((days) => ({
		name: days === 0 ? 'with trash_days 0 nothing is kept' : 'what a sync overwrites or deletes lies in the trash',
		run: () =>
			withPair({name: `trash${days}`, settings: {trash_days: days, max_delete_percent: 100}}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir
					.write('edited', 'edited: old', day(0))
					.write('d/deleted', 'deleted', day(0))
					.link('l', 'target', day(0))
				alpha.dir.write('there', 'there: old', day(0)).write('renamed', 'renamed', day(0)).write('kind', 'kind', day(0))
				await alpha.result(['sync'])
				alpha.dir.write('edited', 'edited: new', day(1)).rm('d', 'l').mv('renamed', 'other name')
				alpha.dir.rm('kind').mkdir('kind')
				beta.dir.write('there', 'there: new', day(1))
				await alpha.result(['sync'])
				pair.assertSame()
				const there = {'d/deleted': 'deleted', edited: 'edited: old', kind: 'kind', l: 'a link'}
				assert.deepEqual(trashOf(beta.dir), days === 0 ? {} : there)
				assert.deepEqual(trashOf(alpha.dir), days === 0 ? {} : {there: 'there: old'})
			}),
	})),
	{
		name: 'the same path overwritten again and again is kept each time',
		run: () =>
			withPair({name: 'trash-again'}, async ({alpha, beta}) => {
				for (const text of ['one', 'two', 'three']) {
					alpha.dir.write('f', text, day(0))
					await alpha.result(['sync'])
				}
				const runs = readdirSync(beta.dir.at('.filesync', 'trash'))
				const texts = runs.map((run) => readFileSync(beta.dir.at('.filesync', 'trash', run, 'f'), 'utf8'))
				assert.deepEqual(texts.sort(), ['one', 'two'])
			}),
	},
]

const ignored: readonly Job[] = [
	{
		name: 'ignore lines of the config count on their own side, and becoming ignored is no deletion',
		run: () =>
			withPair({name: 'ignore-config', alpha: {ignore: ['*.tmp', '/build/']}}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir
					.write('a.tmp', 'ignored here', day(0))
					.write('build/out', 'ignored too', day(0))
					.write('f', 'not', day(0))
				beta.dir.write('b.tmp', 'from beta', day(0)).write('sub/build/x', 'not at the root', day(0))
				await alpha.result(['sync'])
				assert.deepEqual(beta.dir.tree, {
					'b.tmp': 'from beta',
					f: 'not',
					'sub/': '',
					'sub/build/': '',
					'sub/build/x': 'not at the root',
				})
				assert.ok(!alpha.dir.has('b.tmp') && alpha.dir.has('sub/build/x'))
				assertNothing(await alpha.result(['sync']))
				alpha.configure({ignore: ['*.tmp', '/build/', 'sub/']})
				assertNothing(await alpha.result(['sync']))
				assert.ok(beta.dir.has('sub/build/x') && alpha.dir.has('sub/build/x'))
				alpha.dir.rm('sub')
				assertNothing(await alpha.result(['sync']))
				assert.ok(beta.dir.has('sub/build/x'), 'deleting what is ignored is told nobody')
			}),
	},
	{
		name: 'no longer ignored: both sides are united, nothing is deleted',
		run: () =>
			withPair({name: 'ignore-end', alpha: {ignore: ['*.log']}}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('a.log', 'alpha’s', day(0)).write('both.log', 'alpha', day(1))
				beta.dir.write('b.log', 'beta’s', day(0)).write('both.log', 'beta', day(2))
				await alpha.result(['sync'])
				alpha.configure({ignore: []})
				const result = await alpha.result(['sync'])
				assert.deepEqual([result.deleted_local, result.deleted_remote, result.conflicts.length], [0, 0, 1])
				pair.assertSame()
				assert.deepEqual(alpha.dir.tree, {
					'a.log': 'alpha’s',
					'b.log': 'beta’s',
					'both.log': 'beta',
					'both.sync-conflict-*-alpha.log': 'alpha',
				})
				assertNothing(await alpha.result(['sync']))
			}),
	},
	{
		name: 'different rules on both sides: each keeps what it ignores',
		run: () =>
			withPair({name: 'ignore-both', alpha: {ignore: ['*.a']}, beta: {ignore: ['*.b']}}, async (pair) => {
				const {alpha, beta} = pair
				for (const {dir, name} of [alpha, beta])
					dir.write('x.a', name, day(0)).write('x.b', name, day(1)).write(name, name, day(0))
				for (const round of [1, 2]) {
					const result = await alpha.result(['sync'])
					assert.deepEqual([result.conflicts, result.problems], [[], []], `round ${round}`)
					assert.deepEqual(alpha.dir.tree, {alpha: 'alpha', beta: 'beta', 'x.a': 'alpha', 'x.b': 'alpha'})
					assert.deepEqual(beta.dir.tree, {alpha: 'alpha', beta: 'beta', 'x.a': 'beta', 'x.b': 'beta'})
				}
				assertNothing(await alpha.result(['sync']))
			}),
	},
	{
		name: '`.filesyncignore` is synced, then counts on both sides, with negations and comments',
		run: () =>
			withPair({name: 'ignore-file'}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('.filesyncignore', '# caches\n*.cache\n!keep.cache\n/only-root\n', day(0))
				alpha.dir
					.write('x.cache', 'ignored', day(0))
					.write('keep.cache', 'kept', day(0))
					.write('only-root', 'x', day(0))
				alpha.dir.write('d/only-root', 'below', day(0))
				await alpha.result(['sync'])
				const {'.filesyncignore': rules, ...tree} = beta.dir.tree
				assert.ok(rules?.startsWith('# caches'))
				assert.deepEqual(tree, {'d/': '', 'd/only-root': 'below', 'keep.cache': 'kept'})
				beta.dir.write('y.cache', 'ignored there too', day(0))
				await alpha.result(['sync'])
				assert.ok(!alpha.dir.has('y.cache'))
				assertNothing(await alpha.result(['sync']))
			}),
	},
	{
		name: 'a folder deleted while ignored content lies in it at the peer: the content stays',
		run: () =>
			withPair({name: 'ignore-below', beta: {ignore: ['*.o']}}, async (pair) => {
				const {alpha, beta} = pair
				alpha.dir.write('src/f', 'source', day(0))
				await alpha.result(['sync'])
				beta.dir.write('src/f.o', 'built', day(0))
				alpha.dir.rm('src')
				await alpha.run('sync')
				assert.ok(!beta.dir.has('src/f'))
				assert.equal(beta.dir.read('src/f.o'), 'built')
				await alpha.result(['sync'])
				assertNothing(await alpha.result(['sync']))
			}),
	},
]

describe('e2e: rules 6 and 7, scope and trash', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	concurrently([...skipped, ...unreadable, ...trash, ...ignored])
})
