// What a user can cause is no internal error: each is called by its name, and the command that is advised works when it is pasted.
import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {cpSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {concurrently} from './support/concurrent.js'
import {day} from './support/dir.js'
import {alone, assertFault} from './support/fault.js'
import {Pair, portOf, withPair} from './support/pair.js'
import {bin, Program, packageRoot, run, told, until} from './support/program.js'
import {freePort, Relay} from './support/relay.js'
import {parseError} from './support/result.js'
import {tempFolder} from './support/temp.js'
import {withoutRights} from './support/user.js'

const isLinux = process.platform === 'linux'
const user = withoutRights?.user
const needsRoot = user === undefined ? 'needs root and a user without rights' : undefined
const needsLinux = isLinux ? undefined : 'needs Linux'

const largeBytes = 8_000_000

/** The first command that an error advises, as a person pastes it. */
const advised = (stderr: string): string => /^Try: (.*)$/m.exec(stderr)?.[1] ?? ''

/** A copy of the program in a folder of its own, without one package or with a part of it only. */
function installation(name: string, without: (modules: string) => void): string {
	const home = tempFolder(name)
	for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
		cpSync(join(packageRoot, part), join(home, part), {recursive: true})
	const modules = join(home, 'node_modules')
	mkdirSync(modules)
	for (const one of readdirSync(join(packageRoot, 'node_modules')))
		symlinkSync(join(packageRoot, 'node_modules', one), join(modules, one))
	without(modules)
	return home
}

/** Runs another copy of the program. */
const runCopy = (home: string, args: readonly string[], options: Parameters<typeof run>[1]) =>
	run(args, {...options, under: [process.execPath, join(home, 'bin', 'run.js'), ...args], alone: true})

describe('e2e: hints', () => {
	before(function () {
		if (process.platform === 'win32') this.skip()
	})

	describe('folders of another user', () => {
		concurrently([
			{
				name: 'a state folder that root made: sudo chown, and then it works',
				skip: needsRoot,
				run: async () => {
					const pair = new Pair({name: 'root-state', user})
					const {alpha} = pair
					alpha.connectTo(9)
					mkdirSync(alpha.stateDir, {mode: 0o700})
					pair.own()
					execFileSync('chown', ['-R', '0:0', alpha.stateDir])
					execFileSync('chown', [`${user?.uid}:${user?.gid}`, pair.home])
					const advice = new RegExp(`^sudo chown -R ${user?.uid}:${user?.gid} ${alpha.stateDir}$`, 'm')
					for (const command of ['sync', 'serve', 'watch', 'top', 'status'])
						await assertFault(alpha, [command], {
							code: 2,
							error: 'STATE_UNUSABLE',
							message: /state folder cannot be used: permission denied \(EACCES\)|index in .* permission denied/,
							advice,
						})
					const before = await alpha.run('sync')
					execFileSync('sh', ['-c', advised(before.stderr).replace('sudo ', '')])
					assert.equal((await alpha.run('sync')).code, 3, 'only the peer is missing now')
				},
			},
			{
				name: 'one sync as root in a folder of the user: sudo chown, and then it works',
				skip: needsRoot,
				run: async () => {
					const pair = new Pair({name: 'once-root', user})
					const {alpha} = pair
					pair.own()
					execFileSync('chown', [`${user?.uid}:${user?.gid}`, pair.home])
					alpha.connectTo(9)
					pair.own()
					assert.equal((await alpha.run('sync')).code, 3)
					const careful = ['sh', '-c', 'umask 077; exec "$0" "$@"']
					const asRoot = await run(['sync', '--config', alpha.config], {
						...alpha.options,
						user: undefined,
						under: careful,
					})
					assert.equal(asRoot.code, 3, told(asRoot))
					const before = await alpha.run('sync')
					assert.equal(before.code, 2, told(before))
					assert.match(before.stderr, /the index in .* cannot be used: permission denied \(EACCES\)/)
					execFileSync('sh', ['-c', advised(before.stderr).replace('sudo ', '')])
					assert.equal((await alpha.run('sync')).code, 3)
				},
			},
			{
				name: 'a config and a key that may not be read',
				skip: needsRoot,
				run: async () => {
					const pair = new Pair({name: 'unreadable', user})
					const {alpha} = pair
					alpha.connectTo(9)
					pair.own()
					execFileSync('chown', [`${user?.uid}:${user?.gid}`, pair.home])
					execFileSync('sh', ['-c', `chown 0:0 '${alpha.config}' && chmod 600 '${alpha.config}'`])
					await assertFault(alpha, ['sync'], {
						code: 2,
						error: 'CONFIG_INVALID',
						message: /may not be read by this user/,
						advice: new RegExp(`^sudo chown -R ${user?.uid}:${user?.gid} .*alpha\\.json$`, 'm'),
					})
				},
			},
		])
	})

	describe('folders that no one can make', () => {
		const settings = join('/proc', 'x', 'deep')
		const rows: readonly (readonly [string, readonly string[], string, RegExp])[] = [
			[
				'certs gen --out',
				['certs', 'gen', '--name', 'n', '--out', settings],
				'CERT_UNREADABLE',
				/folder \/proc\/x\/deep/,
			],
			[
				'init --config',
				['init', '--dir', 'd', '--config', `${settings}/c.json`],
				'CONFIG_INVALID',
				/\/proc\/x\/deep\/c\.json/,
			],
		]
		concurrently([
			...rows.map(([name, args, error, message]) => ({
				name: `${name}: told at once`,
				skip: needsLinux,
				run: async () => {
					const cwd = tempFolder('proc')
					const outcome = await run([...args, '--json'], {cwd, env: {HOME: cwd}})
					assert.equal(outcome.code, 2, told(outcome))
					const fault = parseError(outcome.stdout)
					assert.equal(fault.code, error)
					assert.match(fault.message, message)
					assert.match(fault.message, /cannot be written: it does not exist \(ENOENT\)/)
				},
			})),
			{
				name: 'service install: told at once',
				skip: needsLinux,
				run: async () => {
					const device = alone('proc-service')
					const outcome = await run(['service', 'install', '--config', device.config], {
						...device.options,
						env: {...device.options.env, XDG_CONFIG_HOME: '/proc/x', PREFIX: undefined},
					})
					assert.equal(outcome.code, 2, told(outcome))
					assert.match(outcome.stderr, /service file \/proc\/x\/.* cannot be written: it does not exist \(ENOENT\)/)
				},
			},
		])
	})

	describe('surroundings', () => {
		const full = ['sh', '-c', 'exec "$0" "$@" > /dev/full'] as const
		concurrently([
			...(['--json', '--verbose'] as const).map((flag) => ({
				name: `stdout is full, ${flag}: said on stderr, 1, and the sync is done`,
				skip: needsLinux,
				run: () =>
					withPair({name: 'full-stdout'}, async ({alpha, beta}) => {
						alpha.dir.write('f', 'there', day(0))
						const outcome = await run(['sync', flag, '--config', alpha.config], {...alpha.options, under: full})
						assert.equal(outcome.code, 1, told(outcome))
						assert.match(outcome.stderr, /filesync: standard output: no space is left \(ENOSPC\)\nTry: \S/)
						assert.equal(beta.dir.read('f'), 'there')
					}),
			})),
			{
				name: 'a node whose log finds no room goes on',
				skip: needsLinux,
				run: async () => {
					const {alpha, beta} = new Pair({name: 'full-log'})
					const port = await freePort()
					beta.configure({server: {host: '127.0.0.1', port}})
					alpha.connectTo(port)
					const server = new Program(['serve', '--config', beta.config], {...beta.options, under: full})
					alpha.dir.write('f', 'there', day(0))
					await until('the node to answer', async () => (await alpha.run('sync')).code === 0)
					alpha.dir.write('g', 'too', day(0))
					await alpha.result(['sync'])
					assert.equal(beta.dir.read('g'), 'too')
					assert.equal((await server.stop()).code, 0)
				},
			},
			{
				name: 'few open files are allowed: that is what is said, with 1, and no more is concluded',
				skip: needsLinux,
				run: () =>
					withPair({name: 'few-files'}, async ({alpha, beta}) => {
						alpha.dir.write('f', 'there', day(0))
						await alpha.result(['sync'])
						let refused = 0
						// Node itself takes 18 and a program that is loaded whole some 30.
						for (let files = 20; files <= 34; files += 2) {
							const under = ['sh', '-c', `ulimit -n ${files}; exec "$0" "$@"`]
							const outcome = await run(['sync', '--config', alpha.config], {...alpha.options, under})
							// With too few Node cannot even begin.
							if (outcome.code === 0 || outcome.signal !== null || /^Node\.js v/m.test(outcome.stderr)) continue
							refused++
							assert.equal(outcome.code, 1, told(outcome))
							assert.match(outcome.stderr, /^filesync: .*too many files are open in this process \(EMFILE\)/m)
							assert.match(outcome.stderr, /^Try: raise the limit of open files/m)
						}
						assert.ok(refused > 0)
						assert.equal(beta.dir.read('f'), 'there')
					}),
			},
			{
				name: 'a user that the system does not know, without HOME',
				skip: needsRoot,
				run: async () => {
					const stranger = {uid: 54_321, gid: 54_321}
					const env = {HOME: undefined, SHELL: undefined, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined}
					const outcome = await run(['status'], {cwd: '/', env, user: stranger})
					assert.equal(outcome.code, 2, told(outcome))
					assert.match(outcome.stderr, /this user \(54321\) has no home folder: HOME is not set/)
					assert.match(outcome.stderr, /\n +export HOME=\S+\n/)
				},
			},
			{
				name: 'no native code of the database for this system: npm rebuild, in the right folder',
				run: async () => {
					const device = alone('no-binding')
					const home = installation('no-binding-copy', (modules) => {
						rmSync(join(modules, 'classic-level'))
						cpSync(join(packageRoot, 'node_modules', 'classic-level'), join(modules, 'classic-level'), {
							recursive: true,
						})
						for (const part of ['prebuilds', 'build'])
							rmSync(join(modules, 'classic-level', part), {recursive: true, force: true})
					})
					const outcome = await runCopy(home, ['sync', '--config', device.config], device.options)
					assert.equal(outcome.code, 1, told(outcome))
					assert.match(outcome.stderr, /classic-level\) has no native code for this system/)
					assert.equal(advised(outcome.stderr), `cd ${home} && npm rebuild classic-level`)
					const help = await runCopy(home, ['--help'], device.options)
					assert.equal(help.code, 0)
				},
			},
			{
				name: 'certs gen without the package that makes certificates',
				run: async () => {
					const home = installation('no-x509', (modules) => rmSync(join(modules, '@peculiar')))
					const outcome = await runCopy(home, ['certs', 'gen', '--name', 'n', '--out', home], {cwd: home})
					assert.equal(outcome.code, 1, told(outcome))
					assert.match(outcome.stderr, /installation is not complete: .*@peculiar\/x509/)
					assert.equal(advised(outcome.stderr), `cd ${home} && npm install`)
				},
			},
			{
				name: "this device's own certificate as the peer's is the cause that is told",
				run: async () => {
					const device = alone('own-pin')
					const {certs} = JSON.parse(execFileSync('cat', [device.config], {encoding: 'utf8'}))
					device.configure({certs: {...certs, peer_cert: certs.cert}})
					for (const command of ['sync', 'serve', 'watch'])
						await assertFault(device, [command], {
							code: 2,
							error: 'CERT_INVALID',
							message: /certs\.peer_cert .* is this device's own certificate/,
							advice: /copy the other device's certificate/,
						})
				},
			},
		])
	})

	describe('sync', () => {
		concurrently([
			{
				name: '--quiet names conflicts',
				run: () =>
					withPair({name: 'quiet'}, async ({alpha, beta}) => {
						alpha.dir.write('f', 'old', day(0))
						await alpha.result(['sync'])
						alpha.dir.write('f', 'here', day(1))
						beta.dir.write('f', 'there, too', day(2))
						const outcome = await alpha.run('sync', '--quiet')
						assert.deepEqual([outcome.code, outcome.stdout], [0, ''])
						assert.match(
							outcome.stderr,
							/^conflict +f: the peer keeps the name, the other is kept as f\.sync-conflict-\S+\n$/,
						)
						const again = await alpha.run('sync', '--quiet')
						assert.deepEqual([again.code, again.stdout, again.stderr], [0, '', ''])
					}),
			},
			{
				name: 'handed to a node and interrupted: it says that the node goes on, and the node does',
				run: () =>
					withPair({name: 'handed-over', alpha: {debounce_ms: 60_000}}, async (pair) => {
						const {alpha, beta} = pair
						// The transfer stands still while the command is interrupted.
						const relay = await Relay.to(await portOf(pair), {afterBytes: largeBytes / 2, what: 'hold'})
						alpha.connectTo(relay.port)
						const watch = alpha.start('watch')
						await watch.line(/Connected to beta/)
						// Its own first round is over then.
						await alpha.result(['sync'])
						alpha.dir.write('large', Buffer.alloc(largeBytes, 'x'))
						const sync = alpha.start('sync')
						await relay.reached
						await sync.line(/transferring 1 file/)
						sync.signal('SIGINT')
						const outcome = await sync.ended()
						relay.release()
						assert.equal(outcome.code, 130, told(outcome))
						assert.match(
							outcome.stderr,
							/filesync: interrupted \(SIGINT\); the running node goes on with it\nTry: filesync top\n/,
						)
						await watch.line(/Synced: 1 pushed/)
						assert.equal(statSync(beta.dir.at('large')).size, largeBytes)
						assert.equal((await watch.stop()).code, 0)
						await relay.close()
					}),
			},
		])
	})

	it('the example on one machine in the README works as it is printed', async () => {
		const home = tempFolder('readme')
		const readme = execFileSync('cat', [join(packageRoot, 'README.md')], {encoding: 'utf8'})
		const [, block = ''] = /On one machine, to try it:[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? []
		const [setUp = '', serve = ''] = block.split(/^(?=FILESYNC_NAME=one filesync serve)/m)
		assert.match(serve, /--config one\.json +# and elsewhere: filesync sync --config two\.json\n$/)
		// Others may use the printed one.
		const port = String(await freePort())
		const {FILESYNC_CONFIG: _, NODE_OPTIONS: __, ...env} = process.env
		const clean = {HOME: home, XDG_STATE_HOME: '', XDG_CONFIG_HOME: ''}
		const shell = (text: string): string =>
			execFileSync('sh', ['-ec', `filesync() { '${process.execPath}' '${bin}' "$@"; }\n${text}`], {
				cwd: home,
				encoding: 'utf8',
				stdio: ['ignore', 'pipe', 'pipe'],
				env: {...env, ...clean},
			})
		shell(setUp.replaceAll('5931', port))
		for (const file of ['A.cert', 'A.key', 'B.cert', 'B.key', 'one', 'two', 'one.json', 'two.json'])
			assert.ok(statSync(join(home, file)), file)
		writeFileSync(join(home, 'two', 'hello'), 'hello')
		const options = {cwd: home, env: {...clean, FILESYNC_NAME: 'one'}}
		const server = new Program(['serve', '--config', 'one.json'], options)
		await server.line(/Server listening/)
		const said = shell('filesync sync --config two.json')
		assert.equal((await server.stop()).code, 0)
		assert.match(said, /^Synced with one .*: 1 pushed/)
	})
})
