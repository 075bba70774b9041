// What goes on until it is told to stop: watch and serve.
import assert from 'node:assert/strict'
import {connect} from 'node:net'
import {certificates} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {Pair, portOf, withPair} from './support/pair.js'
import {told, until} from './support/program.js'
import {freePort, Relay} from './support/relay.js'

describe('e2e: watch and serve', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	concurrently([
		{
			name: 'watch carries changes of both sides, survives a restart of serve, and ends with 0 on SIGTERM',
			run: () =>
				withPair({name: 'watch'}, async (pair) => {
					const {alpha, beta} = pair
					const port = await portOf(pair)
					alpha.dir.write('before', 'made before', day(0))
					const watch = alpha.start('watch')
					const arrives = (dir: Dir, path: string, text: string): Promise<void> =>
						until(`${path} in ${dir.path}; watch said:\n${watch.said}`, () => dir.has(path) && dir.read(path) === text)
					await watch.line(/Connected to beta/)
					await arrives(beta.dir, 'before', 'made before')
					alpha.dir.write('d/from alpha', 'one')
					await arrives(beta.dir, 'd/from alpha', 'one')
					beta.dir.write('d/from beta', 'two')
					await arrives(alpha.dir, 'd/from beta', 'two')
					alpha.dir.mv('d', 'e')
					await until('the rename', () => beta.dir.has('e/from beta') && !beta.dir.has('d'))
					beta.dir.rm('e/from alpha')
					await until('the deletion', () => !alpha.dir.has('e/from alpha'))

					await pair.close()
					await watch.line(/Offline: .*trying again/)
					alpha.dir.write('while away', 'three')
					await pair.serve(beta, port)
					await arrives(beta.dir, 'while away', 'three')
					beta.dir.write('after', 'four')
					await arrives(alpha.dir, 'after', 'four')
					const outcome = await watch.stop('SIGTERM')
					assert.equal(outcome.code, 0, told(outcome))
					assert.ok(outcome.stdout.includes('Synced: '), told(outcome))
					pair.assertSame()
				}),
		},
		{
			name: 'watch that is started before serve connects by itself; SIGINT ends it with 0 while it waits',
			run: async () => {
				const pair = new Pair({name: 'watch-first'})
				const port = await freePort()
				pair.alpha.connectTo(port)
				const watch = pair.alpha.start('watch')
				await watch.line(/Offline: Nothing listens/)
				pair.beta.dir.write('f', 'waiting', day(0))
				await pair.serve(pair.beta, port)
				await until('the first sync', () => pair.alpha.dir.has('f'))
				const from = watch.said.length
				await pair.close()
				await watch.line(/Offline: /, from)
				const outcome = await watch.stop('SIGINT')
				assert.equal(outcome.code, 0, told(outcome))
			},
		},
		{
			name: 'watch --json and serve --json print one object a line',
			run: async () => {
				const pair = new Pair({name: 'events'})
				const server = pair.beta.start('serve', '--json')
				const [, port] = await server.line(/"port":(\d+)/)
				pair.alpha.connectTo(Number(port))
				pair.alpha.dir.write('f', 'x', day(0))
				const watch = pair.alpha.start('watch', '--json')
				await watch.line(/"kind":"synced"/)
				await server.line(/"kind":"synced"/)
				for (const program of [watch, server]) {
					const {code, stdout} = await program.stop()
					assert.equal(code, 0)
					const kinds = stdout
						.trimEnd()
						.split('\n')
						.map((line): unknown => JSON.parse(line).kind)
					assert.ok(kinds.every((kind) => typeof kind === 'string'))
				}
			},
		},
		{
			name: 'serve: its three lines, a line per event, 0 on SIGINT; clients that vanish or talk nonsense do no harm',
			run: async () => {
				const pair = new Pair({name: 'serve'})
				const {alpha} = pair
				const port = await pair.serve()
				const {server} = pair
				assert.ok(server !== undefined)
				assert.deepEqual(server.stdout.split('\n').slice(0, 3), [
					`Using server certificate: ${certificates('beta').cert}`,
					'SSL context created with server certificate and peer verification.',
					`Server listening on port ${port}...`,
				])
				for (const text of ['', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000']) {
					const from = server.said.length
					const socket = connect(port, '127.0.0.1', () => socket.end(text))
					socket.on('error', () => {})
					await server.line(/Refused 127\.0\.0\.1:\d+: /, from)
					socket.destroy()
				}
				alpha.dir.write('large', Buffer.alloc(8_000_000, 'x'), day(0))
				const relay = await Relay.to(port, {afterBytes: 3_000_000, what: 'hold'})
				alpha.connectTo(relay.port)
				const vanishing = alpha.start('sync')
				await relay.reached
				vanishing.signal('SIGKILL')
				await vanishing.ended()
				await relay.close()
				alpha.connectTo(port)
				const from = server.said.length
				const result = await alpha.result(['sync'])
				assert.equal(result.pushed, 1)
				await server.line(/^Synced with alpha: 1 change here, 0 files sent/m, from)
				pair.assertSame()
				const outcome = await server.stop('SIGINT')
				assert.equal(outcome.code, 0, told(outcome))
			},
		},
		{
			name: 'serve stops within 5 s in the middle of a transfer, and the client tells that the peer went',
			run: () =>
				withPair({name: 'serve-stops'}, async (pair) => {
					const {alpha} = pair
					const port = await portOf(pair)
					alpha.dir.write('large', Buffer.alloc(8_000_000, 'y'), day(0))
					const relay = await Relay.to(port, {afterBytes: 3_000_000, what: 'hold'})
					alpha.connectTo(relay.port)
					const sync = alpha.start('sync')
					await relay.reached
					const at = performance.now()
					await pair.close()
					assert.ok(performance.now() - at < 5000)
					await relay.close()
					const outcome = await sync.ended()
					assert.equal(outcome.code, 3, told(outcome))
				}),
		},
	])
})
