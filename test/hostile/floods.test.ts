// A hostile leader against a real `serve`: floods in bounded memory, and silence.
import assert from 'node:assert/strict'
import {decode, Prepared} from '../../src/lib/wire/messages.js'
import {callOn, type HostilePeer, room, within} from './support/peer.js'
import {besieged, memoryMb} from './support/victim.js'
import {closePlan, fileColumns, mtime, stepsFrame, type Wish} from './support/words.js'

/** Rows that take a minute or gigabytes. */
const heavy = process.env['FILESYNC_HEAVY'] === '1'

describe('a hostile leader: floods', function () {
	this.timeout(heavy ? 300_000 : 60_000)
	const victim = besieged('floods')

	/** The server names the reason in its log. */
	const logged = async (from: number, says: RegExp): Promise<void> => {
		await victim.pair.server?.line(says, from)
	}

	describe('floods, in bounded memory', () => {
		const flood = async (peer: HostilePeer, times: number, say: () => void): Promise<void> => {
			for (let i = 0; i < times; i++) {
				say()
				if (i % 1000 === 0) await room(peer)
			}
		}

		it('a million empty frames', async () => {
			const {peer} = await victim.meet()
			await flood(peer, 1_000_000, () => peer.say('pong', new Uint8Array()))
			peer.leave()
		})

		it('pings without reading the answers', async () => {
			const {peer} = await victim.meet()
			peer.channel.pauseReading()
			await flood(peer, 200_000, () => peer.say('ping', {atMs: 0}))
			peer.leave()
		})

		it('frames that nobody waits for back up, and no round goes on without them', async () => {
			const {peer} = await victim.inRound()
			await closePlan(peer)
			await flood(peer, 2000, () => peer.say('finish'))
			assert.match(await peer.dropped(), /a finish frame where begin or subscribe or report was due/)
		})

		it('a plan beyond the room for it ends the conversation, not the node', async function () {
			if (!heavy) this.skip()
			const {peer, device, shown} = await victim.inRound()
			const name = 'n'.repeat(200)
			let ended = false
			void peer.ended.then(() => (ended = true))
			for (let at = 0; !ended; at += 5000) {
				const wishes = Array.from(
					{length: 5000},
					(_, i): Wish => ({
						id: at + i,
						do: 'p',
						path: `${name}/${String(at + i).padStart(12, '0')}`,
						state: ['f', 4, mtime, 0o644, null],
						vector: [device, 1],
					}),
				)
				peer.say('steps', stepsFrame(wishes, shown, device))
				await room(peer)
			}
			assert.match(await peer.dropped(), /a plan too large for the \d+ MB/)
			victim.highWaterMb = memoryMb(victim.pair.server?.pid ?? 0)
		})

		it('an answer of many rows to one that does not read', async () => {
			const {peer, device, shown} = await victim.inRound()
			const wishes = Array.from(
				{length: 20_000},
				(_, i): Wish => ({
					id: i,
					do: 'p',
					path: `../${String(i).padStart(6, '0')}`,
					state: fileColumns('x'),
					vector: [device, 1],
				}),
			)
			for (let at = 0; at < wishes.length; at += 2000)
				peer.say('steps', stepsFrame(wishes.slice(at, at + 2000), shown, device))
			peer.say('prepare', {allowDeletes: false, dryRun: false})
			const {body} = await peer.hear('prepared')
			assert.ok(decode(Prepared, body, 'prepared').steps.length > 0)
			peer.leave()
		})
	})

	describe('silence', () => {
		it('no hello: over after 10 s', async () => {
			const from = victim.mark
			const peer = await callOn(victim.port)
			assert.match(await peer.dropped(), /did not answer within 10 s|PEER_UNREACHABLE/)
			await logged(from, /did not answer within 10 s/)
		})

		it('a frozen peer in the middle of a round: over after 45 s, and the folder is free', async function () {
			if (!heavy) this.skip()
			const {peer} = await victim.inRound()
			await closePlan(peer)
			peer.say('carryOut')
			peer.deaf = true
			const ended = await within('the end', peer.ended, 80_000)
			assert.match(ended, /silent|ended/)
		})

		it('a peer that never reads, says ping, and has asked for more than fits: over after 45 s', async function () {
			if (!heavy) this.skip()
			victim.root.write('big.bin', Buffer.alloc(64 << 20, 'b'))
			const {peer} = await victim.inRound()
			await closePlan(peer)
			peer.say('carryOut')
			peer.say('fetch', {items: [[1, 'big.bin', 'big.bin']]})
			peer.channel.pauseReading()
			const timer = setInterval(() => peer.say('ping', {atMs: 0}), 5000)
			const from = victim.mark
			try {
				await within(
					'the log line',
					new Promise<void>((resolve) => {
						const look = setInterval(() => {
							if (!/does not take what is sent|Disconnected/.test(victim.said.slice(from))) return
							clearInterval(look)
							resolve()
						}, 500)
					}),
					120_000,
				)
			} finally {
				clearInterval(timer)
				peer.leave()
				victim.root.rm('big.bin')
			}
		})
	})
})
