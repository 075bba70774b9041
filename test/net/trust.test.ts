// Every row of the TLS hazards: who gets in, who does not, and what both sides are told.
import assert from 'node:assert/strict'
import {X509Certificate} from 'node:crypto'
import type {AddressInfo} from 'node:net'
import {connect as connectTls, createServer as createTlsServer, type TLSSocket} from 'node:tls'
import {type Channel, dial} from '../../src/lib/net/index.js'
import {colons, dayMs, makeIdentity, type TestIdentity} from './identities.js'
import {Cleanup, Inbox, loopback, rejection, serve} from './support.js'

describe('net: trust', () => {
	const cleanup = new Cleanup()
	let alice: TestIdentity
	let bob: TestIdentity
	let mallory: TestIdentity

	before(async () => {
		;[alice, bob, mallory] = await Promise.all([makeIdentity('alice'), makeIdentity('bob'), makeIdentity('mallory')])
	})
	afterEach(() => cleanup.run())

	const dialAs = async (identity: TestIdentity, pinned: readonly TestIdentity[], port: number): Promise<Channel> => {
		const channel = await dial({host: loopback, port, identity, pins: pinned.map(({pin}) => pin)})
		cleanup.add(() => channel.destroy())
		return channel
	}

	/** A bare TLS client with these options, and how it ended. */
	const bareClient = (port: number, options: object): {socket: TLSSocket; over: Promise<void>} => {
		const socket = connectTls({host: loopback, port, rejectUnauthorized: false, ...options})
		socket.on('error', () => {})
		socket.resume()
		cleanup.add(() => socket.destroy())
		return {socket, over: new Promise((resolve) => socket.once('close', () => resolve()))}
	}

	it('both ends know whom they speak to', async () => {
		const {listener, channels} = await serve(cleanup, bob, [alice])
		const near = await dialAs(alice, [mallory, bob], listener.port)
		const far = await channels.next()
		assert.equal(near.peer.fingerprint, bob.pin.fingerprint)
		assert.equal(near.peer.subject, 'CN=bob')
		assert.equal(near.peer.port, listener.port)
		assert.equal(far.peer.fingerprint, alice.pin.fingerprint)
		assert.equal(far.peer.address, loopback)
	})

	it('RSA 2048 certificates, as the original README made them, work', async () => {
		const [rsaA, rsaB] = await Promise.all([makeIdentity('rsa a', {rsa: true}), makeIdentity('rsa b', {rsa: true})])
		const {listener, channels} = await serve(cleanup, rsaB, [rsaA])
		await dialAs(rsaA, [rsaB], listener.port)
		assert.equal((await channels.next()).peer.fingerprint, rsaA.pin.fingerprint)
	}).timeout(30_000)

	for (const env of [undefined, '0']) {
		it(`a server with another certificate is PEER_MISMATCH with NODE_TLS_REJECT_UNAUTHORIZED ${env ?? 'unset'}`, async () => {
			const kept = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
			cleanup.add(() => {
				if (kept === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
				else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = kept
			})
			if (env !== undefined) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = env
			const {listener, channels, refusals} = await serve(cleanup, mallory, [alice])
			const error = await rejection(dialAs(alice, [bob], listener.port), 'PEER_MISMATCH')
			assert.ok(error.message.includes(colons(bob.pin.fingerprint)), 'names the expected one')
			assert.ok(error.message.includes(colons(mallory.pin.fingerprint)), 'names the found one')
			assert.ok(error.advice.some((line) => line.includes('certs show')))
			// The server pins alice, who left before her half of the handshake was out: no channel.
			assert.match((await refusals.next()).reason, /does not accept this device's certificate/)
			assert.equal(channels.all.length, 0)
		})

		it(`a client with another certificate is refused with NODE_TLS_REJECT_UNAUTHORIZED ${env ?? 'unset'}`, async () => {
			const kept = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
			cleanup.add(() => {
				if (kept === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
				else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = kept
			})
			if (env !== undefined) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = env
			const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
			const near = await dialAs(mallory, [bob], listener.port)
			near.onFrame = () => assert.fail('no frame may arrive')
			near.send(1, Buffer.from('hello'))
			const reason = await near.closed
			assert.equal(reason.kind, 'refused')
			assert.ok(reason.kind === 'refused' && reason.error.code === 'PEER_REFUSED')
			assert.ok(reason.error.message.includes(colons(mallory.pin.fingerprint)), 'names the own fingerprint')
			await assert.rejects(near.drained(), reason.error)
			const refusal = await refusals.next()
			assert.equal(refusal.code, 'PEER_MISMATCH')
			assert.ok(refusal.reason.includes(colons(mallory.pin.fingerprint)))
			assert.ok(refusal.address.startsWith(`${loopback}:`))
			assert.equal(channels.all.length, 0)
		})
	}

	it('a client without a certificate is refused', async () => {
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
		const {over} = bareClient(listener.port, {})
		const refusal = await refusals.next()
		assert.equal(refusal.code, 'PEER_MISMATCH')
		assert.match(refusal.reason, /no certificate/)
		await over
		assert.equal(channels.all.length, 0)
	})

	it('a certificate that the pinned key signed is refused, on both ends', async () => {
		const signedByAlice = await makeIdentity('alice', {signer: alice})
		assert.ok(
			new X509Certificate(signedByAlice.certPem).verify(new X509Certificate(alice.certPem).publicKey),
			'a real signature',
		)
		const chained = {...signedByAlice, certPem: `${signedByAlice.certPem}\n${alice.certPem}`}
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
		for (const identity of [signedByAlice, chained]) {
			const near = await dialAs(identity, [bob], listener.port)
			near.onFrame = () => {}
			assert.equal((await near.closed).kind, 'refused')
			assert.equal((await refusals.next()).code, 'PEER_MISMATCH')
		}
		assert.equal(channels.all.length, 0)
		const fake = await serve(cleanup, chained, [bob])
		await rejection(dialAs(bob, [alice], fake.listener.port), 'PEER_MISMATCH')
	})

	it('sessions are not resumed: no ticket is issued and an offered one is ignored', async () => {
		const {listener, channels, refusals} = await serve(cleanup, bob, [alice])
		const options = {cert: alice.certPem, key: alice.keyPem}
		const first = bareClient(listener.port, options)
		let session: Buffer | undefined
		first.socket.on('session', (data) => {
			session = data
		})
		const far = await channels.next()
		far.onFrame = () => {}
		far.send(1, Buffer.from('so that the client reads behind the handshake'))
		await new Promise((resolve) => first.socket.once('data', resolve))
		session ??= first.socket.getSession()
		first.socket.end()
		await far.closed
		// Offered again without a certificate: if it were resumed, this client would need none.
		const second = bareClient(listener.port, {session})
		const reused = new Promise((resolve) =>
			second.socket.once('secureConnect', () => resolve(second.socket.isSessionReused())),
		)
		assert.match((await refusals.next()).reason, /no certificate/)
		await second.over
		assert.equal(await reused, false)
		assert.equal(channels.all.length, 1)
	})

	it('TLS 1.2 is refused, from a client and from a server', async () => {
		const {listener, refusals} = await serve(cleanup, bob, [alice])
		bareClient(listener.port, {cert: alice.certPem, key: alice.keyPem, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2'})
		assert.equal((await refusals.next()).code, 'PEER_VERSION')
		const old = createTlsServer({cert: bob.certPem, key: bob.keyPem, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2'})
		old.on('tlsClientError', () => {})
		await new Promise<void>((resolve) => old.listen(0, loopback, resolve))
		cleanup.add(() => old.close())
		await rejection(dialAs(alice, [bob], (old.address() as AddressInfo).port), 'PEER_VERSION')
	})

	it('a server that checks in the handshake itself answers with an alert: refused', async () => {
		// Such a server sends the alert after the client has finished its handshake (TLS 1.3).
		const strict = createTlsServer({
			cert: bob.certPem,
			key: bob.keyPem,
			requestCert: true,
			rejectUnauthorized: true,
			minVersion: 'TLSv1.3',
		})
		const failures = new Inbox<Error>()
		strict.on('tlsClientError', failures.put)
		await new Promise<void>((resolve) => strict.listen(0, loopback, resolve))
		cleanup.add(() => strict.close())
		const near = await dialAs(alice, [bob], (strict.address() as AddressInfo).port)
		near.onFrame = () => {}
		const reason = await near.closed
		assert.equal(reason.kind, 'refused')
	})

	it('the own certificate at the other end is SELF_CONNECTION, whatever is pinned', async () => {
		const {listener, refusals} = await serve(cleanup, bob, [bob])
		const error = await rejection(dialAs(bob, [bob], listener.port), 'SELF_CONNECTION')
		assert.match(error.message, /same certificate/)
		await refusals.next()
		bareClient(listener.port, {cert: bob.certPem, key: bob.keyPem})
		assert.equal((await refusals.next()).code, 'SELF_CONNECTION')
	})

	it('no pin at all lets nobody in', async () => {
		const {listener, refusals} = await serve(cleanup, bob, [])
		await rejection(dialAs(alice, [], listener.port), 'PEER_MISMATCH')
		await refusals.next()
		bareClient(listener.port, {cert: alice.certPem, key: alice.keyPem})
		assert.equal((await refusals.next()).code, 'PEER_MISMATCH')
	})

	describe('validity', () => {
		const now = Date.now()
		const rows = [
			{name: 'expired', notBeforeMs: now - 9 * dayMs, notAfterMs: now - 2 * dayMs, says: /expired on \d{4}-\d\d-\d\d/},
			{
				name: 'not yet valid',
				notBeforeMs: now + 2 * dayMs,
				notAfterMs: now + 9 * dayMs,
				says: /valid from \d{4}-\d\d-\d\d only/,
			},
		]
		for (const {name, says, ...times} of rows) {
			it(`a pinned certificate that is ${name}: CERT_EXPIRED names whose and what to do`, async () => {
				const stale = await makeIdentity('stale', times)
				const server = createTlsServer({cert: stale.certPem, key: stale.keyPem})
				server.on('tlsClientError', () => {})
				await new Promise<void>((resolve) => server.listen(0, loopback, resolve))
				cleanup.add(() => server.close())
				const error = await rejection(dialAs(alice, [stale], (server.address() as AddressInfo).port), 'CERT_EXPIRED')
				assert.match(error.message, /^The peer's certificate \(CN=stale\)/)
				assert.match(error.message, says)
				assert.ok(error.advice.some((line) => line.includes('certs show')))

				const {listener, refusals} = await serve(cleanup, bob, [stale])
				bareClient(listener.port, {cert: stale.certPem, key: stale.keyPem})
				assert.equal((await refusals.next()).code, 'CERT_EXPIRED')
			})

			it(`an own certificate that is ${name} is said before anything is connected`, async () => {
				const stale = await makeIdentity('stale', times)
				const error = await rejection(dialAs(stale, [bob], 1), 'CERT_EXPIRED')
				assert.match(error.message, /^This device's certificate \(CN=stale\)/)
				assert.match(error.message, says)
				await rejection(serve(cleanup, stale, [bob]), 'CERT_EXPIRED')
			})
		}
	})

	it('a certificate and key that do not belong together are CERT_INVALID', async () => {
		const mixed = {...alice, keyPem: bob.keyPem}
		await rejection(dialAs(mixed, [bob], 1), 'CERT_INVALID')
		await rejection(serve(cleanup, mixed, [bob]), 'CERT_INVALID')
		await rejection(dialAs({...alice, certPem: 'nonsense'}, [bob], 1), 'CERT_INVALID')
	})

	it('a hostile subject is printable in every text', async () => {
		const loud = await makeIdentity('loud\u001b[31m\u202ered', {
			notBeforeMs: Date.now() - 9 * dayMs,
			notAfterMs: Date.now() - 2 * dayMs,
		})
		const {listener, refusals} = await serve(cleanup, bob, [loud])
		bareClient(listener.port, {cert: loud.certPem, key: loud.keyPem})
		const {reason} = await refusals.next()
		assert.match(reason, /loud/)
		for (const char of ['\u001b', '\u202e']) assert.ok(!reason.includes(char))
	})
})
