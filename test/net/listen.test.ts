// The listener against whoever knocks: strangers, floods, plain text, taken ports; and how it closes.
import assert from 'node:assert/strict'
import type {Socket} from 'node:net'
import {listenError} from '../../src/lib/net/faults.js'
import {type Channel, dial} from '../../src/lib/net/index.js'
import {collect} from './contract.js'
import {makeIdentity, type TestIdentity} from './identities.js'
import {Cleanup, loopback, rejection, serve, tcpClient, until} from './support.js'

describe('net: listen', () => {
	const cleanup = new Cleanup()
	let alice: TestIdentity
	let bob: TestIdentity

	before(async () => {
		;[alice, bob] = await Promise.all([makeIdentity('alice'), makeIdentity('bob')])
	})
	afterEach(() => cleanup.run())

	const reach = async (port: number): Promise<Channel> => {
		const channel = await dial({host: loopback, port, identity: alice, pins: [bob.pin]})
		cleanup.add(() => channel.destroy())
		return channel
	}
	const gone = (socket: Socket): Promise<void> =>
		new Promise((resolve) => {
			socket.resume()
			socket.once('end', () => resolve())
			socket.once('close', () => resolve())
		})

	it('a taken port is LISTEN_FAILED and names it', async () => {
		const {listener} = await serve(cleanup, bob, [alice])
		const error = await rejection(serve(cleanup, bob, [alice], {port: listener.port}), 'LISTEN_FAILED')
		assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${listener.port}.*EADDRINUSE`))
		assert.ok(error.advice.some((line) => line.includes('server.port')))
	})

	it('an address of another machine is LISTEN_FAILED', async () => {
		const error = await rejection(serve(cleanup, bob, [alice], {host: '192.0.2.1'}), 'LISTEN_FAILED')
		assert.ok(error.advice.some((line) => line.includes('server.host')))
	})

	it('what may pass by itself has exit code 1, so that a service tries again', () => {
		for (const code of ['EADDRINUSE', 'EADDRNOTAVAIL', 'EMFILE', 'ENOTFOUND'])
			assert.equal(listenError(Object.assign(new Error('x'), {code}), '10.0.0.1', 5555).exit, 1, code)
	})

	it('EACCES advises a port from 1024 on, and no waiting mends it', () => {
		const error = listenError(Object.assign(new Error('x'), {code: 'EACCES'}), '0.0.0.0', 80)
		assert.deepEqual([error.code, error.exit], ['CONFIG_INVALID', 2])
		assert.ok(error.advice.some((line) => line.includes('1024')))
	})

	const strangers: readonly [name: string, bytes: string | Buffer, code: string][] = [
		['plain HTTP', 'GET / HTTP/1.1\r\n\r\n', 'PROTOCOL'],
		['JSON without TLS', '{"type": "list"}', 'PROTOCOL'],
		['garbage', Buffer.alloc(10_000, 0xa5), 'PROTOCOL'],
		['a huge record header', Buffer.from([22, 3, 1, 255, 255, 1, 2, 3]), 'PROTOCOL'],
		['half a TLS record, then FIN', Buffer.from([22, 3, 1, 2, 0, 1]), 'CONNECTION_LOST'],
		['FIN at once', Buffer.alloc(0), 'CONNECTION_LOST'],
	]
	for (const [name, bytes, code] of strangers) {
		it(`${name}: reported, dropped, and the peer still gets in`, async () => {
			const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
			const socket = await tcpClient(cleanup, listener.port)
			const over = gone(socket)
			socket.end(bytes)
			const refusal = await refusals.next()
			assert.equal(refusal.code, code, refusal.reason)
			assert.equal(refusal.address, `${loopback}:${socket.localPort}`)
			await over
			await reach(listener.port)
			await channels.next()
		})
	}

	it('a connection that says nothing is dropped in time', async () => {
		const {listener, refusals} = await serve(cleanup, bob, [alice], {handshakeTimeoutMs: 100})
		const socket = await tcpClient(cleanup, listener.port)
		const over = gone(socket)
		assert.match((await refusals.next()).reason, /did not finish the TLS handshake within 0\.1 s/)
		await over
	})

	it('100 silent connections are bounded, reported once, and do not keep the peer out', async () => {
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice], {maxUnauthenticated: 8})
		let open = 0
		for (let i = 0; i < 100; i++) {
			const socket = await tcpClient(cleanup, listener.port)
			open++
			void gone(socket).then(() => {
				open--
			})
		}
		await until(() => open === 8)
		await reach(listener.port)
		await channels.next()
		assert.equal(refusals.all.length, 1)
		assert.match(refusals.all[0]?.reason ?? '', /more than 8 connections/)
	})

	it('100 strangers with finished handshakes at once leave nothing behind', async () => {
		const mallory = await makeIdentity('mallory')
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice], {maxUnauthenticated: 100})
		const ends = await Promise.all(
			Array.from({length: 100}, async () => {
				const near = await dial({host: loopback, port: listener.port, identity: mallory, pins: [bob.pin]})
				near.onFrame = () => {}
				near.send(1, Buffer.alloc(1_000))
				return (await near.closed).kind
			}),
		)
		assert.deepEqual(new Set(ends), new Set(['refused']))
		await until(() => refusals.all.length === 100)
		assert.equal(channels.all.length, 0)
	}).timeout(20_000)

	it('close: no more connections, waiting ones dropped, channels live on, the port is free', async () => {
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
		const near = await reach(listener.port)
		const far = await channels.next()
		const waiting = await tcpClient(cleanup, listener.port)
		const over = gone(waiting)
		await listener.close()
		await listener.close()
		await over
		await rejection(reach(listener.port), 'PEER_UNREACHABLE')
		const atFar = collect(far)
		near.send(5, Buffer.from('still'))
		assert.equal((await atFar.next()).type, 5)
		const again = await serve(cleanup, bob, [alice], {port: listener.port})
		assert.equal(again.listener.port, listener.port)
		assert.equal(refusals.all.length, 0)
	})

	it('the signal closes it', async () => {
		const stop = new AbortController()
		const {listener} = await serve(cleanup, bob, [alice], {signal: stop.signal})
		stop.abort()
		await rejection(reach(listener.port), 'PEER_UNREACHABLE')
		await rejection(serve(cleanup, bob, [alice], {signal: stop.signal}), 'INTERRUPTED')
	})

	it('pins: any of several', async () => {
		const carol = await makeIdentity('carol')
		const {listener, channels} = await serve(cleanup, bob, [carol, alice])
		await reach(listener.port)
		assert.equal((await channels.next()).peer.fingerprint, alice.pin.fingerprint)
	})
})
