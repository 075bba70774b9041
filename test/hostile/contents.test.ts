// A hostile leader against a real `serve`: what it sends as contents. Other bytes, sizes and hashes than announced, damaged packs.
import assert from 'node:assert/strict'
import {encodePiece} from '../../src/lib/wire/content.js'
import {until} from '../e2e/support/program.js'
import type {HostilePeer} from './support/peer.js'
import {besieged} from './support/victim.js'
import {closePlan, fileColumns, hashOf, mtime, packFrame, packOf, stepsFrame, type Wish} from './support/words.js'

/** A pack whose faults are these bytes. */
const packWithFaults = (peer: HostilePeer, faults: string, sizes: readonly number[] = [0]): void => {
	const {length} = sizes
	const header = Buffer.alloc(8 + 40 * length)
	header.writeUInt32LE(length, 0)
	header.writeUInt32LE(Buffer.byteLength(faults), 4)
	for (const [row, size] of sizes.entries()) {
		header.writeUInt32LE(row + 1, 8 + 4 * row)
		header.writeUInt32LE(size, 8 + 4 * (length + row))
	}
	const contents = Buffer.alloc(sizes.reduce((sum, size) => sum + size, 0))
	peer.say('pack', Buffer.concat([header, Buffer.from(faults), contents]))
}
describe('a hostile leader: contents', function () {
	this.timeout(60_000)
	const victim = besieged('contents')

	describe('lies about contents', () => {
		const put = (size: number, hash: string | null): Wish => ({
			id: 1,
			do: 'p',
			path: 'keep.txt',
			state: ['f', size, mtime, 0o644, hash],
		})
		const bad: readonly [string, Wish, (peer: HostilePeer) => void, string][] = [
			['another content than announced', put(4, hashOf('evil')), (peer) => packOf(peer, 1, 'lies'), 'HASH'],
			[
				'another content under the announced hash',
				put(4, hashOf('evil')),
				(peer) => packOf(peer, 1, 'lies', {hash: hashOf('evil')}),
				'HASH',
			],
			['another size than announced', put(9, hashOf('evil')), (peer) => packOf(peer, 1, 'evil'), 'SIZE'],
			[
				'fewer bytes of a large file than announced',
				put(300_000, null),
				(peer) => {
					peer.say('fileOpen', {id: 1, size: 300_000})
					peer.parts('fileData', encodePiece(1, Buffer.alloc(1000)))
					peer.say('fileEnd', {id: 1, hash: hashOf('x'), fault: null})
				},
				'TOO_SHORT',
			],
			[
				'a large file whose hash is wrong',
				put(300_000, null),
				(peer) => {
					peer.say('fileOpen', {id: 1, size: 300_000})
					peer.parts('fileData', encodePiece(1, Buffer.alloc(300_000)))
					peer.say('fileEnd', {id: 1, hash: hashOf('x'), fault: null})
				},
				'HASH',
			],
			[
				'a large file without a hash',
				put(300_000, null),
				(peer) => {
					peer.say('fileOpen', {id: 1, size: 300_000})
					peer.parts('fileData', encodePiece(1, Buffer.alloc(300_000)))
					peer.say('fileEnd', {id: 1, hash: null, fault: null})
				},
				'TOO_SHORT',
			],
			[
				'a fault instead of a content',
				put(4, null),
				(peer) => packOf(peer, 1, '', {fault: {code: 'EIO', message: '\u001b[2Jgone'}}),
				'EIO',
			],
		]
		for (const [name, wish, feed, fault] of bad)
			it(`${name}: discarded, the old content stays`, async () => {
				const {faults} = await victim.round([wish], feed)
				assert.deepEqual([...faults], [[1, fault]])
				assert.equal(victim.root.read('keep.txt'), 'keep')
			})

		it('a pack of which some contents are wrong: the others arrive as they are', async () => {
			const contents = ['one', 'lies', 'three', 'none', 'five']
			const wishes = contents.map((text, i): Wish => {
				const hash = text === 'lies' ? hashOf('evil') : hashOf(text)
				return {id: i + 1, do: 'p', path: `pack-${i + 1}`, state: ['f', text.length, mtime, 0o644, hash]}
			})
			const {faults} = await victim.round(wishes, (peer) => {
				const files = contents.map((content, i) =>
					content === 'none' ? {id: i + 1, content: '', fault: {code: 'EIO', message: 'gone'}} : {id: i + 1, content},
				)
				peer.parts('pack', packFrame(files))
			})
			assert.deepEqual([...faults].sort(), [
				[2, 'HASH'],
				[4, 'EIO'],
			])
			assert.deepEqual(
				[1, 2, 3, 4, 5].map((i) => (victim.root.has(`pack-${i}`) ? victim.root.read(`pack-${i}`) : null)),
				['one', null, 'three', null, 'five'],
			)
		})

		const drops: readonly [string, Wish, (peer: HostilePeer) => void, RegExp][] = [
			[
				'a content that nobody asked for',
				put(4, null),
				(peer) => packOf(peer, 99, 'evil'),
				/a content that nobody asked for/,
			],
			[
				'a pack whose sizes do not add up',
				put(4, null),
				(peer) => packOf(peer, 1, 'evil', {size: 400}),
				/sizes do not add up/,
			],
			[
				'a pack that announces 2^32-1 bytes',
				put(4, null),
				(peer) => packOf(peer, 1, 'evil', {size: 2 ** 32 - 1}),
				/sizes do not add up/,
			],
			[
				'a pack whose sizes add up to what came only where they wrap around',
				put(4, null),
				(peer) =>
					peer.parts(
						'pack',
						packFrame([
							{id: 1, content: 'evil', size: 2 ** 32 - 1},
							{id: 1, content: '', size: 5},
						]),
					),
				/sizes do not add up/,
			],
			[
				'a pack of more rows than its limit',
				put(4, null),
				(peer) => peer.parts('pack', packFrame(Array.from({length: 1001}, () => ({id: 1, content: ''})))),
				/a pack of too many rows/,
			],
			[
				'a pack that announces 2^32-1 rows',
				put(4, null),
				(peer) => peer.say('pack', Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])),
				/a pack of too many rows/,
			],
			['a pack with faults that are no JSON', put(4, null), (peer) => packWithFaults(peer, 'evil'), /is not JSON/],
			[
				'a pack with faults that are nested deep',
				put(4, null),
				(peer) => packWithFaults(peer, '['.repeat(100_000)),
				/nested deeper/,
			],
			['a pack with faults that are no list', put(4, null), (peer) => packWithFaults(peer, '{}'), /faults are no list/],
			[
				'a pack with a fault that is no row',
				put(4, null),
				(peer) => packWithFaults(peer, '[null]'),
				/fault of a wrong row/,
			],
			[
				'a pack with a fault of a row that it does not have',
				put(4, null),
				(peer) => packWithFaults(peer, '[[1,"EIO","x"]]'),
				/fault of a wrong row/,
			],
			[
				'a pack with a fault of row -1',
				put(4, null),
				(peer) => packWithFaults(peer, '[[-1,"EIO","x"]]'),
				/fault of a wrong row/,
			],
			[
				'a pack with a fault of a row that has a content',
				put(4, null),
				(peer) => packWithFaults(peer, '[[0,"EIO","x"]]', [4]),
				/fault of a wrong row/,
			],
			[
				'a pack with two faults of one row',
				put(4, null),
				(peer) => packWithFaults(peer, '[[0,"EIO","x"],[0,"EIO","y"]]'),
				/fault of a wrong row/,
			],
			[
				'a pack with a fault without words',
				put(4, null),
				(peer) => packWithFaults(peer, '[[0,"EIO"]]'),
				/fault is wrong/,
			],
			[
				'a pack with a fault of a million characters',
				put(4, null),
				(peer) => packWithFaults(peer, JSON.stringify([[0, 'EIO', 'x'.repeat(1_000_000)]])),
				/fault is wrong, or too long/,
			],
			[
				'a large file of another size',
				put(300_000, null),
				(peer) => peer.say('fileOpen', {id: 1, size: 9e15}),
				/another size than planned/,
			],
			[
				'one byte more than a large file announced',
				put(300_000, null),
				(peer) => {
					peer.say('fileOpen', {id: 1, size: 300_000})
					peer.parts('fileData', encodePiece(1, Buffer.alloc(300_000)))
					peer.parts('fileData', encodePiece(1, Buffer.alloc(1)))
				},
				/more bytes of a file than it announced/,
			],
			[
				'one large file twice at once',
				put(300_000, null),
				(peer) => {
					peer.say('fileOpen', {id: 1, size: 300_000})
					peer.say('fileOpen', {id: 1, size: 300_000})
				},
				/already under way/,
			],
			[
				'a piece of a file that is not under way',
				put(300_000, null),
				(peer) => peer.parts('fileData', encodePiece(7, Buffer.alloc(9))),
				/more bytes of a file/,
			],
			[
				'an empty piece',
				put(300_000, null),
				(peer) => peer.parts('fileData', encodePiece(1, new Uint8Array())),
				/an empty piece/,
			],
			[
				'a piece of 2 MiB',
				put(300_000, null),
				(peer) => peer.parts('fileData', encodePiece(1, Buffer.alloc(2 << 20))),
				/over its limit/,
			],
			[
				'the end of a file that is not under way',
				put(300_000, null),
				(peer) => peer.say('fileEnd', {id: 7, hash: null, fault: null}),
				/not under way/,
			],
			[
				'more credit than was used',
				put(4, null),
				(peer) => peer.say('credit', {bytes: 1}),
				/more credit than was used/,
			],
			[
				'a pack whose header is longer than the frame',
				put(4, null),
				(peer) => peer.say('pack', Buffer.from([1, 0, 0, 0, 255, 255, 255, 255, 1])),
				/longer than the frame/,
			],
			['a pack without a header', put(4, null), (peer) => peer.say('pack', Buffer.from([0])), /without a header/],
		]
		for (const [name, wish, feed, says] of drops)
			it(`${name}: the conversation ends`, async () => {
				const from = victim.mark
				const {peer, device, shown} = await victim.inRound()
				peer.say('steps', stepsFrame([wish], shown, device))
				await closePlan(peer)
				peer.say('carryOut')
				feed(peer)
				await peer.dropped()
				const {server} = victim.pair
				await server?.line(says, from)
				assert.equal(victim.root.read('keep.txt'), 'keep')
			})
	})

	it('one content twice', async () => {
		const {peer, device, shown} = await victim.inRound()
		const wish: Wish = {id: 1, do: 'p', path: 'twice.txt', state: fileColumns('once')}
		peer.say('steps', stepsFrame([wish], shown, device))
		await closePlan(peer)
		peer.say('carryOut')
		packOf(peer, 1, 'once')
		packOf(peer, 1, 'once')
		assert.match(await peer.dropped(), /a content that nobody asked for/)
		await until('what came whole to have its name', () => victim.root.has('twice.txt'))
		assert.equal(victim.root.read('twice.txt'), 'once')
	})
})
