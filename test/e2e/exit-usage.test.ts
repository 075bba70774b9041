// Exit codes 0, 1 and 2: done, done but for some paths, and what is wrong with the call, the config or the certificates.
import assert from 'node:assert/strict'
import {certificates} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {alone, assertFault, type Fault} from './support/fault.js'
import {type Device, Pair, portOf, withPair} from './support/pair.js'
import {run, told} from './support/program.js'
import {parseError, parseResult} from './support/result.js'
import {withoutRights} from './support/user.js'

const noRights = withoutRights === null ? 'needs a user without rights' : undefined
const user = withoutRights?.user

describe('e2e: exit codes', () => {
	describe('0 and 1: done', () => {
		concurrently([
			{
				name: '0: done, in text: the result on stdout, notes on stderr',
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
							code: 1,
							error: 'LISTEN_FAILED',
							message: /EADDRINUSE/,
							advice: /server\.port/,
						})
					}),
			},
		])
	})
})
