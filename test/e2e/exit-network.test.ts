// Exit codes 3, 4 and 130: the peer away, the connection broken or interrupted in the middle, the wrong peer.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {createServer} from 'node:net'
import {certificates} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {alone, assertFault} from './support/fault.js'
import {Pair, portOf, withPair} from './support/pair.js'
import {told, until} from './support/program.js'
import {freePort, Relay} from './support/relay.js'
import {assertNothing, parseError} from './support/result.js'

describe('e2e: exit codes', () => {
	describe('3: the peer cannot be reached, or the connection broke', () => {
		concurrently([
			{
				name: 'nothing listens there',
				run: async () => {
					const device = alone('refused')
					device.connectTo(await freePort())
					const fault = {
						code: 3,
						error: 'PEER_UNREACHABLE',
						message: /Nothing listens at 127\.0\.0\.1:\d+/,
						advice: /filesync serve/,
					}
					await assertFault(device, ['sync'], fault, ['push'])
				},
			},
			{
				name: 'a host name that does not exist',
				run: async () => {
					const device = alone('unknown-host')
					device.configure({peer: {host: 'no-such-host.invalid', port: 5555}})
					await assertFault(device, ['sync'], {
						code: 3,
						error: 'PEER_UNREACHABLE',
						message: /no-such-host\.invalid/,
						advice: /peer\.host/,
					})
				},
			},
			{
				name: 'what listens there is another program',
				run: async () => {
					const server = createServer((socket) => {
						socket.on('error', () => {})
						socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
					})
					await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
					const address = server.address()
					assert.ok(address !== null && typeof address === 'object')
					const device = alone('no-tls')
					device.connectTo(address.port)
					try {
						await assertFault(device, ['sync'], {code: 3, error: 'PEER_UNREACHABLE', message: /does not speak TLS/})
					} finally {
						server.close()
					}
				},
			},
			...(['push', 'pull'] as const).map((command) => ({
				name: `the connection breaks in the middle of a ${command}; the next sync completes`,
				run: () =>
					withPair({name: `broken-${command}`}, async (pair) => {
						const {alpha, beta} = pair
						const [from, to] = command === 'push' ? [alpha, beta] : [beta, alpha]
						for (let i = 0; i < 40; i++) from.dir.write(`small/${i}`, randomBytes(20_000))
						from.dir.write('large', randomBytes(12_000_000)).write('old', 'to be overwritten', day(0))
						const port = await portOf(pair)
						const relays: Relay[] = []
						try {
							for (const afterBytes of [4_000_000, 6_000_000]) {
								const relay = await Relay.to(port, {afterBytes, what: 'cut'})
								relays.push(relay)
								alpha.connectTo(relay.port)
								const json = afterBytes === 6_000_000
								const outcome = await alpha.run('sync', ...(json ? ['--json'] : []))
								assert.equal(outcome.code, 3, told(outcome))
								if (json) assert.equal(parseError(outcome.stdout).code, 'CONNECTION_LOST')
								else
									assert.match(
										outcome.stderr,
										/filesync: (The connection to .* was lost|the peer ended the connection).*Try: .*again/s,
									)
								assertWholeFiles(from.dir, to.dir)
							}
						} finally {
							for (const relay of relays) await relay.close()
						}
						alpha.connectTo(port)
						const result = await alpha.result(['sync'])
						assert.deepEqual(result.conflicts, [])
						pair.assertSame()
						assertNothing(await alpha.result(['sync']))
					}),
			})),
		])
	})

	describe('4: not the peer that the config says', () => {
		concurrently([
			{
				name: 'the peer presents another certificate',
				run: async () => {
					const mallory = certificates('mallory')
					const pair = new Pair({
						name: 'mismatch',
						beta: {certs: {...mallory, peer_cert: certificates('alpha').cert}},
					})
					await pair.serve()
					pair.alpha.dir.write('f', 'secret', day(0))
					await pair.during(async () => {
						await assertFault(pair.alpha, ['sync'], {
							code: 4,
							error: 'PEER_MISMATCH',
							message: /([0-9A-F]{2}:){31}[0-9A-F]{2}/,
							advice: /peer_cert|certs show/,
						})
						assert.deepEqual(pair.beta.dir.tree, {})
					})
				},
			},
			{
				name: 'the peer refuses this side’s certificate, and says so in its log',
				run: async () => {
					const mallory = certificates('mallory')
					const pair = new Pair({
						name: 'refused',
						alpha: {certs: {...mallory, peer_cert: certificates('beta').cert}},
					})
					await pair.serve()
					pair.beta.dir.write('f', 'secret', day(0))
					await pair.during(async () => {
						await assertFault(pair.alpha, ['sync'], {
							code: 4,
							error: 'PEER_REFUSED',
							message: /certificate/,
							advice: /peer_cert/,
						})
						await until('the refusal in the log', () => /Refused 127\.0\.0\.1/.test(pair.server?.said ?? ''))
						assert.deepEqual(pair.alpha.dir.tree, {})
					})
				},
			},
			{
				name: 'the peer is this very device',
				run: async () => {
					const certs = {...certificates('alpha'), peer_cert: certificates('beta').cert}
					const pair = new Pair({name: 'self', alpha: {certs}, beta: {certs}})
					await pair.serve()
					await pair.during(() =>
						assertFault(pair.alpha, ['sync'], {code: 4, error: 'SELF_CONNECTION', message: /same certificate|own/}),
					)
				},
			},
		])
	})

	describe('130: interrupted', () => {
		before(function () {
			// Windows has no signals to send.
			if (process.platform === 'win32') this.skip()
		})
		concurrently(
			(['push', 'pull'] as const).map((direction) => ({
				name: `SIGINT in the middle of a large ${direction} ends it within 5 s, and the next sync completes`,
				run: () =>
					withPair({name: `interrupted-${direction}`}, async (pair) => {
						const {alpha, beta} = pair
						const [from, to] = direction === 'push' ? [alpha, beta] : [beta, alpha]
						to.dir.write('large', 'the old content', day(0))
						await alpha.result(['sync'])
						from.dir.write('large', randomBytes(30_000_000), day(1))
						for (let i = 0; i < 50; i++) from.dir.write(`small/${i}`, randomBytes(5000))
						const port = await portOf(pair)
						for (const mode of [[], ['--json']]) {
							const relay = await Relay.to(port, {afterBytes: 8_000_000, what: 'hold'})
							alpha.connectTo(relay.port)
							const program = alpha.start('sync', ...mode)
							await relay.reached
							const at = performance.now()
							program.signal('SIGINT')
							const outcome = await program.ended()
							const tookMs = performance.now() - at
							await relay.close()
							assert.equal(outcome.code, 130, told(outcome))
							assert.ok(tookMs < 5000, `took ${tookMs} ms`)
							if (mode.length > 0) assert.equal(parseError(outcome.stdout).code, 'INTERRUPTED')
							else assert.match(outcome.stderr, /filesync: [Ii]nterrupted/)
							assert.equal(to.dir.read('large'), 'the old content')
							assertWholeFiles(from.dir, to.dir)
						}
						alpha.connectTo(port)
						const result = await alpha.result(['sync'])
						assert.deepEqual(result.conflicts, [])
						pair.assertSame()
						assertNothing(await alpha.result(['sync']))
					}),
			})),
		)
	})
})

/** Every file that the receiver shows is as the sender has it, or as it was before (`large`): nothing is half-written. */
function assertWholeFiles(from: Dir, to: Dir): void {
	const whole = from.tree
	for (const [path, content] of Object.entries(to.tree))
		assert.ok(content === whole[path] || content === 'the old content', `${path} is neither old nor new`)
}
