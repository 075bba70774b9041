// The table of exit codes: every row is provoked, and checked in text and in JSON: code, error, message, advice.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {cpSync} from 'node:fs'
import {createServer} from 'node:net'
import {certificates} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {type Device, Pair, type PairOptions, portOf, withPair} from './support/pair.js'
import {run, told, until} from './support/program.js'
import {freePort, Relay} from './support/relay.js'
import {assertNothing, parseError, parseResult} from './support/result.js'
import {withoutRights} from './support/user.js'

interface Fault {
	readonly code: number
	readonly error: string
	readonly message: RegExp
	/** Default: some advice must be there. */
	readonly advice?: RegExp
}

/** Runs `args` in text mode and `jsonArgs` in JSON mode; both must fail with the same. */
async function assertFault(
	device: Device,
	args: readonly string[],
	fault: Fault,
	jsonArgs: readonly string[] = args,
): Promise<void> {
	const {code, error, message, advice = /\S/} = fault
	const text = await device.run(...args)
	assert.deepEqual({code: text.code, stdout: text.stdout}, {code, stdout: ''}, told(text))
	const first = text.stderr.indexOf('filesync: ')
	assert.ok(first >= 0, told(text))
	assert.match(text.stderr.slice(first), message)
	const [, tried = ''] = /^Try: (.*)$/ms.exec(text.stderr) ?? []
	assert.match(tried, advice, 'text: what to try')
	assert.doesNotMatch(text.stderr, /^\s+at /m, 'no stack')
	const json = await device.run(...jsonArgs, '--json')
	assert.equal(json.code, code, told(json))
	const parsed = parseError(json.stdout)
	assert.equal(parsed.code, error)
	assert.match(parsed.message, message)
	assert.match(parsed.try.join('\n'), advice, 'JSON: what to try')
}

/** A pair that is not running, for faults that need no peer. */
const alone = (name: string, alpha: PairOptions['alpha'] = {}): Device => {
	const device = new Pair({name, alpha}).alpha
	device.connectTo(9)
	return device
}

const noRights = withoutRights === null ? 'needs a user without rights' : undefined
const user = withoutRights?.user

const many = (dir: Dir): void => {
	for (let i = 0; i < 30; i++) dir.write(`many/f${i}`, `content ${i}`, day(0))
}

