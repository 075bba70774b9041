// From nothing to a first sync: with FileSync's own certificates and defaults, and with what the original README had.
import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {hasOpenssl, opensslCertificate} from './support/certs.js'
import {concurrently} from './support/concurrent.js'
import {Dir, day} from './support/dir.js'
import {Program, type ProgramOptions, run, told} from './support/program.js'
import {freePort} from './support/relay.js'
import {tempFolder} from './support/temp.js'

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
