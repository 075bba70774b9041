// What every Channel does, whatever it runs over. Run on TLS and on the pair in memory.
import assert from 'node:assert/strict'
import {type Channel, highWaterBytes, lowWaterBytes} from '../../src/lib/net/index.js'
import {Cleanup, Inbox, until} from './support.js'

const mebibyte = 1024 * 1024

interface Frame {
	readonly type: number
	readonly body: Buffer
}

/** Collects copies of what comes in. */
export function collect(channel: Channel): Inbox<Frame> {
	const inbox = new Inbox<Frame>()
	channel.onFrame = (type, body) => inbox.put({type, body: Buffer.from(body)})
	return inbox
}

/** Bytes that differ from place to place, the same for the same seed. */
export function pattern(bytes: number, seed: number): Buffer {
	const out = Buffer.allocUnsafe(bytes)
	let x = seed + 1
	for (let i = 0; i < bytes; i++) {
		x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
		out[i] = x >>> 16
	}
	return out
}

export function channelContract(name: string, open: (cleanup: Cleanup) => Promise<[Channel, Channel]>): void {
	describe(`net: channel contract over ${name}`, () => {
		const cleanup = new Cleanup()
		let near: Channel
		let far: Channel

		beforeEach(async () => {
			;[near, far] = await open(cleanup)
		})
		afterEach(async () => {
			near.destroy()
			far.destroy()
			await cleanup.run()
		})

		it('frames of all sizes arrive whole and in order, both ways at once', async () => {
			const sizes = [0, 1, 50, 4_095, 16_379, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000, mebibyte, 0, 7]
			near.allowFrames(2 * mebibyte)
			far.allowFrames(2 * mebibyte)
			const [atNear, atFar] = [collect(near), collect(far)]
			for (const [i, size] of sizes.entries()) {
				near.send(i, pattern(size, i))
				far.send(100 + i, pattern(size, 100 + i))
			}
			for (const [i, size] of sizes.entries()) {
				const [a, b] = [await atNear.next(), await atFar.next()]
				assert.equal(a.type, 100 + i)
				assert.ok(a.body.equals(pattern(size, 100 + i)), `near ${size}`)
				assert.equal(b.type, i)
				assert.ok(b.body.equals(pattern(size, i)), `far ${size}`)
			}
		})

		it('parts are one body', async () => {
			far.allowFrames(mebibyte)
			const atFar = collect(far)
			const large = pattern(200_000, 1)
			near.send(1, [Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')])
			near.send(2, [Buffer.from('head'), large, Buffer.alloc(0), Buffer.from('tail')])
			near.send(3, [])
			assert.equal((await atFar.next()).body.toString(), 'abc')
			assert.ok((await atFar.next()).body.equals(Buffer.concat([Buffer.from('head'), large, Buffer.from('tail')])))
			assert.equal((await atFar.next()).body.length, 0)
		})

		it('a large body can be transferred to a worker', async () => {
			far.allowFrames(mebibyte)
			const body = new Promise<Uint8Array>((resolve) => {
				far.onFrame = (_type, bytes) => resolve(bytes)
			})
			near.send(1, pattern(70_000, 3))
			const {buffer} = await body
			assert.ok(buffer instanceof ArrayBuffer)
			assert.ok(Buffer.from(structuredClone(buffer, {transfer: [buffer]})).equals(pattern(70_000, 3)))
		})

		it('nothing is lost before onFrame is set', async () => {
			for (let i = 0; i < 500; i++) near.send(i & 255, pattern(1_000, i))
			await near.drained()
			const atFar = collect(far)
			for (let i = 0; i < 500; i++) assert.ok((await atFar.next()).body.equals(pattern(1_000, i)))
		})

		it('a pause within a frame holds the next one, which came with it', async () => {
			const atFar = new Inbox<number>()
			far.onFrame = (type) => {
				atFar.put(type)
				far.pauseReading()
			}
			for (let i = 0; i < 5; i++) near.send(i, Buffer.from('together'))
			for (let i = 0; i < 5; i++) {
				assert.equal(await atFar.next(), i)
				await new Promise((resolve) => setImmediate(resolve))
				assert.equal(atFar.all.length, i + 1)
				far.resumeReading()
				assert.equal(atFar.all.length, i + 1, 'not within resumeReading')
			}
		})

		it('back-pressure: a reader that stops stops the sender, in bounded memory', async () => {
			far.allowFrames(2 * mebibyte)
			const seen = new Inbox<number>()
			far.onFrame = (_type, body) => {
				seen.put(body.length)
				if (seen.all.length === 1) far.pauseReading()
			}
			const total = 96
			let sent = 0
			let highest = 0
			const sending = (async () => {
				while (sent < total) {
					sent++
					const below = near.send(1, pattern(mebibyte, sent))
					highest = Math.max(highest, near.queuedBytes)
					if (!below) await near.drained()
				}
			})()
			await seen.next()
			let last = -1
			// Stuck: 2,000 turns of the event loop in a row without a byte leaving.
			for (let idle = 0; idle < 2_000; idle++) {
				if (near.queuedBytes !== last) idle = 0
				last = near.queuedBytes
				await new Promise((resolve) => setImmediate(resolve))
			}
			// What this side queues, the kernel's buffers (some 10 MiB) and what the reader has taken: no more than that is held.
			assert.ok(sent < total / 2, `${sent} frames left although nobody reads`)
			assert.ok(near.queuedBytes > lowWaterBytes)
			far.resumeReading()
			await sending
			await until(() => seen.all.length === total)
			assert.ok(highest <= highWaterBytes + mebibyte + 5, `${highest} bytes queued`)
		}).timeout(20_000)

		it('a sender that does not heed `false` is cut off', async () => {
			far.pauseReading()
			const chunk = Buffer.alloc(mebibyte)
			let sends = 0
			while (sends < 200) {
				sends++
				near.send(1, chunk)
			}
			const reason = await near.closed
			assert.equal(reason.kind, 'lost')
			assert.ok(reason.kind === 'lost' && reason.error.code === 'CONNECTION_LOST')
		})

		it('end: what is queued arrives, both sides end', async () => {
			far.allowFrames(2 * mebibyte)
			const atFar = collect(far)
			collect(near)
			far.send(1, Buffer.from('so that near has had a frame'))
			for (let i = 0; i < 20; i++) near.send(i, pattern(mebibyte, i))
			await near.end()
			assert.equal((await near.closed).kind, 'ended')
			assert.equal((await far.closed).kind, 'ended')
			assert.equal(atFar.all.length, 20)
			assert.equal(near.send(1, Buffer.from('late')), false)
			await assert.rejects(near.drained())
			await near.end()
		})

		it('end on one side: what the other had queued still arrives (half-close)', async () => {
			near.allowFrames(2 * mebibyte)
			const atNear = collect(near)
			far.onFrame = (type) => {
				if (type === 1) for (let i = 0; i < 3; i++) far.send(i, pattern(mebibyte, i))
			}
			near.send(1, Buffer.from('the last question'))
			await near.end()
			assert.equal((await far.closed).kind, 'ended')
			assert.equal(atNear.all.length, 3)
		})

		it('end when frames wait behind a pause: they are dropped, it still ends', async () => {
			near.onFrame = () => near.pauseReading()
			collect(far)
			for (let i = 0; i < 10; i++) far.send(i, Buffer.from('unread'))
			near.send(1, Buffer.from('x'))
			await near.end()
			assert.equal((await near.closed).kind, 'ended')
			assert.equal((await far.closed).kind, 'ended')
		})

		it('an end that comes while reading is paused is seen after the frames before it', async () => {
			const order: string[] = []
			far.onFrame = (type) => {
				order.push(`frame ${type}`)
				far.pauseReading()
				setImmediate(() => far.resumeReading())
			}
			void far.closed.then(({kind}) => order.push(kind))
			for (let i = 0; i < 3; i++) near.send(i, Buffer.from('x'))
			await near.end()
			await far.closed
			assert.deepEqual(order, ['frame 0', 'frame 1', 'frame 2', 'ended'])
		})

		it('closed before the first frame is "refused"', async () => {
			collect(near)
			far.destroy()
			const reason = await near.closed
			assert.ok(reason.kind === 'refused' && reason.error.code === 'PEER_REFUSED')
		})

		it('destroy: reasons, waiters, later calls', async () => {
			far.pauseReading()
			while (near.send(1, Buffer.alloc(60_000)));
			const waiting = assert.rejects(near.drained(), /mine/)
			const error = new Error('mine')
			near.destroy(error)
			near.destroy(new Error('too late'))
			await waiting
			assert.deepEqual(await near.closed, {kind: 'destroyed', error})
			assert.equal(near.send(1, Buffer.alloc(1)), false)
			near.pauseReading()
			near.resumeReading()
			await near.end()
			await assert.rejects(near.drained(), /mine/)
		})

		it('an exception in onFrame destroys the channel and nothing else', async () => {
			const bug = new Error('bug in the owner')
			let calls = 0
			far.onFrame = () => {
				calls++
				throw bug
			}
			near.send(1, Buffer.from('x'))
			near.send(2, Buffer.from('y'))
			assert.deepEqual(await far.closed, {kind: 'destroyed', error: bug})
			assert.equal(calls, 1)
		})

		it('a frame above the agreed size is a protocol error; raised, it is none', async () => {
			const atFar = collect(far)
			near.send(1, Buffer.alloc(65_535))
			assert.equal((await atFar.next()).body.length, 65_535)
			far.allowFrames(65_537)
			near.send(2, Buffer.alloc(65_536))
			assert.equal((await atFar.next()).body.length, 65_536)
			near.send(3, Buffer.alloc(65_537))
			const reason = await far.closed
			assert.ok(reason.kind === 'protocol' && reason.error.code === 'PROTOCOL')
			assert.equal(atFar.all.length, 2)
		})

		it('a frame over 16 MiB is never sent', () => {
			assert.throws(() => near.send(1, Buffer.alloc(16 * mebibyte)), RangeError)
		})

		it('counts bytes and the time of the last', async () => {
			const start = performance.now()
			const atFar = collect(far)
			near.send(1, Buffer.alloc(10_000))
			await atFar.next()
			assert.ok(near.bytesSent >= 10_005)
			assert.ok(far.bytesReceived >= 10_005)
			assert.ok(far.lastReceivedAt >= start && far.lastReceivedAt <= performance.now())
		})
	})
}
