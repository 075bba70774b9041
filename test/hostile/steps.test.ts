// A hostile leader against a real `serve`: what it asks to be done. Bad paths, links, wrong numbers.
import assert from 'node:assert/strict'
import type {HostilePeer} from './support/peer.js'
import {besieged} from './support/victim.js'
import {
	closePlan,
	fileColumns,
	folderColumns,
	goneColumns,
	hashOf,
	inPathOrder,
	linkColumns,
	mtime,
	packOf,
	settleRound,
	type Wish,
} from './support/words.js'

/** A NUL, or what is no UTF-8, cannot stand in a batch: see columns.test.ts. */
const badPaths: readonly string[] = [
	'../x',
	'a/../../x',
	'..',
	'.',
	'',
	'./a',
	'a/',
	'a//b',
	'/abs',
	'//srv/x',
	'c'.repeat(256),
	`${'p/'.repeat(250)}${'x'.repeat(4000)}`,
	Array.from({length: 3000}, () => 'd').join('/'),
	'.filesync',
	'.filesync/root.json',
	'.FileSync/root.json',
	'dir/.filesync/staging/x',
	'.file\u200bsync/x',
	'\ufeff.filesync/x',
	'\uff0efilesync/x',
	'.\ufb01lesync/x',
	'.filesync./x',
	'.filesync /x',
	'.filesync.tmp-0123456789abcdef01',
	'.FILESYNC.TMP-x',
]
describe('a hostile leader: steps', function () {
	this.timeout(60_000)
	const victim = besieged('steps')

	describe('paths that are none are refused one by one, as target of anything', () => {
		const states = {
			p: fileColumns('evil'),
			m: folderColumns(),
			l: linkColumns('x'),
			r: goneColumns,
			a: fileColumns('evil'),
		}
		for (const [kind, state] of Object.entries(states))
			it(`${badPaths.length} paths for ${kind}`, async () => {
				const wishes = inPathOrder(badPaths.map((path, i): Wish => ({id: i + 1, do: kind, path, state})))
				const before = victim.root.exact
				const {refused, faults} = await victim.round(wishes)
				assert.equal(refused.size, badPaths.length)
				for (const [id, code] of refused) assert.match(code, /^BAD_PATH: the path /, JSON.stringify(badPaths[id - 1]))
				assert.deepEqual([...faults], [])
				const changed = victim.root.exact.filter((line) => !before.includes(line) && !line.startsWith('".filesync'))
				assert.deepEqual(changed, [])
			})

		it(`${badPaths.length} paths as the name of a conflict copy`, async () => {
			const wishes = badPaths.map(
				(copy, i): Wish => ({id: i + 1, do: 'p', path: `many/${i}.txt`, state: fileColumns('evil'), copy}),
			)
			const {refused} = await victim.round(inPathOrder(wishes))
			assert.equal(refused.size, badPaths.length)
			assert.equal(victim.root.read('many/3.txt'), 'number 3')
		})

		for (const path of ['../outside/secret.txt', '.filesync/root.json', '/etc/passwd', 'a//b'])
			it(`asked for by look or fetch, ${path} ends the conversation`, async () => {
				const {peer} = await victim.inRound()
				peer.say('look', {paths: [path]})
				assert.match(await peer.dropped(), /PROTOCOL.*a look for a path that/)
				const second = await victim.inRound()
				await closePlan(second.peer)
				second.peer.say('carryOut')
				second.peer.say('fetch', {items: [[1, path, path]]})
				assert.match(await second.peer.dropped(), /PROTOCOL.*a fetch for a path that/)
			})
	})

	describe('links are never followed', () => {
		it('a link to .. and a file below it, in one round and in two', async () => {
			const link: Wish = {id: 1, do: 'l', path: 'up', state: linkColumns('../outside')}
			const below: Wish = {id: 2, do: 'p', path: 'up/evil.txt', state: fileColumns('evil')}
			const feed = (peer: HostilePeer): void => packOf(peer, 2, 'evil')
			const first = await victim.round([link, below], feed)
			assert.equal(first.faults.has(1), false)
			assert.match(first.faults.get(2) ?? '', /^E/)
			const again = await victim.round([below], feed)
			assert.equal(again.faults.get(2), 'ELOOP')
		})

		it('anything below a link that stands there', async () => {
			const {refused, faults} = await victim.round(
				[
					{id: 1, do: 'r', path: 'up/secret.txt', state: goneColumns},
					{id: 2, do: 'm', path: 'up/sub', state: folderColumns(0o777)},
					{id: 3, do: 'm', path: 'up/sub/new', state: folderColumns()},
					{id: 4, do: 'l', path: 'up/sub/trick', state: linkColumns('x')},
					{id: 5, do: 'a', path: 'up/sub/zz', state: fileColumns('deep')},
				].sort((a, b) => (a.path < b.path ? -1 : 1)),
			)
			for (const id of [2, 3, 4]) assert.equal(faults.get(id), 'ELOOP', `step ${id}`)
			assert.equal(refused.get(5), 'DIFFERS')
		})

		it('a folder replaced by a link, then an update below it', async () => {
			const replaced = await victim.round([
				{id: 1, do: 'l', path: 'dir', state: linkColumns('../outside')},
				{id: 2, do: 'r', path: 'dir/inner.txt', state: goneColumns},
				{id: 3, do: 'r', path: 'dir/other.txt', state: goneColumns},
			])
			assert.deepEqual([...replaced.faults], [])
			const update = await victim.round(
				[
					{id: 1, do: 'p', path: 'dir/inner.txt', state: fileColumns('evil')},
					{id: 2, do: 'p', path: 'dir/secret.txt', state: fileColumns('evil')},
				],
				(peer) => {
					packOf(peer, 1, 'evil')
					packOf(peer, 2, 'evil')
				},
			)
			assert.deepEqual([...update.faults.values()], ['ELOOP', 'ELOOP'])
			const back = await victim.round([{id: 1, do: 'm', path: 'dir', state: folderColumns()}])
			assert.deepEqual([...back.faults], [])
		})

		it('mode and time of a link do not reach its target', async () => {
			await victim.round([{id: 1, do: 'l', path: 'far', state: linkColumns('../outside/secret.txt')}])
			const {faults} = await victim.round([
				{id: 1, do: 'l', path: 'far', state: ['l', 0, 1_000_000, 0o777, '../outside/secret.txt']},
			])
			assert.deepEqual([...faults], [])
			const put = await victim.round([{id: 1, do: 'p', path: 'far', state: fileColumns('mine')}], (peer) =>
				packOf(peer, 1, 'mine'),
			)
			assert.deepEqual([...put.faults], [])
			assert.equal(victim.root.read('far'), 'mine')
		})

		// What a round replaces goes to `.filesync/trash/RUN/PATH`, and rounds of one second share a RUN: a link that lies
		// there under the name of a folder must not lead the next round out of the folder.
		it('a link in the trash under the name of a folder leads nowhere', async () => {
			for (let attempt = 0; attempt < 2; attempt++) {
				const name = `bait${attempt}`
				const msLeft = 1000 - (Date.now() % 1000)
				if (msLeft < 700) await new Promise((resolve) => setTimeout(resolve, msLeft))
				await victim.round([{id: 1, do: 'l', path: name, state: linkColumns('../../../../outside')}])
				await victim.round(
					[
						{id: 1, do: 'm', path: name, state: folderColumns()},
						{id: 2, do: 'p', path: `${name}/planted.txt`, state: fileColumns('planted')},
					],
					(peer) => packOf(peer, 2, 'planted'),
				)
				const gone = await victim.round([{id: 1, do: 'r', path: `${name}/planted.txt`, state: goneColumns}])
				assert.deepEqual([...gone.faults], [])
				assert.equal(victim.outside.has('planted.txt'), false, `attempt ${attempt}: a file was planted outside`)
			}
		})
	})

	describe('what a disk would show wrongly', () => {
		it('setuid, setgid and sticky bits never reach the disk', async () => {
			const {faults} = await victim.round(
				[
					{id: 1, do: 'm', path: 'bits', state: ['d', 0, mtime, 0xffff, null]},
					{id: 2, do: 'p', path: 'bits/file', state: ['f', 4, mtime, 0xffff, null]},
				],
				(peer) => packOf(peer, 2, 'evil'),
			)
			assert.deepEqual([...faults], [])
			const modes = victim.root.replica.filter((line) => line.startsWith('"bits')).map((line) => line.split(' ')[2])
			assert.deepEqual(modes, ['777', '777'])
		})

		for (const [name, time] of [
			['the year 1', -62_135_596_800_000_000],
			['the year 1969', -1],
			['the year 2400', 13_569_465_600_000_000],
			['the year 9999', 253_402_300_798_000_000],
		] as const)
			it(`an mtime of ${name} is taken as far as the disk can, and does not come back as an edit`, async () => {
				const {faults} = await victim.round(
					[{id: 1, do: 'p', path: 'times.txt', state: ['f', 4, time, 0o644, null]}],
					(peer) => packOf(peer, 1, 'time'),
				)
				assert.deepEqual([...faults], [])
				const {peer, shown} = await victim.inRound()
				assert.deepEqual(shown.get('times.txt')?.state, {
					kind: 'file',
					size: 4,
					mtime: time,
					mode: 0o644,
					hash: hashOf('time'),
				})
				peer.leave()
			})
	})

	describe('what stands is not overwritten', () => {
		it('a conflict copy name that is taken', async () => {
			victim.root.write('taken.txt', 'mine')
			const wish: Wish = {id: 1, do: 'p', path: 'keep.txt', state: fileColumns('new'), copy: 'taken.txt'}
			const {faults} = await victim.round([wish], (peer) => packOf(peer, 1, 'new'))
			assert.equal(faults.get(1), 'EEXIST')
			assert.deepEqual([victim.root.read('taken.txt'), victim.root.read('keep.txt')], ['mine', 'keep'])
		})

		it('a version that is not after what is here', async () => {
			const {refused} = await victim.round([
				{id: 1, do: 'p', path: 'keep.txt', state: fileColumns('new'), vector: ['a'.repeat(12), 1]},
				{id: 2, do: 'r', path: 'many/1.txt', state: goneColumns, vector: []},
			])
			assert.deepEqual([...refused.values()], ['STALE', 'STALE'])
			assert.equal(victim.root.read('keep.txt'), 'keep')
		})

		it('a file and a child of it, a child without its folder', async () => {
			const {faults} = await victim.round(
				[
					{id: 1, do: 'p', path: 'both', state: fileColumns('x')},
					{id: 2, do: 'p', path: 'both/child', state: fileColumns('y')},
					{id: 3, do: 'p', path: 'nowhere/child', state: fileColumns('z')},
				],
				(peer) => {
					packOf(peer, 1, 'x')
					packOf(peer, 2, 'y')
					packOf(peer, 3, 'z')
				},
			)
			assert.deepEqual([...faults].sort(), [
				[2, 'ENOTDIR'],
				[3, 'ENOENT'],
			])
		})

		it('a full folder under a file', async () => {
			const {faults} = await victim.round([{id: 1, do: 'p', path: 'many', state: fileColumns('x')}], (peer) =>
				packOf(peer, 1, 'x'),
			)
			assert.equal(faults.get(1), 'ENOTEMPTY')
			assert.equal(victim.root.read('many/7.txt'), 'number 7')
		})

		it('what is out of scope here', async () => {
			const {refused} = await victim.round([
				{id: 1, do: 'm', path: 'private', state: folderColumns()},
				{id: 2, do: 'p', path: 'private/key.pem', state: fileColumns('evil')},
				{id: 3, do: 'r', path: 'private/other', state: goneColumns},
			])
			assert.deepEqual([...refused.values()], ['IGNORED', 'IGNORED', 'IGNORED'])
		})
	})

	it('a generation or a sequence number that no index could hold', async () => {
		for (const bend of [{generation: 2 ** 53 - 1}, {generation: -1}, {leaderSeq: 1.5}, {token: 'x'.repeat(100)}]) {
			const {peer} = await victim.inRound()
			await closePlan(peer)
			peer.say('carryOut')
			await assert.rejects(settleRound(peer, {agree: true, ...bend}), /PROTOCOL.*a settle whose/, JSON.stringify(bend))
		}
	})
})
