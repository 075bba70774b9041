// Every way in which a dial fails: what the user is told, and that nothing is left behind.
import assert from 'node:assert/strict'
import {getEventListeners} from 'node:events'
import type {Socket} from 'node:net'
import {networkInterfaces} from 'node:os'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {dialError} from '../../src/lib/net/faults.js'
import {type Channel, dial} from '../../src/lib/net/index.js'
import {makeIdentity, type TestIdentity} from './identities.js'
import {Cleanup, Inbox, loopback, rejection, serve, tcpClient, tcpServer} from './support.js'

describe('net: dial', () => {
	const cleanup = new Cleanup()
	let alice: TestIdentity
	let bob: TestIdentity

	before(async () => {
		;[alice, bob] = await Promise.all([makeIdentity('alice'), makeIdentity('bob')])
	})
	afterEach(() => cleanup.run())

	const reach = (
		port: number,
		more: {host?: string; signal?: AbortSignal; timeoutMs?: number} = {},
	): Promise<Channel> => dial({host: loopback, port, identity: alice, pins: [bob.pin], ...more})

	it('nobody listens: says so and how to start it', async () => {
		const {listener} = await serve(cleanup, bob, [alice])
		await listener.close()
		const error = await rejection(reach(listener.port), 'PEER_UNREACHABLE')
		assert.match(error.message, new RegExp(`Nothing listens at 127\\.0\\.0\\.1:${listener.port}`))
		assert.ok(error.advice.some((line) => line.includes('filesync serve')))
		assert.ok(error.cause instanceof Error)
	})

	it('nobody listens on any of the addresses of a name', async () => {
		const {listener} = await serve(cleanup, bob, [alice])
		await listener.close()
		assert.match(
			(await rejection(reach(listener.port, {host: 'localhost'}), 'PEER_UNREACHABLE')).message,
			/Nothing listens at localhost/,
		)
	})

	it('a name that does not resolve', async () => {
		const error = await rejection(reach(5555, {host: 'no-such-host.invalid'}), 'PEER_UNREACHABLE')
		assert.match(error.message, /no-such-host\.invalid/)
		assert.ok(error.advice.some((line) => line.includes('peer.host')))
	}).timeout(15_000)

	it('a name in .local is sought by mDNS, whatever code the system gives', () => {
		for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
			const cause = Object.assign(new Error('x'), {code})
			const error = dialError(cause, 'connect', {host: 'phone.local', port: 5555, ownFingerprint: 'ab'.repeat(32)})
			assert.equal(error.code, 'PEER_UNREACHABLE')
			assert.match(error.message, /^No device answers to the name phone\.local /)
			assert.ok(error.advice.some((line) => line.includes('mDNS')))
		}
	})

	const rows: readonly [code: string, stage: 'connect' | 'handshake', is: string, says: RegExp][] = [
		['ECONNREFUSED', 'connect', 'PEER_UNREACHABLE', /Nothing listens/],
		['ENOTFOUND', 'connect', 'PEER_UNREACHABLE', /is not known/],
		['EAI_AGAIN', 'connect', 'PEER_UNREACHABLE', /no name server answers .*offline/],
		['ETIMEDOUT', 'connect', 'PEER_UNREACHABLE', /cannot be reached/],
		['EHOSTUNREACH', 'connect', 'PEER_UNREACHABLE', /cannot be reached/],
		['ENETUNREACH', 'connect', 'PEER_UNREACHABLE', /cannot be reached/],
		['EACCES', 'connect', 'PEER_UNREACHABLE', /does not allow/],
		['EMFILE', 'connect', 'PEER_UNREACHABLE', /EMFILE/],
		['ECONNRESET', 'handshake', 'PEER_UNREACHABLE', /broke it off during the TLS handshake: .*\(ECONNRESET\)/],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'handshake', 'PEER_UNREACHABLE', /does not speak TLS/],
		['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'handshake', 'PEER_VERSION', /does not speak TLS 1\.3/],
		[
			'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
			'handshake',
			'PEER_REFUSED',
			/does not accept this device's certificate/,
		],
		['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'handshake', 'PEER_REFUSED', /does not accept/],
		['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'handshake', 'PEER_REFUSED', /does not accept/],
		['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'handshake', 'PEER_REFUSED', /does not accept/],
	]
	for (const [code, stage, is, says] of rows) {
		it(`${code} in ${stage} is ${is}, with advice`, () => {
			const cause = Object.assign(new Error('text that must not matter'), {code})
			const error = dialError(cause, stage, {host: 'fe80::1', port: 5555, ownFingerprint: 'ab'.repeat(32)})
			assert.ok(error instanceof FileSyncError)
			assert.equal(error.code, is)
			assert.match(error.message, says)
			assert.ok(error.advice.length > 0)
			assert.equal(error.cause, cause)
		})
	}

	const answers: readonly [name: string, bytes: string | Buffer, says: RegExp][] = [
		['HTTP', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', /does not speak TLS/],
		['SSH', 'SSH-2.0-OpenSSH_9.9\r\n', /does not speak TLS/],
		['JSON', '{"files": []}', /does not speak TLS/],
		['zeros', Buffer.alloc(4096), /does not speak TLS/],
	]
	for (const [name, bytes, says] of answers) {
		it(`a server that answers with ${name}`, async () => {
			const port = await tcpServer(cleanup, (socket) => socket.end(bytes))
			assert.match((await rejection(reach(port), 'PEER_UNREACHABLE')).message, says)
		})
	}

	it('a server that closes in the handshake, orderly or with a reset', async () => {
		for (const close of ['end', 'resetAndDestroy'] as const) {
			const port = await tcpServer(cleanup, (socket) => socket.once('data', () => socket[close]()))
			assert.match((await rejection(reach(port), 'PEER_UNREACHABLE')).message, /during the TLS handshake/)
		}
	})

	it('a server that accepts and says nothing: the time limit names the stage', async () => {
		const port = await tcpServer(cleanup, (socket) => socket.resume())
		const start = performance.now()
		assert.match(
			(await rejection(reach(port, {timeoutMs: 150}), 'PEER_UNREACHABLE')).message,
			/did not finish the TLS handshake within 0\.15 s/,
		)
		assert.ok(performance.now() - start < 1_500)
	})

	it('a server that closes right after the handshake is "refused", with both fingerprints to compare', async () => {
		const {listener, channels} = await serve(cleanup, bob, [alice])
		for (const how of ['end', 'destroy'] as const) {
			const near = await reach(listener.port)
			const far = await channels.next()
			void far[how]()
			near.onFrame = () => assert.fail('no frame may arrive')
			const reason = await near.closed
			assert.equal(reason.kind, 'refused')
			assert.ok(reason.kind === 'refused' && reason.error.advice.some((line) => line.includes('peer_cert')))
		}
	})

	describe('abort', () => {
		it('before the dial: nothing is opened', async () => {
			const sockets = new Inbox<Socket>()
			const port = await tcpServer(cleanup, sockets.put)
			const reason = new Error('the user said stop')
			const error = await rejection(reach(port, {signal: AbortSignal.abort(reason)}), 'INTERRUPTED')
			assert.equal(error.cause, reason)
			// Connections are accepted in order: had the dial opened one, it would be the first.
			const mine = await tcpClient(cleanup, port)
			assert.equal((await sockets.next()).remotePort, mine.localPort)
		})

		it('while it connects', async () => {
			const {listener} = await serve(cleanup, bob, [alice])
			const stop = new AbortController()
			const dialling = reach(listener.port, {signal: stop.signal})
			stop.abort()
			await rejection(dialling, 'INTERRUPTED')
		})

		it('in the handshake: the server sees the connection go', async () => {
			const stop = new AbortController()
			const gone = new Promise<void>((resolve) => {
				void tcpServer(cleanup, (socket) => {
					socket.once('data', () => stop.abort())
					socket.once('end', resolve)
					socket.once('close', resolve)
				}).then((port) => rejection(reach(port, {signal: stop.signal}), 'INTERRUPTED'))
			})
			await gone
			assert.equal(stop.signal.aborted, true)
		})

		it('afterwards it does not touch the channel, and no listener is left on the signal', async () => {
			const {listener, channels} = await serve(cleanup, bob, [alice])
			const stop = new AbortController()
			const near = await reach(listener.port, {signal: stop.signal})
			cleanup.add(() => near.destroy())
			const far = await channels.next()
			assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
			stop.abort()
			const echoed = new Promise<number>((resolve) => {
				near.onFrame = (type) => resolve(type)
			})
			far.onFrame = (type, body) => far.send(type + 1, body)
			near.send(1, Buffer.from('still there'))
			assert.equal(await echoed, 2)
		})
	})

	it('IPv6 loopback, by address and by name', async function () {
		const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({address}) => address === '::1'))
		if (!hasIpv6) return this.skip()
		const {listener, channels} = await serve(cleanup, bob, [alice], {host: '::1'})
		const near = await reach(listener.port, {host: '::1'})
		cleanup.add(() => near.destroy())
		assert.equal((await channels.next()).peer.address, '::1')
		assert.equal(near.peer.address, '::1')
		await listener.close()
		assert.match((await rejection(reach(listener.port, {host: '::1'}), 'PEER_UNREACHABLE')).message, /\[::1\]:\d+/)
	})
})
