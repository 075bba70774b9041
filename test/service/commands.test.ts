// `filesync service …` as a user runs it: the real commands in a process of their own, under systemd's names.
import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readFileSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {type Outcome, run} from '../cli/run.js'
import {type Answer, Home, odd} from './support.js'

const lib = (file: string) => new URL(`../../src/${file}`, import.meta.url).href

/** A folder whose name systemd would read otherwise; `/` would be another folder. */
const oddFolder = odd.replaceAll('/', '')

class Program {
	readonly home = new Home()
	readonly #script: string

	constructor() {
		const {folder} = this.home
		const manifest = {
			name: 'x',
			version: '1.0.0',
			type: 'module',
			oclif: {bin: 'filesync', commands: './commands', topicSeparator: ' ', topics: {service: {}}},
		}
		folder.write('package.json', JSON.stringify(manifest))
		for (const name of ['install', 'uninstall', 'status'])
			folder.write(
				`commands/service/${name}.js`,
				`export {default} from ${JSON.stringify(lib(`commands/service/${name}.js`))}\n`,
			)
		this.#script = folder.write(
			'bin/run.js',
			`const {main} = await import(${JSON.stringify(lib('lib/cli/main.js'))})\nawait main(import.meta.url)\n`,
		)
		mkdirSync(folder.at(oddFolder))
		const config = {local_dir: folder.path, certs: {cert: 'c', key: 'c', peer_cert: 'c'}, state_dir: '/state'}
		folder.write('c', '')
		folder.write('local/c', '')
		const text = JSON.stringify({...config, local_dir: folder.at('local')})
		folder.write(`${oddFolder}/c.json`, text.replaceAll('"c"', JSON.stringify(folder.at('c'))))
	}

	get config(): string {
		return this.home.folder.at(oddFolder, 'c.json')
	}

	get unit(): string {
		return this.home.folder.at(oddFolder, 'systemd/user/filesync.service')
	}

	run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
		return run(['service', ...args], {
			script: this.#script,
			cwd: this.home.folder.path,
			env: {
				HOME: homedir(),
				XDG_CONFIG_HOME: this.home.folder.at(oddFolder),
				XDG_STATE_HOME: '',
				FILESYNC_NAME: '',
				PREFIX: '',
				PATH: this.home.path,
				...env,
			},
		})
	}
}

const json = ({stdout}: Outcome): unknown => JSON.parse(stdout)

const show = (active: string, sub: string, exit: number): Answer => ({
	when: '*show*',
	out: `LoadState=loaded\nUnitFileState=enabled\nActiveState=${active}\nSubState=${sub}\nStateChangeTimestamp=Fri 2026-01-02 03:04:05 UTC\nExecMainCode=1\nExecMainStatus=${exit}\n`,
})
const look =
	'systemctl --user show filesync.service --property=LoadState,UnitFileState,ActiveState,SubState,StateChangeTimestamp,ExecMainCode,ExecMainStatus'

