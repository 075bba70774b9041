// A hostile follower against a real `sync`: what it shows of its index, and what it sends as contents.
import assert from 'node:assert/strict'
import {decode, Hello} from '../../src/lib/wire/messages.js'
import {concurrently} from '../e2e/support/concurrent.js'
import {batchBytes} from './support/columns.js'
import {attack, dropped, inColumns, instead, obey, records, scanned, show, takePlan} from './support/follower.js'
import {room} from './support/peer.js'
import {
	fileColumns,
	folderColumns,
	goneColumns,
	hashOf,
	linkColumns,
	mtime,
	newDevice,
	packFrame,
	welcome,
} from './support/words.js'

describe('a hostile follower: what it shows', function () {
	this.timeout(120_000)
	concurrently([
		attack(
			'shows bad paths: refused one by one, the others are taken',
			{
				code: 1,
				says: /"code":"BAD_PATH"/,
				check: (result, {dir}) => {
					assert.equal(result?.problems.length, inColumns.length)
					assert.equal(dir.read('zz-good.txt'), 'good')
				},
			},
			async (peer) => {
				const rows = inColumns.map((path) => [path, fileColumns('evil')] as const)
				await show(peer, [...rows, ['zz-good.txt', fileColumns('good')]])
				await obey(peer, {'zz-good.txt': 'good'})
			},
		),
		attack(
			'shows a link to .. and a file below it',
			{code: 1, says: /"path":"up\/evil.txt".*"code":"E/},
			async (peer) => {
				await show(peer, [
					['up', linkColumns('..')],
					['up/evil.txt', fileColumns('evil')],
				])
				await obey(peer, {'up/evil.txt': 'evil'})
			},
		),
		attack('shows files below a link that stands here', {code: 1, says: /"path":"out\/secret.txt"/}, async (peer) => {
			await show(peer, [
				['out/secret.txt', fileColumns('evil')],
				['out/sub', folderColumns(0o777)],
				['out/sub/planted', fileColumns('evil')],
			])
			await obey(peer, {'out/secret.txt': 'evil', 'out/sub/planted': 'evil'})
		}),
		attack(
			'shows a file and a child of it, and children without folders',
			{code: 1, check: (result) => assert.ok((result?.problems.length ?? 0) >= 2)},
			async (peer) => {
				await show(peer, [
					['a', fileColumns('a')],
					['a/b', fileColumns('b')],
					['x/y/z', fileColumns('z')],
				])
				await obey(peer, {a: 'a', 'a/b': 'b', 'x/y/z': 'z'})
			},
		),
		attack('shows everything as deleted', {code: 0}, async (peer) => {
			const paths = [
				'dir',
				'dir/inner.txt',
				'keep.txt',
				'many',
				...Array.from({length: 20}, (_, i) => `many/${i}.txt`),
			].sort()
			await show(
				peer,
				paths.map((path) => [path, goneColumns]),
			)
			await obey(peer)
		}),
		attack(
			'shows everything as deleted, with versions of this very device',
			{code: 5, says: /TOO_MANY_DELETIONS/},
			async (peer) => {
				const {body} = await peer.hear('hello')
				const {device} = decode(Hello, body, 'hello')
				peer.say('welcome', welcome(newDevice()))
				await peer.hear('begin')
				const paths = [
					'dir',
					'dir/inner.txt',
					'keep.txt',
					'many',
					...Array.from({length: 20}, (_, i) => `many/${i}.txt`),
				].sort()
				peer.say(
					'records',
					records(
						paths.map((path) => [path, goneColumns]),
						[device, 2 ** 47],
					),
				)
				peer.say('scanned', scanned)
				await obey(peer)
			},
		),
		attack('sends another content than it announced', {code: 1, says: /"code":"HASH"/}, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await obey(peer, {'new.txt': 'evil'})
		}),
		attack('sends fewer bytes than it announced', {code: 1, says: /"code":"SIZE"/}, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await obey(peer, {'new.txt': 'go'})
		}),
		attack('sends a content that nobody asked for', dropped, async (peer) => {
			await show(peer, [['new.txt', fileColumns('good')]])
			await takePlan(peer)
			await peer.hear('fetch')
			peer.parts('pack', packFrame([{id: 4711, content: 'evil'}]))
		}),
		attack(
			'shows records out of order',
			dropped,
			instead((peer, device) =>
				peer.say(
					'records',
					records(
						[
							['b', fileColumns('b')],
							['a', fileColumns('a')],
						],
						[device, 1],
					),
				),
			),
		),
		attack(
			'shows records that are JSON',
			{code: 3, says: /PROTOCOL.*index records whose batch of entries/},
			instead((peer) => peer.say('records', [[], []])),
		),
		attack(
			'shows a batch that was cut off',
			{code: 3, says: /PROTOCOL.*columns that do not add up/},
			instead((peer, device) => peer.say('records', records([['n', fileColumns('x')]], [device, 1]).subarray(0, -1))),
		),
		attack(
			'shows 65,535 rows of nothing',
			{code: 3, says: /PROTOCOL.*more than 5000 rows/},
			instead((peer) => peer.say('records', batchBytes([], [], {rows: 65_535}))),
		),
		attack(
			'shows a page of an index',
			{code: 3, says: /PROTOCOL.*columns that no peer sends/},
			instead((peer) => peer.say('records', batchBytes([], [], {holds: 2}))),
		),
		attack('greets and shows a frame of records beyond 64 KiB in one breath', {code: 0}, async (peer) => {
			const name = 'n'.repeat(200)
			const rows = Array.from(
				{length: 1000},
				(_, i) => [`${name}${String(i).padStart(4, '0')}`, ['d', 0, mtime, 0o755, null]] as const,
			)
			await show(peer, rows)
			await obey(peer)
		}),
		attack('answers a look with one path twice', {code: 3, says: /PROTOCOL.*not in path order/}, async (peer) => {
			await show(peer, [['keep.txt', ['f', 4, mtime, 0o644, null]]])
			await peer.hear('look')
			const row = ['keep.txt', fileColumns('keep')] as const
			peer.say('looked', records([row, row], [newDevice(), 1]))
		}),
		attack(
			'shows one path 5,000 times',
			dropped,
			instead((peer, device) =>
				peer.say(
					'records',
					records(
						Array.from({length: 5000}, () => ['same', fileColumns('x')] as const),
						[device, 1],
					),
				),
			),
		),
		attack(
			'shows a size of -1',
			dropped,
			instead((peer, device) => peer.say('records', records([['n', ['f', -1, mtime, 0, null]]], [device, 1]))),
		),
		attack(
			'shows an mtime of 1e300',
			dropped,
			instead((peer, device) => peer.say('records', records([['n', ['f', 1, 1e300, 0, null]]], [device, 1]))),
		),
		attack('shows a size of 2^53-1 and sends nothing of it', {code: 1, says: /"code":"SIZE"/}, async (peer) => {
			await show(peer, [['new.txt', ['f', Number.MAX_SAFE_INTEGER, mtime, 0o644, hashOf('x')]]])
			await obey(peer, {'new.txt': 'x'})
		}),
		attack('answers a look with something else', dropped, async (peer) => {
			await show(peer, [['keep.txt', ['f', 4, mtime, 0o644, null]]])
			await peer.hear('look')
			peer.say('looked', records([['other.txt', fileColumns('x')]], [newDevice(), 1]))
		}),
		attack(
			'nests an index deep',
			dropped,
			instead((peer) => peer.say('records', batchBytes([], [], {head: '['.repeat(1 << 20)}))),
		),
		attack(
			'shows a conflict whose copy names are taken',
			{code: 0, check: (result) => assert.equal(result?.conflicts.length, 1)},
			async (peer) => {
				const device = newDevice()
				await peer.hear('hello')
				peer.say('welcome', welcome(device))
				await peer.hear('begin')
				peer.say('records', records([['keep.txt', fileColumns('evil')]], [device, 1]))
				peer.say('scanned', scanned)
				let asked = 0
				await obey(peer, {'keep.txt': 'evil'}, (paths) => {
					const taken = asked++ < 3 ? paths.filter((path) => path.includes('sync-conflict')) : []
					return records(
						taken.map((path) => [path, fileColumns('x')]),
						[device, 1],
					)
				})
			},
		),
		attack(
			'shows an index beyond the room for it',
			{code: 3, says: /an index too large for the \d+ MB/, heavy: true},
			instead(async (peer, device) => {
				const name = 'n'.repeat(200)
				let ended = false
				void peer.ended.then(() => (ended = true))
				for (let at = 0; !ended; at += 5000) {
					const rows = Array.from(
						{length: 5000},
						(_, i) => [`${name}/${String(at + i).padStart(12, '0')}`, ['f', 4, mtime, 0o644, null]] as const,
					)
					peer.say('records', records(rows, [device, 1]))
					await room(peer)
				}
			}),
		),
	])
})
