// A hostile leader against a real `serve`: how it talks. Frames that are none, wrong order, greetings.
import assert from 'node:assert/strict'
import {writeFileSync} from 'node:fs'
import {deflateRawSync} from 'node:zlib'
import {type FrameName, frame} from '../../src/lib/wire/codes.js'
import {inflated} from '../../src/lib/wire/deflate.js'
import {decodeEntries} from '../../src/lib/wire/entries.js'
import {batchBytes, stepsBytes} from './support/columns.js'
import {callOn, type HostilePeer, within} from './support/peer.js'
import {frameOf, rawCall} from './support/raw.js'
import {besieged} from './support/victim.js'
import {
	beginRound,
	closePlan,
	folderColumns,
	greetAs,
	hello,
	newDevice,
	stepsFrame,
	type Wish,
} from './support/words.js'

const packed = (name: FrameName, body: string | Uint8Array): Buffer =>
	Buffer.concat([Buffer.from([frame[name]]), deflateRawSync(body)])

const noSteps = stepsFrame([], new Map(), '')
const deepSteps = stepsBytes({batch: batchBytes([], [], {head: '['.repeat(1 << 20)}), ids: [], doing: [], copies: []})

describe('a hostile leader: talk', function () {
	this.timeout(60_000)
	const victim = besieged('talk')

	/** The server names the reason in its log. */
	const logged = async (from: number, says: RegExp): Promise<void> => {
		await victim.pair.server?.line(says, from)
	}

	describe('bytes that are no frames', () => {
		const rows: readonly [string, Uint8Array, RegExp][] = [
			['a frame of length 0', Buffer.from([0, 0, 0, 0, 1]), /A frame of 0 bytes/],
			['a frame of length -1 (4 GiB)', Buffer.from([255, 255, 255, 255, 1]), /A frame of 4294967295 bytes/],
			['a frame of 1 MiB before the greeting', frameOf(1, Buffer.alloc(1 << 20)), /A frame of 1048577 bytes/],
			['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /speaks HTTP/],
			['the original client', Buffer.from('{"op": "list"}'), /original FileSync client/],
			['zeros', Buffer.alloc(4096), /A frame of 0 bytes/],
			['a hello that is not JSON', frameOf(1, Buffer.from('{')), /a hello that is not JSON/],
			['a hello that is not UTF-8', frameOf(1, Buffer.from([0xff, 0xfe])), /a hello that is not UTF-8/],
			['a hello nested 30,000 deep', frameOf(1, Buffer.from('['.repeat(30_000))), /nested deeper/],
			['an empty hello', frameOf(1, Buffer.alloc(0)), /a hello that is not JSON/],
			['an unknown type', frameOf(200, Buffer.alloc(3)), /unknown type 200/],
			['type 0', frameOf(0, Buffer.alloc(3)), /unknown type 0/],
			['a deflated frame', frameOf(6, packed('steps', noSteps)), /deflated frame before the greeting/],
		]
		for (const [name, bytes, says] of rows)
			it(name, async () => {
				const from = victim.mark
				const socket = await rawCall(victim.port)
				const closed = new Promise((resolve) => socket.once('close', resolve))
				socket.write(bytes)
				await logged(from, says)
				await within('the end', closed)
			})

		it('a frame that is cut off', async () => {
			const socket = await rawCall(victim.port)
			const closed = new Promise((resolve) => socket.once('close', resolve))
			socket.end(frameOf(1, Buffer.from('{"protocol"'), 500))
			await within('the end', closed)
		})

		it('nothing at all, then a good greeting after that', async () => {
			// While more than it bears are in their handshakes it may turn one away, of these as well; a peer then comes again. The
			// silent ones are dropped after 10 s at the latest.
			const calls = await Promise.allSettled(Array.from({length: 40}, () => rawCall(victim.port)))
			const silent = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []))
			assert.ok(silent.length >= 20, `${silent.length} of 40 got in`)
			const patientUntil = performance.now() + 30_000
			let met: Awaited<ReturnType<typeof victim.meet>> | undefined
			while (met === undefined) {
				met = await victim.meet().catch(async (error) => {
					if (performance.now() > patientUntil) throw error
					await new Promise((resolve) => setTimeout(resolve, 200))
					return undefined
				})
			}
			met.peer.leave()
			for (const socket of silent) socket.destroy()
		})
	})

	describe('words out of order', () => {
		const wish: Wish = {id: 1, do: 'm', path: 'made', state: folderColumns()}
		const rows: readonly [string, (peer: HostilePeer, device: string) => Promise<void> | void, RegExp][] = [
			[
				'two hellos',
				(peer, device) => peer.say('hello', hello(device)),
				/a hello frame where begin or subscribe or report was due/,
			],
			[
				'a report that is none',
				(peer) => peer.say('report', {request: 1, rows: [['x']], sums: null}),
				/a report whose rows/,
			],
			['steps before begin', (peer) => peer.say('steps', noSteps), /a steps frame where/],
			['steps before begin, deflated', (peer) => peer.say('deflated', packed('steps', noSteps)), /a steps frame where/],
			['a deflated frame that is none', (peer) => peer.say('deflated', Buffer.from([15, 1, 2, 3])), /damaged/],
			[
				'a deflated frame in another',
				(peer) => peer.say('deflated', packed('deflated', '')),
				/deflated frame of type 6/,
			],
			['a deflated content', (peer) => peer.say('deflated', packed('fileData', 'x')), /deflated frame of type 22/],
			[
				'8 MiB and a byte in 8 kB',
				async (peer) => {
					await beginRound(peer)
					peer.say('deflated', packed('steps', ' '.repeat((8 << 20) + 1)))
				},
				/too large/,
			],
			[
				'steps nested deep, deflated',
				async (peer) => {
					await beginRound(peer)
					peer.say('deflated', packed('steps', deepSteps))
				},
				/nested too deep/,
			],
			['a welcome', (peer) => peer.say('welcome'), /a welcome frame where/],
			['an answer that nobody asked for', (peer) => peer.say('prepared', {}), /a prepared frame where/],
			[
				'carryOut before prepare',
				async (peer) => {
					await beginRound(peer)
					peer.say('carryOut')
				},
				/before it was closed/,
			],
			[
				'settle before carryOut',
				async (peer) => {
					await beginRound(peer)
					peer.say('settle', {})
				},
				/a settle frame where/,
			],
			[
				'a content before carryOut',
				async (peer) => {
					await beginRound(peer)
					peer.say('pack', Buffer.alloc(8))
				},
				/a pack frame where/,
			],
			[
				'fetch before carryOut',
				async (peer) => {
					await beginRound(peer)
					peer.say('fetch', {items: [[1, 'keep.txt', 'keep.txt']]})
				},
				/a fetch frame where/,
			],
			[
				'steps after prepare',
				async (peer, device) => {
					await beginRound(peer)
					await closePlan(peer)
					peer.say('steps', stepsFrame([wish], new Map(), device))
				},
				/steps after the plan was closed/,
			],
			[
				'prepare twice',
				async (peer) => {
					await beginRound(peer)
					await closePlan(peer)
					peer.say('prepare', {allowDeletes: false, dryRun: false})
				},
				/closed twice/,
			],
			[
				'carryOut twice',
				async (peer) => {
					await beginRound(peer)
					await closePlan(peer)
					peer.say('carryOut')
					peer.say('carryOut')
				},
				/a carryOut frame where/,
			],
			[
				'begin three times',
				async (peer) => {
					await beginRound(peer)
					peer.say('begin', {round: 2, rules: 'others'})
					peer.say('begin', {round: 2, rules: 'others again'})
				},
				/a round that begins in the middle of another/,
			],
			[
				'begin behind steps',
				async (peer) => {
					await beginRound(peer)
					await closePlan(peer)
					peer.say('begin', {round: 2})
				},
				/a round that begins in the middle of another/,
			],
			[
				'rows that are none',
				async (peer) => {
					await beginRound(peer)
					peer.say('steps', {rows: 1})
				},
				/steps with a wrong header/,
			],
			[
				'5,001 rows in one frame',
				async (peer) => {
					await beginRound(peer)
					peer.say(
						'steps',
						stepsFrame(
							Array.from({length: 5001}, (_, i) => ({...wish, id: i})),
							new Map(),
							'',
						),
					)
				},
				/has more than 5000 rows/,
			],
			[
				'a look for 5,001 paths',
				async (peer) => {
					await beginRound(peer)
					peer.say('look', {paths: Array.from({length: 5001}, (_, i) => `p${i}`)})
				},
				/a look whose/,
			],
			[
				'steps nested deep',
				async (peer) => {
					await beginRound(peer)
					peer.say('steps', deepSteps)
				},
				/nested too deep/,
			],
		]
		for (const [name, attack, says] of rows)
			it(name, async () => {
				const {peer, device} = await victim.meet()
				const talking = attack(peer, device)
				assert.match(await peer.dropped(), says)
				await Promise.resolve(talking).catch(() => {})
			})
	})

	describe('greetings', () => {
		const rows: readonly [string, (device: string) => object, RegExp][] = [
			[
				'a protocol of the future',
				() => ({protocol: 9, oldest: 9}),
				/PEER_VERSION.*this device runs filesync [^;]*, which speaks wire protocol 3; the peer hostile runs hostile 0, which needs 9 or later.*"update FileSync on this device"/,
			],
			[
				'a protocol of the past',
				() => ({protocol: 2, oldest: 2}),
				/PEER_VERSION.*the peer hostile runs hostile 0, which speaks wire protocol 2; this device runs filesync [^;]*, which needs 3 or later.*"update FileSync on the peer hostile"/,
			],
			['a protocol of -1', () => ({protocol: -1}), /PROTOCOL/],
			['the device id of the node itself', (device) => ({device}), /SELF_CONNECTION/],
			['a device id that is none', () => ({device: '../../etc'}), /PROTOCOL/],
			['a name of 100,000 characters', () => ({name: 'n'.repeat(50_000)}), /PROTOCOL/],
			['a clock of NaN', () => ({clockMs: null}), /PROTOCOL/],
			['a probe with a path in it', () => ({probe: '../../../../etc/passwd'}), /PROTOCOL/],
			['a deletion limit of 1000 %', () => ({maxDeletePercent: 1000}), /PROTOCOL/],
			['101 agreements', () => ({agreements: Array.from({length: 101}, () => ({}))}), /PROTOCOL/],
			[
				'an agreement of generation 2^53-1',
				() => ({agreements: [{peer: newDevice(), last: {generation: 2 ** 53 - 1, token: 'x'}, before: null}]}),
				/PROTOCOL/,
			],
		]
		for (const [name, bend, says] of rows)
			it(name, async () => {
				const first = await callOn(victim.port)
				const {device} = await greetAs(first, newDevice())
				first.leave()
				const peer = await callOn(victim.port)
				peer.say('hello', hello(newDevice(), bend(device)))
				assert.match(await peer.dropped(), says)
			})

		it('rows come deflated to a peer that takes them so, and plain to an older one', async () => {
			for (let i = 0; i < 40; i++) victim.root.write(`rows/number ${i}.txt`, `${i}`)
			const newer = await victim.meet(newDevice(), {features: ['deflate', 'of the future']})
			newer.peer.say('begin', {round: 1})
			const {body} = await newer.peer.hear('deflated')
			const inner = inflated(body)
			assert.equal(inner.type, frame.records)
			assert.ok(decodeEntries(inner.body).entries.length >= 40)
			assert.ok(inner.body.byteLength > 3 * body.byteLength)
			newer.peer.leave()
			const older = await victim.meet()
			older.peer.say('begin', {round: 1})
			// An empty one tells that its turn has come.
			assert.deepEqual(decodeEntries((await older.peer.hear('records')).body).entries, [])
			const plain = await older.peer.hear('records')
			assert.deepEqual(Buffer.from(plain.body), Buffer.from(inner.body))
			older.peer.leave()
			victim.root.rm('rows')
		})

		it('the very folder of the node', async () => {
			const probe = 'a'.repeat(32)
			writeFileSync(victim.root.at('.filesync', `probe-${probe}`), '')
			const peer = await callOn(victim.port)
			peer.say('hello', hello(newDevice(), {probe}))
			assert.match(await peer.dropped(), /SAME_FOLDER/)
		})

		it('a name with escape sequences never reaches the log as it is', async () => {
			const from = victim.mark
			const {peer} = await victim.meet(newDevice(), {
				name: 'evil\u001b[2J\nServer listening\u202e',
				software: '\u001b]0;x\u0007',
			})
			await logged(from, /evil/)
			peer.leave()
			const said = victim.said.slice(from)
			// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
			assert.doesNotMatch(said, /[\u0000-\u0009\u000b-\u001f\u202e]/)
			assert.doesNotMatch(said, /^Server listening/m)
		})

		it('a claim to remember an agreement that never was loses nothing', async () => {
			const before = victim.root.replica
			const first = await callOn(victim.port)
			const device = newDevice()
			const known = await greetAs(first, device)
			first.leave()
			const last = {generation: 99, token: 'forged'}
			const {peer} = await victim.meet(device, {agreements: [{peer: known.device, last, before: null}]})
			const shown = await beginRound(peer)
			assert.ok(shown.has('keep.txt'))
			peer.say('finish')
			peer.leave()
			assert.deepEqual(victim.root.replica, before)
		})
	})
})