describe('e2e: exit codes', () => {
	describe('0 and 1: done', () => {
		concurrently([
			{
				name: '0: done, in text: the answer on stdout, the story on stderr',
				run: () =>
					withPair({name: 'done'}, async ({alpha}) => {
						alpha.dir.write('f', 'done', day(0))
						const outcome = await alpha.run('sync')
						assert.equal(outcome.code, 0, told(outcome))
						assert.match(outcome.stdout, /^Synced with beta \(127\.0\.0\.1:\d+\): 1 pushed \(.*\)\n$/)
						assert.doesNotMatch(outcome.stderr, /warning|error/i)
						const again = await alpha.run('sync', '--quiet')
						assert.deepEqual([again.code, again.stdout, again.stderr], [0, '', ''])
					}),
			},
			{
				name: '0: an unknown key in the config is a warning that names it and the nearest',
				run: () =>
					withPair({name: 'unknown-key', alpha: {debounce_sm: 3, 'peer ': {}}}, async ({alpha}) => {
						const text = await alpha.run('sync')
						assert.equal(text.code, 0, told(text))
						assert.match(text.stderr, /warning: .*unknown key "debounce_sm" is ignored; did you mean "debounce_ms"\?/)
						const json = await alpha.run('sync', '--json')
						assert.equal(json.code, 0)
						assert.ok(parseResult(json.stdout).ok)
						assert.match(json.stderr, /"debounce_sm"/)
					}),
			},
			{
				name: '1: a path that cannot be read',
				skip: noRights,
				run: () =>
					withPair({name: 'unreadable', user}, async (pair) => {
						const {alpha} = pair
						alpha.dir.write('f', 'secret', day(0)).write('g', 'open', day(0))
						pair.own()
						alpha.dir.chmod('f', 0)
						const text = await alpha.run('sync')
						assert.equal(text.code, 1, told(text))
						assert.match(text.stderr, /1 path could not be handled:\n {2}f: .*permission denied.* \[EACCES\]/)
						const json = await alpha.result(['sync'], 1)
						assert.equal(json.ok, false)
						assert.deepEqual(
							json.problems.map(({path, side, code}) => [path, side, code]),
							[['f', 'local', 'EACCES']],
						)
					}),
			},
			...(['push', 'pull'] as const).map((command) => ({
				name: `1: a conflict that ${command} leaves alone`,
				run: () =>
					withPair({name: `left-alone-${command}`}, async ({alpha, beta}) => {
						alpha.dir.write('f', 'alpha', day(1))
						beta.dir.write('f', 'beta', day(2))
						const text = await alpha.run(command)
						assert.equal(text.code, 1, told(text))
						assert.match(text.stderr, /f: .*--force.* \[CONFLICT\]/)
						const json = await alpha.result([command], 1)
						assert.deepEqual(
							json.problems.map(({path, code}) => [path, code]),
							[['f', 'CONFLICT']],
						)
						assert.deepEqual([alpha.dir.read('f'), beta.dir.read('f')], ['alpha', 'beta'])
					}),
			})),
		])
	})

	describe('2: usage, configuration, certificates', () => {
		const device = alone('usage')
		const configured = (settings: Readonly<Record<string, unknown>>) => alone('config', settings)
		const {cert, key} = {cert: 'gone.cert', key: 'gone.key'}
		const rows: readonly (readonly [string, () => Device, readonly string[], Omit<Fault, 'code'>])[] = [
			['an unknown option', () => device, ['sync', '--dry-rnu'], {error: 'USAGE', message: /--dry-rnu.*--dry-run/}],
			['an argument too many', () => device, ['push', 'here'], {error: 'USAGE', message: /"here"/}],
			['--force where it means nothing', () => device, ['sync', '--force'], {error: 'USAGE', message: /--force/}],
			[
				'a wrong type',
				() => configured({local_dir: 3}),
				['sync'],
				{error: 'CONFIG_INVALID', message: /local_dir.*3.*string/},
			],
			[
				'a number as text',
				() => configured({max_concurrency: '3'}),
				['serve'],
				{error: 'CONFIG_INVALID', message: /max_concurrency.*"3".*whole number/},
			],
			[
				'a missing required key',
				() => configured({certs: {cert: 'a', key: 'b'}}),
				['status'],
				{error: 'CONFIG_INVALID', message: /certs\.peer_cert is missing.*string/},
			],
			[
				'no peer, where one is needed',
				() => {
					const lonely = configured({})
					lonely.configure({peer: undefined})
					return lonely
				},
				['watch'],
				{error: 'CONFIG_INVALID', message: /peer is missing/, advice: /"peer"/},
			],
			[
				'a certificate that is missing',
				() => configured({certs: {...certificates('alpha'), cert, peer_cert: certificates('beta').cert}}),
				['sync'],
				{error: 'CERT_MISSING', message: /certificate .*gone\.cert does not exist/, advice: /certs gen/},
			],
			[
				'a key that is missing',
				() => configured({certs: {...certificates('alpha'), key, peer_cert: certificates('beta').cert}}),
				['serve'],
				{error: 'CERT_MISSING', message: /private key .*gone\.key does not exist/, advice: /certs gen/},
			],
			[
				'a certificate folder that is missing',
				() => configured({certs: {cert: 'no/such/a.cert', key: 'no/such/a.key', peer_cert: 'no/such/b.cert'}}),
				['push'],
				{error: 'CERT_MISSING', message: /a\.cert does not exist, nor does its folder .*no\/such/, advice: /certs gen/},
			],
			[
				"the peer's certificate missing",
				() => configured({certs: {...certificates('alpha'), peer_cert: 'peer.cert'}}),
				['pull'],
				{error: 'CERT_MISSING', message: /peer's certificate .*peer\.cert does not exist/, advice: /copy/},
			],
			[
				'a certificate that is none',
				() => {
					const odd = configured({})
					odd.configure({certs: {...certificates('alpha'), cert: odd.config, peer_cert: certificates('beta').cert}})
					return odd
				},
				['sync'],
				{error: 'CERT_INVALID', message: /certificate .*alpha\.json/},
			],
			[
				'a key of another certificate',
				() =>
					configured({
						certs: {
							cert: certificates('alpha').cert,
							key: certificates('beta').key,
							peer_cert: certificates('beta').cert,
						},
					}),
				['sync'],
				{error: 'CERT_INVALID', message: /does not belong to certificate/},
			],
			[
				'a state folder below the synced folder that cannot be made',
				() => configured({state_dir: '/proc/no/such'}),
				['sync'],
				{error: 'STATE_UNUSABLE', message: /\/proc\/no\/such/, advice: /state_dir/},
			],
		]
		concurrently([
			...rows.map(([name, make, args, fault]) => ({
				name,
				run: () => assertFault(make(), args, {code: 2, ...fault}),
			})),
			{
				name: 'no config at all, and one that is named but missing',
				run: async () => {
					const lost = alone('no-config')
					lost.configure({})
					const nowhere = {cwd: lost.dir.path, env: {HOME: lost.dir.path, XDG_CONFIG_HOME: undefined}}
					const text = await run(['sync'], nowhere)
					assert.equal(text.code, 2, told(text))
					assert.match(text.stderr, /no config file: looked for .*sync_config\.json/)
					assert.match(text.stderr, /Try: filesync init/)
					const json = await run(['sync', '-c', 'gone.json', '--json'], nowhere)
					assert.equal(json.code, 2)
					assert.equal(parseError(json.stdout).code, 'CONFIG_MISSING')
				},
			},
			{
				name: 'a certificate that this user may not read',
				skip: withoutRights?.user === undefined ? 'needs root and a user without rights' : undefined,
				run: async () => {
					const pair = new Pair({name: 'unreadable-key', user})
					pair.alpha.connectTo(9)
					pair.alpha.configure({certs: {...certificates('alpha'), peer_cert: certificates('beta').cert}})
					pair.own()
					await assertFault(pair.alpha, ['sync'], {code: 2, error: 'CERT_UNREADABLE', message: /may not be read/})
				},
			},
			{
				name: 'a port to listen on that is taken',
				run: () =>
					withPair({name: 'port-taken'}, async (pair) => {
						const server = {host: '127.0.0.1', port: await portOf(pair)}
						await assertFault(alone('port-taken-too', {server}), ['serve'], {
							code: 2,
							error: 'LISTEN_FAILED',
							message: /EADDRINUSE/,
							advice: /server\.port/,
						})
					}),
			},
		])
	})

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
								else assert.match(outcome.stderr, /filesync: The connection to .* was lost.*Try: .*again/s)
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
					const own = certificates('alpha')
					const pair = new Pair({
						name: 'self',
						alpha: {certs: {...own, peer_cert: own.cert}},
						beta: {certs: {...own, peer_cert: own.cert}},
					})
					await pair.serve()
					await pair.during(() =>
						assertFault(pair.alpha, ['sync'], {code: 4, error: 'SELF_CONNECTION', message: /same certificate|own/}),
					)
				},
			},
		])
	})

	describe('5: stopped for safety', () => {
		const withPast = (name: string, body: (pair: Pair) => Promise<void>): Promise<void> =>
			withPair({name}, async (pair) => {
				many(pair.alpha.dir)
				await pair.alpha.result(['sync'])
				await body(pair)
			})
		concurrently([
			{
				name: 'the root is missing',
				run: async () => {
					const device = alone('root-missing')
					device.dir.rm('')
					const fault = {code: 5, error: 'ROOT_MISSING', message: /root-missing\/alpha does not exist/, advice: /mount/}
					await assertFault(device, ['sync'], fault, ['serve'])
				},
			},
			{
				name: 'the root was emptied, marker and all; with --first-sync all comes back',
				run: () =>
					withPast('root-emptied', async ({alpha, beta}) => {
						alpha.dir.rm('many', '.filesync')
						const fault = {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /root\.json, the marker of this folder, is missing/,
							advice: /--first-sync/,
						}
						await assertFault(alpha, ['sync'], fault, ['push', '--dry-run'])
						assert.ok(beta.dir.has('many/f29'))
						const result = await alpha.result(['sync', '--first-sync'])
						assert.deepEqual([result.pulled, result.deleted_remote], [31, 0])
					}),
			},
			{
				name: 'only the marker is gone',
				run: () =>
					withPast('marker-gone', async ({alpha}) => {
						alpha.dir.rm('.filesync/root.json')
						await assertFault(alpha, ['sync'], {code: 5, error: 'ROOT_REPLACED', message: /marker/})
					}),
			},
			{
				name: 'another folder stands there',
				run: () =>
					withPast('root-replaced', async ({alpha, beta}) => {
						alpha.dir.mv('', '../moved').mkdir('').write('other', 'another disk', day(0))
						await assertFault(alpha, ['sync'], {code: 5, error: 'ROOT_REPLACED', message: /root-replaced\/alpha/})
						assert.deepEqual(Object.keys(beta.dir.tree).length, 31)
					}),
			},
			{
				name: 'a copy of the folder stands there, marker and all',
				run: () =>
					withPast('root-copied', async ({alpha}) => {
						alpha.dir.mv('', '../original')
						cpSync(alpha.dir.at('../original'), alpha.dir.path, {recursive: true})
						alpha.dir.rm('many')
						await assertFault(alpha, ['sync'], {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /restored, copied or replaced/,
						})
					}),
			},
			{
				name: 'the root of the peer was emptied while it serves',
				run: () =>
					withPast('peer-emptied', async ({alpha, beta}) => {
						beta.dir.rm('many', '.filesync')
						await assertFault(alpha, ['sync'], {
							code: 5,
							error: 'ROOT_REPLACED',
							message: /peer/,
							advice: /on the peer/,
						})
						assert.ok(alpha.dir.has('many/f29'))
					}),
			},
			...(['remote', 'local'] as const).map((side) => ({
				name: `too many deletions, ${side}; --allow-deletes goes on, once`,
				run: () =>
					withPast(`deletions-${side}`, async ({alpha, beta}) => {
						const device = side === 'remote' ? alpha : beta
						for (let i = 0; i < 20; i++) device.dir.rm(`many/f${i}`)
						const fault = {
							code: 5,
							error: 'TOO_MANY_DELETIONS',
							message: side === 'remote' ? /20 of the 30 files on the peer/ : /20 of the 30 files here/,
							advice: /--allow-deletes/,
						}
						await assertFault(alpha, ['sync'], fault, [side === 'remote' ? 'push' : 'pull'])
						const dry = await alpha.result(['sync', '--dry-run'], 5)
						const count = side === 'remote' ? dry.deleted_remote : dry.deleted_local
						assert.deepEqual([count, dry.actions?.length, dry.problems[0]?.code], [20, 20, 'TOO_MANY_DELETIONS'])
						const dirs = [alpha.dir, beta.dir].map(({tree}) => Object.keys(tree).length)
						assert.deepEqual(dirs.sort(), [11, 31], 'nothing was deleted')
						const allowed = await alpha.result(['sync', '--allow-deletes'])
						assert.equal(side === 'remote' ? allowed.deleted_remote : allowed.deleted_local, 20)
						assert.deepEqual(alpha.dir.replica, beta.dir.replica)
					}),
			})),
			{
				name: 'ten deletions go through, whatever share they are; the limit of the peer counts too',
				run: () =>
					withPair({name: 'few', alpha: {max_delete_percent: 100}}, async ({alpha, beta}) => {
						for (let i = 0; i < 10; i++) alpha.dir.write(`f${i}`, `few ${i}`, day(0))
						await alpha.result(['sync'])
						for (let i = 0; i < 10; i++) alpha.dir.rm(`f${i}`)
						assert.equal((await alpha.result(['sync'])).deleted_remote, 10)
						many(alpha.dir)
						await alpha.result(['sync'])
						alpha.dir.rm('many')
						await assertFault(alpha, ['sync'], {code: 5, error: 'TOO_MANY_DELETIONS', message: /every one of the 30/})
						assert.ok(beta.dir.has('many/f0'))
					}),
			},
			{
				name: 'both sides name the same folder',
				run: async () => {
					const pair = new Pair({name: 'same-folder'})
					pair.beta.configure({local_dir: pair.alpha.dir.path})
					pair.alpha.dir.write('f', 'mine', day(0))
					await pair.serve()
					await pair.during(async () => {
						await assertFault(pair.alpha, ['sync'], {code: 5, error: 'SAME_FOLDER', message: /same folder/})
						assert.deepEqual(pair.alpha.dir.tree, {f: 'mine'})
					})
				},
			},
		])
	})

	describe('6: another process holds the folder', () => {
		concurrently([
			{
				name: 'a second serve on one folder',
				run: () =>
					withPair({name: 'served-twice'}, async ({beta}) => {
						await assertFault(beta, ['serve'], {
							code: 6,
							error: 'FOLDER_LOCKED',
							message: /in use by process \d+ \(.*serve.*\)/,
							advice: /stop it/,
						})
					}),
			},
			{
				name: 'sync, push and pull while serve runs on the same folder',
				run: () =>
					withPair({name: 'served'}, async (pair) => {
						const port = await portOf(pair)
						pair.beta.connectTo(port)
						const fault = {code: 6, error: 'FOLDER_LOCKED', message: /in use by process \d+/}
						await assertFault(pair.beta, ['sync'], fault, ['pull'])
					}),
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