describe('service: the commands', () => {
	let program: Program
	before(function () {
		if (process.platform !== 'linux') this.skip()
	})
	beforeEach(() => {
		program = new Program()
		program.home.program('systemctl', [show('active', 'running', 0)])
	})
	afterEach(() => program.home.folder.remove())

	it('install, status, uninstall', async () => {
		const {home, unit, config} = program
		const installed = await program.run(['install', '--config', config])
		assert.deepEqual([installed.code, installed.stderr], [0, ''])
		assert.deepEqual(installed.stdout.split('\n').slice(0, 6), [
			'Installed filesync (systemd user service)',
			'  runs   filesync serve, because the config names no peer (with one: --mode watch, or --mode node for both)',
			`  config ${config}`,
			`  file   ${unit}`,
			'  log    journalctl --user -u filesync',
			'It runs, and starts by itself from now on.',
		])
		assert.match(installed.stdout, /loginctl enable-linger/)
		assert.deepEqual(home.calls, [
			'systemctl --user daemon-reload',
			'systemctl --user enable --now filesync.service',
			look,
		])

		home.program('systemctl', [show('failed', 'failed', 5)])
		const again = await program.run(['install', '--config', config])
		assert.match(again.stdout, /^Installed already: filesync .*\n/)
		assert.match(
			again.stdout,
			/\nIt was started, but has ended with exit code 5 \(stopped for safety\)\. Why: journalctl --user -u filesync\n/,
		)
		const status = await program.run(['status'])
		assert.deepEqual([status.code, status.stderr], [0, ''])
		assert.deepEqual(status.stdout.split('\n'), [
			'filesync (systemd user service)',
			'  state  failed since 2026-01-02 03:04:05 UTC, last exit code 5 (stopped for safety), starts by itself',
			`  file   ${unit}`,
			'  log    journalctl --user -u filesync',
			'',
		])

		const removed = await program.run(['uninstall'])
		assert.deepEqual([removed.code, removed.stderr], [0, ''])
		assert.equal(removed.stdout, `Stopped filesync and removed ${unit}\n`)
		assert.ok(!existsSync(unit))
		const gone = `filesync is not installed: there is no ${unit}\n`
		assert.equal((await program.run(['uninstall'])).stdout, gone)
		assert.equal((await program.run(['status'])).stdout, `${gone}filesync service install\n`)
	})

	it('what the unit runs, is this Node, this script and this config', async () => {
		// As a service manager would: systemd is not there, so its quoting is undone by hand.
		await program.run(['install', '--no-start', '--config', program.config, '--mode', 'serve'])
		const line = /^ExecStart=(.*)$/m.exec(readFileSync(program.unit, 'utf8'))?.[1] ?? ''
		const words = [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map(([, quoted, bare]) =>
			(quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '').replaceAll('%%', '%').replaceAll('$$', () => '$'),
		)
		const script = program.home.folder.at('bin', 'run.js')
		assert.deepEqual(words, [process.execPath, script, 'serve', '--config', program.config])
	})

	it('--json: install, status, uninstall', async () => {
		const {unit, config} = program
		const common = {service: 'filesync', system: 'systemd', file: unit}
		const log = 'journalctl --user -u filesync'
		const installed = await program.run(['install', '--json', '--no-start', '--mode', 'serve', '--config', config])
		assert.equal(installed.stderr, '')
		assert.deepEqual(json(installed), {
			ok: true,
			...common,
			mode: 'serve',
			mode_from: 'flag',
			config,
			written: 'created',
			enabled: true,
			started: false,
			active: null,
			exit_code: null,
			log,
			problem: null,
			next: [],
			hints: [`loginctl enable-linger ${userInfo().username}`, 'lets it run without a login, as on a server.'],
			warnings: [],
		})
		const state = {
			enabled: true,
			active: true,
			state: 'active (running)',
			since: '2026-01-02T03:04:05Z',
			exit_code: null,
			problem: null,
		}
		const installedStatus = {ok: true, ...common, installed: true, foreign: false, log}
		assert.deepEqual(json(await program.run(['status', '--json'])), {...installedStatus, ...state})
		assert.deepEqual(json(await program.run(['uninstall', '--json'])), {
			ok: true,
			...common,
			removed: true,
			kept: [],
			problem: null,
			next: [],
		})
	})

	it('--print prints the unit and nothing else', async () => {
		const printed = await program.run(['install', '--print', '--config', program.config])
		assert.deepEqual([printed.code, printed.stderr], [0, ''])
		assert.ok(!existsSync(program.unit))
		assert.deepEqual(program.home.calls, [])
		await program.run(['install', '--no-start', '--config', program.config])
		assert.equal(printed.stdout, readFileSync(program.unit, 'utf8'))
	})

	it('without systemctl the file is written, and it says what to run', async () => {
		const {code, stdout, stderr} = await program.run(['install', '--config', program.config], {PATH: '/nowhere'})
		assert.equal(code, 0)
		assert.match(stderr, /^filesync: warning: the service is written, but .*systemctl cannot be run: .*ENOENT/)
		assert.match(
			stdout,
			/To enable and start it later, run:\n {2}systemctl --user daemon-reload\n {2}systemctl --user enable --now filesync\.service\n/,
		)
		assert.ok(existsSync(program.unit))
	})

	it('without a bus the same', async () => {
		program.home.program('systemctl', [{when: '*', code: 1, err: 'Failed to connect to bus: No medium found\n'}])
		const {code, stdout, stderr} = await program.run(['install', '--config', program.config])
		assert.equal(code, 0)
		assert.match(stderr, /warning: .*daemon-reload: Failed to connect to bus: No medium found/)
		assert.match(stdout, /To enable and start it later, run:/)
		const status = await program.run(['status'])
		assert.deepEqual(
			[status.code, /state {2}(.*)/.exec(status.stdout)?.[1]],
			[0, 'unknown: Failed to connect to bus: No medium found'],
		)
		const removed = await program.run(['uninstall'])
		assert.deepEqual([removed.code, existsSync(program.unit)], [0, false])
		assert.match(removed.stdout, /If it still runs:\n {2}systemctl --user stop filesync\.service/)
	})

	it('a manager that refuses is exit code 1', async () => {
		program.home.program('systemctl', [{when: '*enable*', code: 1, err: 'masked\u001b[2J\n'}])
		const {code, stderr} = await program.run(['install', '--config', program.config])
		assert.equal(code, 1)
		assert.match(stderr, /masked\\x1b\[2J/)
	})

	it('errors: a broken config, no peer, an own file that differs, a file of others, a bad name', async () => {
		const {home, config, unit} = program
		const broken = home.folder.write('broken.json', '{')
		const cases: readonly [args: readonly string[], code: string][] = [
			[['install', '--config', broken], 'CONFIG_INVALID'],
			[['install', '--config', home.folder.at('none.json')], 'CONFIG_MISSING'],
			[['install', '--mode', 'watch', '--config', config], 'CONFIG_INVALID'],
			[['install', '--mode', 'both', '--config', config], 'USAGE'],
			[['install', '--name', 'a/b', '--config', config], 'USAGE'],
			[['uninstall', '--name', ''], 'USAGE'],
		]
		for (const [args, expected] of cases) {
			const outcome = await program.run([...args, '--json'])
			assert.equal(outcome.code, 2, outcome.stderr)
			assert.match(outcome.stdout, new RegExp(`"code": "${expected}"`), args.join(' '))
		}
		home.folder.write(`${oddFolder}/systemd/user/filesync.service`, 'mine\n')
		const refused = await program.run(['install', '--config', config])
		assert.equal(refused.code, 2)
		assert.match(refused.stderr, /did not write it; nothing was written\nTry: add --name NAME .*\n {5}add --force/)
		assert.equal((await program.run(['uninstall'])).code, 2)
		assert.equal(readFileSync(unit, 'utf8'), 'mine\n')
		assert.deepEqual(home.calls, [])
	})

	it('in Termux: scripts of termux-services', async () => {
		const {home, config} = program
		mkdirSync(home.folder.at('usr/var/service'), {recursive: true})
		home.program('sv', [{when: 'status*', out: 'run: x: (pid 1) 2s\n'}])
		const env = {PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}
		const {code, stdout} = await program.run(['install', '--config', config], env)
		assert.equal(code, 0)
		assert.match(stdout, /^Installed filesync \(termux-services\)\n[\s\S]*termux-wake-lock/)
		const folder = home.folder.at('usr/var/service/filesync')
		assert.deepEqual(home.calls, [`sv up ${folder}`, `sv status ${folder}`])
		assert.equal((await program.run(['uninstall'], env)).stdout, `Stopped filesync and removed ${folder}/run\n`)
		assert.ok(!existsSync(folder))
	})
})
