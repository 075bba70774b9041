// The channel over real sockets: the contract, the byte counters, and what hostile or broken peers do to it.
import assert from 'node:assert/strict'
import type {Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import {Channel, dial} from '../../src/lib/net/index.js'
import {channelContract, collect} from './contract.js'
import {makeIdentity, type TestIdentity} from './identities.js'
import {memoryPair} from './memory-pair.js'
import {Cleanup, connectBoth, countingProxy, Inbox, loopback, serve, tcpClient, tcpServer, until} from './support.js'

let alice: TestIdentity
let bob: TestIdentity
before(async () => {
	;[alice, bob] = await Promise.all([makeIdentity('alice'), makeIdentity('bob')])
})

channelContract('TLS', (cleanup) => connectBoth(cleanup, alice, bob))
channelContract('memory', async () => memoryPair())

const peer = {fingerprint: '0'.repeat(64), subject: 'CN=test', address: loopback, port: 1}

describe('net: channel on the wire', () => {
	const cleanup = new Cleanup()
	afterEach(() => cleanup.run())

	it('bytesSent and bytesReceived are what crosses the network, to the byte', async () => {
		const {listener, channels} = await serve(cleanup, bob, [alice])
		const proxy = await countingProxy(cleanup, listener.port)
		const near = await dial({host: loopback, port: proxy.port, identity: alice, pins: [bob.pin]})
		const far = await channels.next()
		near.allowFrames(1_000_000)
		far.allowFrames(1_000_000)
		const atNear = collect(near)
		far.onFrame = (type, body) => far.send(type, [body, body])
		for (let i = 0; i < 50; i++) near.send(1, Buffer.alloc(i * 997))
		for (let i = 0; i < 50; i++) await atNear.next()
		assert.ok(near.bytesSent > 50 * 5 && proxy.up > 0)
		await near.end()
		await far.closed
		assert.deepEqual([near.bytesSent, near.bytesReceived], [proxy.up, proxy.down])
		assert.deepEqual([far.bytesReceived, far.bytesSent], [proxy.up, proxy.down])
	})

	it('a reset in the middle is "lost" on both sides, with what to do', async () => {
		const {listener, channels} = await serve(cleanup, bob, [alice])
		const proxy = await countingProxy(cleanup, listener.port)
		const near = await dial({host: loopback, port: proxy.port, identity: alice, pins: [bob.pin]})
		const far = await channels.next()
		const atNear = collect(near)
		const atFar = collect(far)
		near.send(1, Buffer.from('a'))
		far.send(1, Buffer.from('b'))
		await Promise.all([atNear.next(), atFar.next()])
		for (const socket of proxy.sockets) socket.resetAndDestroy()
		for (const channel of [near, far]) {
			const reason = await channel.closed
			assert.ok(reason.kind === 'lost' && reason.error.code === 'CONNECTION_LOST', reason.kind)
			assert.ok(reason.error.advice.length > 0)
		}
	})

	describe('hostile, with the right certificate', () => {
		const rows: readonly [name: string, bytes: Buffer, fin: boolean, kind: string, says: RegExp, frames: number][] = [
			['length 0', Buffer.from([0, 0, 0, 0, 1]), false, 'protocol', /frame of 0 bytes/, 0],
			['4 GiB', Buffer.from([255, 255, 255, 255, 1]), false, 'protocol', /frame of 4294967295 bytes/, 0],
			['one over the limit', Buffer.from([0, 1, 0, 1, 1]), false, 'protocol', /frame of 65537 bytes/, 0],
			['a frame cut off, then FIN', Buffer.from([0, 0, 0, 9, 1, 2]), true, 'lost', /middle of a message/, 0],
			['a header cut off, then FIN', Buffer.from([0, 0, 0, 1, 7, 0, 0]), true, 'lost', /middle of a message/, 1],
			['garbage', Buffer.alloc(100_000, 0xaa), false, 'protocol', /frame of \d+ bytes/, 0],
			['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), false, 'protocol', /speaks HTTP/, 0],
			['the original Python client', Buffer.from('{"type": "list"}'), true, 'protocol', /original FileSync client/, 0],
			['good, then bad', Buffer.from([0, 0, 0, 2, 1, 65, 0, 0, 0, 0]), false, 'protocol', /frame of 0 bytes/, 1],
			['FIN at once', Buffer.alloc(0), true, 'refused', /before its first message/, 0],
		]
		for (const [name, bytes, fin, kind, says, frames] of rows) {
			for (const step of bytes.length > 0 && bytes.length < 100 ? [bytes.length, 1] : [bytes.length]) {
				it(`${name}${step === bytes.length ? '' : ', byte by byte'}: ${kind}`, async () => {
					const {listener, channels} = await serve(cleanup, bob, [alice])
					const client = connectTls({
						host: loopback,
						port: listener.port,
						cert: alice.certPem,
						key: alice.keyPem,
						rejectUnauthorized: false,
					})
					client.on('error', () => {})
					cleanup.add(() => client.destroy())
					const channel = await channels.next()
					const seen = collect(channel)
					client.resume()
					for (let at = 0; at < bytes.length; at += step) client.write(bytes.subarray(at, at + step))
					if (fin) client.end()
					const reason = await channel.closed
					assert.equal(reason.kind, kind)
					assert.ok(reason.kind !== 'destroyed' && reason.kind !== 'ended')
					assert.match(reason.error.message, says)
					assert.equal(seen.all.length, frames)
				})
			}
		}

		it('a million empty frames cost no memory', async () => {
			const {listener, channels} = await serve(cleanup, bob, [alice])
			const client = connectTls({
				host: loopback,
				port: listener.port,
				cert: alice.certPem,
				key: alice.keyPem,
				rejectUnauthorized: false,
			})
			client.on('error', () => {})
			cleanup.add(() => client.destroy())
			const channel = await channels.next()
			let frames = 0
			channel.onFrame = () => {
				frames++
			}
			const empty = Buffer.alloc(5 * 100_000)
			for (let at = 0; at < empty.length; at += 5) empty.writeUInt32BE(1, at)
			const before = process.memoryUsage().arrayBuffers
			for (let i = 0; i < 10; i++) await new Promise((resolve) => client.write(empty, resolve))
			await until(() => frames === 1_000_000)
			assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024)
		}).timeout(20_000)
	})

	describe('trickling peers', () => {
		const stall = {checkMs: 20, checks: 3, windowBytes: 100}

		/** A channel on plain TCP, and the socket at its other end. */
		const overTcp = async (more: object = {}): Promise<[Channel, Socket]> => {
			const sockets = new Inbox<Socket>()
			const port = await tcpServer(cleanup, sockets.put)
			const channel = new Channel(await tcpClient(cleanup, port), {peer, stall, ...more})
			cleanup.add(() => channel.destroy())
			return [channel, await sockets.next()]
		}
		/** Writes `bytes` every 5 ms until the test is over. */
		const trickle = (socket: Socket, bytes: number): void => {
			const timer = setInterval(() => socket.write(Buffer.alloc(bytes)), 5)
			cleanup.add(() => clearInterval(timer))
		}
		const begin = Buffer.from([0, 0, 255, 255, 1])

		it('a frame that grows by a byte now and then is dropped', async () => {
			const [channel, socket] = await overTcp()
			collect(channel)
			socket.write(begin)
			trickle(socket, 1)
			const reason = await channel.closed
			assert.ok(reason.kind === 'lost' && /too slowly/.test(reason.error.message))
		})

		it('a header that never gets whole is dropped', async () => {
			const [channel, socket] = await overTcp()
			collect(channel)
			socket.write(begin.subarray(0, 3))
			assert.equal((await channel.closed).kind, 'lost')
		})

		it('slow but above the rule is let through', async () => {
			const [channel, socket] = await overTcp()
			const seen = collect(channel)
			socket.write(begin)
			trickle(socket, 1_000)
			assert.equal((await seen.next()).body.length, 65_534)
		})

		it('silence between frames and a reader that pauses are not held against the peer', async () => {
			const [channel, socket] = await overTcp()
			const seen = collect(channel)
			socket.write(Buffer.concat([Buffer.from([0, 0, 0, 1, 7]), begin]))
			await seen.next()
			channel.pauseReading()
			let over = false
			void channel.closed.then(() => {
				over = true
			})
			const start = performance.now()
			await until(() => performance.now() - start > stall.checkMs * stall.checks * 4)
			assert.equal(over, false)
			socket.write(Buffer.alloc(65_534))
			channel.resumeReading()
			assert.equal((await seen.next()).body.length, 65_534)
		})

		it('end() does not wait for ever for a peer that does not finish', async () => {
			const [channel] = await overTcp({endTimeoutMs: 100})
			collect(channel)
			channel.send(1, Buffer.from('bye'))
			await channel.end()
			assert.equal((await channel.closed).kind, 'ended')
		})

		it('end() says when what was queued could not be sent', async () => {
			const [channel, socket] = await overTcp({endTimeoutMs: 100})
			socket.pause()
			collect(channel)
			for (let i = 0; i < 40; i++) channel.send(1, Buffer.alloc(1024 * 1024))
			await channel.end()
			const reason = await channel.closed
			assert.ok(reason.kind === 'lost' && /could not be sent/.test(reason.error.message))
		})
	})
})
