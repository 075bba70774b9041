// The commands as users and scripts see them: push and pull, dry runs, status, watch, serve, and the way from nothing.
import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {join} from 'node:path'
import {certificates, hasOpenssl, opensslCertificate} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {Dir, day} from './support/dir.js'
import {Pair, portOf, withPair} from './support/pair.js'
import {Program, type ProgramOptions, run, told, until} from './support/program.js'
import {freePort, Relay} from './support/relay.js'
import {assertNothing, countsOf, noCounts} from './support/result.js'
import {parseStatus} from './support/status.js'
import {tempFolder} from './support/temp.js'

describe('e2e: push, pull, dry run', () => {
	concurrently([
		{
			name: 'push changes only the peer, pull only this side, together they are a sync',
			run: () =>
				withPair({name: 'push-pull'}, async (pair) => {
					const {alpha, beta} = pair
					for (const name of ['a', 'b', 'da', 'db']) alpha.dir.write(name, `${name}: old`, day(0))
					await alpha.result(['push'])
					alpha.dir.write('a', 'a: new', day(1)).rm('da').write('na', 'made at alpha', day(1))
					beta.dir.write('b', 'b: new', day(1)).rm('db').write('nb', 'made at beta', day(1))
					const before = alpha.dir.exact
					const pushed = await alpha.result(['push'])
					assert.deepEqual(countsOf(pushed), {...noCounts, pushed: 2, deleted_remote: 1})
					assert.deepEqual(alpha.dir.exact, before, 'push touches nothing here')
					const there = beta.dir.exact
					const pulled = await alpha.result(['pull'])
					assert.deepEqual(countsOf(pulled), {...noCounts, pulled: 2, deleted_local: 1})
					assert.deepEqual(beta.dir.exact, there, 'pull touches nothing there')
					pair.assertSame()
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'push --force: this side wins, the peer’s content is kept as a conflict copy',
			run: () =>
				withPair({name: 'push-force'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'old', day(0)).write('gone', 'old too', day(0))
					await alpha.result(['sync'])
					alpha.dir.write('f', 'alpha', day(1)).rm('gone')
					beta.dir.write('f', 'beta, newer', day(2)).write('gone', 'edited at beta', day(2))
					const before = alpha.dir.exact
					const forced = await alpha.result(['push', '--force'])
					assert.deepEqual(forced.conflicts.map(({path, winner}) => [path, winner]).sort(), [
						['f', 'local'],
						['gone', 'local'],
					])
					assert.deepEqual(alpha.dir.exact, before)
					const settled = {
						f: 'alpha',
						'f.sync-conflict-*-beta': 'beta, newer',
						'gone.sync-conflict-*-beta': 'edited at beta',
					}
					assert.deepEqual(beta.dir.tree, settled)
					await alpha.result(['sync'])
					pair.assertSame()
					assert.deepEqual(alpha.dir.tree, settled)
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'pull --force: the peer wins, this side’s content is kept as a conflict copy',
			run: () =>
				withPair({name: 'pull-force'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'alpha, newer', day(2))
					beta.dir.write('f', 'beta', day(1))
					const there = beta.dir.exact
					const forced = await alpha.result(['pull', '--force'])
					assert.deepEqual(
						forced.conflicts.map(({path, winner}) => [path, winner]),
						[['f', 'remote']],
					)
					assert.deepEqual(beta.dir.exact, there)
					assert.deepEqual(alpha.dir.tree, {f: 'beta', 'f.sync-conflict-*-alpha': 'alpha, newer'})
					await alpha.result(['sync'])
					pair.assertSame()
					assertNothing(await alpha.result(['sync']))
				}),
		},
		{
			name: 'what push or pull left alone, the next sync settles',
			run: () =>
				withPair({name: 'left-alone'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('f', 'alpha', day(2)).write('g', 'only alpha', day(0))
					beta.dir.write('f', 'beta', day(1))
					const left = await alpha.result(['push'], 1)
					assert.deepEqual([left.pushed, left.conflicts], [1, []])
					const result = await alpha.result(['sync'])
					assert.equal(result.conflicts.length, 1)
					pair.assertSame()
					assert.deepEqual(alpha.dir.tree, {f: 'alpha', 'f.sync-conflict-*-beta': 'beta', g: 'only alpha'})
				}),
		},
		{
			name: 'a dry run shows the plan of the real run and touches nothing, in both modes',
			run: () =>
				withPair({name: 'dry-run'}, async (pair) => {
					const {alpha, beta} = pair
					alpha.dir.write('edited', 'old', day(0)).write('deleted', 'x', day(0)).write('renamed', 'to be moved', day(0))
					alpha.dir.write('touched', 'touched', day(0)).write('both', 'old', day(0))
					await alpha.result(['sync'])
					alpha.dir.write('edited', 'new', day(1)).rm('deleted').mv('renamed', 'd/renamed').touch('touched', day(1))
					alpha.dir.write('both', 'alpha', day(2))
					beta.dir.write('both', 'beta', day(1)).write('new', 'of beta', day(1))
					const before = [alpha.dir.exact, beta.dir.exact]
					const dry = await alpha.result(['sync', '-n'])
					const text = await alpha.run('sync', '--dry-run')
					assert.match(text.stdout, /^push +edited$/m)
					assert.match(text.stdout, /^delete there +deleted$/m)
					assert.match(text.stdout, /^rename there +renamed -> d\/renamed$/m)
					assert.match(
						text.stdout,
						/^conflict +both: this side keeps the name, the other is kept as both\.sync-conflict-/m,
					)
					assert.match(text.stdout, /^Dry run with beta .*; nothing was changed$/m)
					assert.deepEqual([alpha.dir.exact, beta.dir.exact], before)
					const real = await alpha.result(['sync', '--verbose'])
					assert.equal(dry.dry_run, true)
					assert.deepEqual(real.actions, dry.actions)
					assert.deepEqual(countsOf(real), countsOf(dry))
					assert.deepEqual(real.conflicts, dry.conflicts)
					pair.assertSame()
				}),
		},
	])
})

describe('e2e: status', () => {
	concurrently([
		{
			name: 'never synced, pending, in sync, offline; with the node running; with the peer away',
			run: () =>
				withPair({name: 'status'}, async (pair) => {
					const {alpha, beta} = pair
					const port = await portOf(pair)
					const status = async (device: typeof alpha, args: readonly string[], code = 0) => {
						const outcome = await device.run('status', ...args, '--json')
						assert.equal(outcome.code, code, told(outcome))
						return parseStatus(outcome.stdout)
					}
					alpha.dir.write('f', 'of alpha', day(0))
					beta.dir.write('g', 'of beta', day(0)).write('h', 'of beta too', day(0))
					const first = await status(alpha, [])
					assert.deepEqual(first.last_sync, null)
					assert.deepEqual([first.pending?.pushed, first.pending?.pulled], [1, 2])
					assert.deepEqual([first.peer?.reachable, first.peer?.name], [true, 'beta'])
					assert.ok(Math.abs(first.peer?.clock_offset_ms ?? Number.NaN) < 5000)
					assert.deepEqual([alpha.dir.tree, Object.keys(beta.dir.tree)], [{f: 'of alpha'}, ['g', 'h']])

					await alpha.result(['sync'])
					const text = await alpha.run('status')
					assert.equal(text.code, 0, told(text))
					assert.match(text.stdout, /^index +3 files, 0 folders, 0 links, /m)
					assert.match(text.stdout, /^peer +beta \(127\.0\.0\.1:\d+\), answers in [\d.]+ ms, clocks agree$/m)
					assert.match(text.stdout, /^to do +nothing, both sides agree$/m)

					const offline = await status(alpha, ['--offline'])
					assert.deepEqual([offline.peer, offline.pending, offline.index?.files], [null, null, 3])
					assert.ok(Date.now() - Date.parse(offline.last_sync ?? '') < 120_000)

					beta.connectTo(port)
					const held = await status(beta, ['--offline'])
					assert.match(held.running ?? '', /process \d+/)

					alpha.connectTo(await freePort())
					const away = await status(alpha, [], 3)
					assert.deepEqual([away.ok, away.peer?.reachable, away.error?.code], [false, false, 'PEER_UNREACHABLE'])
					assert.equal(away.index?.files, 3)
					const awayText = await alpha.run('status')
					assert.deepEqual(awayText.code, 3)
					assert.match(awayText.stdout, /does not answer/)
					assert.match(awayText.stderr, /^filesync: Nothing listens/m)
					alpha.connectTo(port)
				}),
		},
	])
})

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

/** A device as a person sets it up: a home folder of its own, all paths by default. */
class Home {
	readonly dir: Dir
	readonly name: string

	constructor(name: string) {
		this.name = name
		this.dir = new Dir(tempFolder(`home-${name}`))
	}

	get options(): ProgramOptions {
		const env = {HOME: this.dir.path, XDG_STATE_HOME: undefined, XDG_CONFIG_HOME: undefined, FILESYNC_NAME: this.name}
		return {cwd: this.dir.path, env}
	}

	async ok(...args: readonly string[]): Promise<string> {
		const outcome = await run(args, this.options)
		assert.equal(outcome.code, 0, told(outcome))
		return outcome.stdout
	}
}

describe('e2e: from nothing', () => {
	concurrently([
		{
			name: 'certs gen, init, serve, sync with defaults only',
			run: async () => {
				const [laptop, phone] = [new Home('laptop'), new Home('phone')]
				const port = await freePort()
				for (const [own, other] of [
					[laptop, phone],
					[phone, laptop],
				] as const) {
					await own.ok('certs', 'gen', '--name', own.name)
					mkdirSync(other.dir.at('sync-certs'), {recursive: true})
					own.dir.mkdir('Sync')
					writeFileSync(other.dir.at('sync-certs', `${own.name}.cert`), own.dir.read(`sync-certs/${own.name}.cert`))
				}
				const certs = (own: Home, other: Home): string[] => [
					...['--cert', `~/sync-certs/${own.name}.cert`, '--key', `~/sync-certs/${own.name}.key`],
					...['--peer-cert', `~/sync-certs/${other.name}.cert`],
				]
				await phone.ok('init', '--dir', '~/Sync', '--listen', `127.0.0.1:${port}`, ...certs(phone, laptop))
				await laptop.ok('init', '--dir', '~/Sync', '--peer', `127.0.0.1:${port}`, ...certs(laptop, phone))
				laptop.dir.write('Sync/hello.txt', 'hello', day(0))
				const server = new Program(['serve'], phone.options)
				await server.line(/Server listening on port/)
				assert.match(await laptop.ok('sync'), /^Synced with phone .*: 1 pushed/)
				assert.equal(phone.dir.read('Sync/hello.txt'), 'hello')
				assert.ok(laptop.dir.has('.local/state/filesync'))
				const outcome = await server.stop()
				assert.equal(outcome.code, 0)
			},
		},
		{
			name: 'the config of the original README, with certificates by openssl, works unchanged',
			skip: hasOpenssl ? undefined : 'needs openssl',
			run: async () => {
				const homes = [new Home('one'), new Home('two')] as const
				const ports = [await freePort(), await freePort()] as const
				for (const [i, home] of homes.entries()) {
					const other = homes[1 - i]
					assert.ok(other !== undefined)
					home.dir.mkdir('sync-certs').mkdir('sync')
					const {cert} = opensslCertificate(home.dir.at('sync-certs'), home.name)
					other.dir.mkdir('sync-certs').write(`sync-certs/${home.name}.cert`, new Dir('/').read(cert.slice(1)))
					const config = {
						local_dir: '~/sync',
						peer: {host: '127.0.0.1', port: ports[1 - i]},
						certs: {
							cert: `~/sync-certs/${home.name}.cert`,
							key: `~/sync-certs/${home.name}.key`,
							peer_cert: `~/sync-certs/${other.name}.cert`,
						},
						server: {host: '127.0.0.1', port: ports[i]},
						debounce_ms: 800,
						mtime_skew_sec: 2,
						max_concurrency: 1,
					}
					writeFileSync(join(home.dir.path, 'sync_config.json'), JSON.stringify(config))
				}
				const [one, two] = homes
				one.dir.write('sync/from one', '1', day(0))
				two.dir.write('sync/from two', '2', day(0))
				const config = one.dir.read('sync_config.json')
				const server = new Program(['serve'], two.options)
				await server.line(/Server listening on port/)
				const outcome = await run(['sync'], one.options)
				assert.equal(outcome.code, 0, told(outcome))
				assert.doesNotMatch(outcome.stderr, /warning/)
				assert.deepEqual(new Dir(one.dir.at('sync')).tree, {'from one': '1', 'from two': '2'})
				assert.deepEqual(new Dir(two.dir.at('sync')).replica, new Dir(one.dir.at('sync')).replica)
				assert.equal(one.dir.read('sync_config.json'), config, 'nothing is written into the config')
				assert.equal((await server.stop()).code, 0)
				// The same config the other way round: each device can serve and each can sync.
				const back = new Program(['serve'], one.options)
				await back.line(new RegExp(`Server listening on port ${ports[0]}\\.\\.\\.`))
				two.dir.write('sync/later', '3', day(1))
				assert.equal((await run(['push'], two.options)).code, 0)
				assert.equal(one.dir.read('sync/later'), '3')
				assert.equal((await back.stop()).code, 0)
			},
		},
	])
})
