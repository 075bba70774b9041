// What install, uninstall and status promise, under every service manager: one suite, real files, real child processes in
// the places of systemctl, launchctl and sv.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs'
import {dirname} from 'node:path'
import type {Config} from '../../src/lib/config/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {installService, printService} from '../../src/lib/service/install.js'
import type {Machine} from '../../src/lib/service/machine.js'
import {serviceStatus} from '../../src/lib/service/status.js'
import type {Mode, System} from '../../src/lib/service/types.js'
import {uninstallService} from '../../src/lib/service/uninstall.js'
import {type Answer, Home} from './support.js'

/** A service manager, and what is true of it alone. `DIR`: the folder of the service's file, `HOME`: the home folder. */
interface Kind {
	readonly system: System
	readonly program: string
	readonly file: string
	readonly change: (home: Home) => Partial<Machine>
	/** How it answers where there is nobody to ask. */
	readonly nobody: Answer
	readonly refuses: Answer
	readonly calls: Readonly<Record<'create' | 'replace' | 'again' | 'noStart' | 'uninstall', readonly string[]>>
	readonly next: readonly string[]
	readonly afterUninstall: readonly string[]
	readonly look: string
	readonly runs: Answer
	readonly ended: Answer & {readonly exit_code: number | null}
	readonly startsLater: boolean
}

const noBus = 'Failed to connect to bus: No medium found\n'

const kinds: readonly Kind[] = [
	{
		system: 'systemd',
		program: 'systemctl',
		file: '.config/systemd/user/filesync.service',
		change: () => ({}),
		nobody: {when: '*', code: 1, err: noBus},
		refuses: {when: '*enable*', code: 1, err: 'Failed to enable unit: it is masked\n'},
		calls: {
			create: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
			replace: [
				'systemctl --user daemon-reload',
				'systemctl --user enable filesync.service',
				'systemctl --user restart filesync.service',
			],
			again: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
			noStart: ['systemctl --user daemon-reload', 'systemctl --user enable filesync.service'],
			uninstall: [
				'systemctl --user daemon-reload',
				'systemctl --user disable --now filesync.service',
				'systemctl --user daemon-reload',
				'systemctl --user reset-failed filesync.service',
			],
		},
		next: ['systemctl --user daemon-reload', 'systemctl --user enable --now filesync.service'],
		afterUninstall: ['systemctl --user stop filesync.service', 'systemctl --user daemon-reload'],
		look: 'systemctl --user show filesync.service --property=LoadState,UnitFileState,ActiveState,SubState,StateChangeTimestamp,ExecMainCode,ExecMainStatus',
		ended: {
			when: '*show*',
			out: 'LoadState=loaded\nUnitFileState=enabled\nActiveState=failed\nSubState=failed\nExecMainCode=1\nExecMainStatus=2\n',
			exit_code: 2,
		},
		runs: {
			when: '*show*',
			out: 'LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nSubState=running\nStateChangeTimestamp=Fri 2026-01-02 03:04:05 UTC\n',
		},
		startsLater: true,
	},
	{
		system: 'launchd',
		program: 'launchctl',
		file: 'Library/LaunchAgents/filesync.plist',
		change: () => ({platform: 'darwin'}),
		nobody: {when: '*', code: 125, err: 'Domain does not support specified action\n'},
		refuses: {when: '*bootstrap*', code: 5, err: 'Bootstrap failed: 5: Input/output error\n'},
		calls: {
			create: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootout gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
			],
			replace: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootout gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
			],
			again: [
				'launchctl print gui/501',
				'launchctl enable gui/501/filesync',
				'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
				'launchctl kickstart gui/501/filesync',
			],
			noStart: ['launchctl print gui/501', 'launchctl enable gui/501/filesync'],
			uninstall: ['launchctl print gui/501', 'launchctl bootout gui/501/filesync'],
		},
		next: [
			'launchctl print gui/501',
			'launchctl enable gui/501/filesync',
			'launchctl bootout gui/501/filesync',
			'launchctl bootstrap gui/501 HOME/Library/LaunchAgents/filesync.plist',
		],
		afterUninstall: ['launchctl bootout gui/501/filesync'],
		look: 'launchctl print gui/501/filesync',
		ended: {
			when: 'print*',
			out: 'gui/501/filesync = {\n\tstate = spawn scheduled\n\tlast exit code = 2\n}\n',
			exit_code: 2,
		},
		runs: {when: 'print*', out: 'gui/501/filesync = {\n\tstate = running\n}\n'},
		startsLater: true,
	},
	{
		system: 'termux',
		program: 'sv',
		file: 'usr/var/service/filesync/run',
		change: (home) => {
			mkdirSync(home.folder.at('usr/var/service'), {recursive: true})
			const env = {PATH: home.path, PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}
			return {env}
		},
		nobody: {when: '*', code: 1, err: 'fail: filesync: unable to open supervise/ok\n'},
		refuses: {when: '*restart*', code: 1, err: 'timeout: run: filesync\n'},
		calls: {
			create: ['sv up DIR'],
			replace: ['sv up DIR', 'sv -w 40 restart DIR'],
			again: ['sv up DIR'],
			noStart: ['sv down DIR'],
			uninstall: ['sv -w 40 stop DIR'],
		},
		next: ['rm -f DIR/down', 'sv up DIR'],
		afterUninstall: [],
		look: 'sv status DIR',
		ended: {when: 'status*', out: 'down: filesync: 1s, normally up\n', exit_code: null},
		runs: {when: 'status*', out: 'run: filesync: (pid 12) 60s; run: log: (pid 13) 90s\n'},
		startsLater: false,
	},
]

const {signal} = new AbortController()

function configOf(home: Home, change: Partial<Config> = {}): Config {
	const file = home.folder.write('c.json', '')
	return {
		file,
		localDir: home.folder.path,
		peer: {host: 'phone', port: 5555},
		certs: {cert: file, key: file, peerCert: file},
		server: {host: '0.0.0.0', port: 5555},
		debounceMs: 800,
		mtimeSkewSec: 2,
		maxConcurrency: 1,
		ignore: [],
		trashDays: 30,
		maxDeletePercent: 50,
		rescanIntervalSec: 60,
		stateDir: '/state',
		logLevel: 'info',
		warnings: [],
		...change,
	}
}

for (const kind of kinds)
	describe(`service: under ${kind.system}`, () => {
		let home: Home
		let machine: Machine
		before(function () {
			if (process.platform === 'win32') this.skip()
		})
		beforeEach(() => {
			home = new Home()
			home.program(kind.program, [kind.runs])
			machine = home.machine(kind.change(home))
		})
		afterEach(() => home.folder.remove())

		const file = () => home.folder.at(kind.file)
		const real = (calls: readonly string[]) =>
			calls.map((call) => call.replaceAll('DIR', dirname(file())).replaceAll('HOME', home.folder.path))
		const install = (change: {mode?: Mode; force?: boolean; start?: boolean; name?: string; config?: Config} = {}) => {
			const {mode, force = false, start = true, name, config = configOf(home)} = change
			return installService({config, name, mode, force, start}, machine, signal)
		}
		const uninstall = () => uninstallService(undefined, machine, signal)
		const status = () => serviceStatus(undefined, machine, Date.UTC(2026, 0, 2, 3, 5, 5), signal)
		const refuses = (code: string, text: RegExp) => (error: unknown) =>
			error instanceof FileSyncError && error.code === code && text.test(error.message)

		it('install writes the file and starts it', async () => {
			const result = await install()
			assert.deepEqual(home.calls, real([...kind.calls.create, kind.look]))
			const {hints: _, log: __, ...rest} = result
			assert.deepEqual(rest, {
				ok: true,
				service: 'filesync',
				system: kind.system,
				mode: 'watch',
				mode_from: 'config',
				config: home.folder.at('c.json'),
				file: file(),
				written: 'created',
				enabled: true,
				started: true,
				active: true,
				exit_code: null,
				problem: null,
				next: [],
				warnings: [],
			})
			assert.match(readFileSync(file(), 'utf8'), /Written by filesync service install[\s\S]*watch/)
			assert.deepEqual(
				readdirSync(dirname(file())).filter((name) => name.includes('tmp')),
				[],
			)
		})

		it('install again changes nothing on disk', async () => {
			await install()
			const {ino, mtimeMs} = statSync(file())
			home.calls
			assert.equal((await install()).written, 'unchanged')
			assert.deepEqual(home.calls, real([...kind.calls.again, kind.look]))
			assert.deepEqual([statSync(file()).ino, statSync(file()).mtimeMs], [ino, mtimeMs])
		})

		it('install refuses to replace its own file with another content, but for --force', async () => {
			await install()
			const before = readFileSync(file(), 'utf8')
			home.calls
			await assert.rejects(install({mode: 'serve'}), refuses('CONFIG_EXISTS', /another config, mode or program/))
			assert.equal(readFileSync(file(), 'utf8'), before)
			assert.deepEqual(home.calls, [])
			const result = await install({mode: 'serve', force: true})
			assert.deepEqual([result.written, result.started], ['replaced', true])
			assert.match(readFileSync(file(), 'utf8'), /serve/)
			assert.deepEqual(home.calls, real([...kind.calls.replace, kind.look]))
		})

		it('install refuses to replace a file of others, but for --force', async () => {
			home.folder.write(kind.file, 'mine\n')
			await assert.rejects(install(), refuses('CONFIG_EXISTS', /FileSync did not write it/))
			assert.equal(readFileSync(file(), 'utf8'), 'mine\n')
			assert.deepEqual(home.calls, [])
			assert.equal((await install({force: true})).written, 'replaced')
		})

		it('install refuses what is no file, and a dangling link', async () => {
			mkdirSync(file(), {recursive: true})
			await assert.rejects(install(), refuses('CONFIG_EXISTS', /FileSync did not write it/))
			await assert.rejects(install({force: true}), refuses('USAGE', /cannot be written/))
			home.folder.remove()
			home.folder.write('c.json', '')
			kind.change(home)
			mkdirSync(dirname(file()), {recursive: true})
			symlinkSync('nowhere', file())
			await assert.rejects(install(), refuses('CONFIG_EXISTS', /FileSync did not write it/))
		})

		it('install --no-start', async () => {
			const result = await install({start: false})
			assert.deepEqual(home.calls, real(kind.calls.noStart))
			assert.deepEqual([result.enabled, result.started, result.next], [kind.startsLater, false, []])
		})

		it('install where nobody answers: the file stays, and it says what to run', async () => {
			home.program(kind.program, [kind.nobody])
			const {ok, enabled, started, problem, next} = await install()
			assert.deepEqual([ok, enabled, started, next], [true, false, false, real(kind.next)])
			assert.equal(problem?.kind, 'unreachable')
			assert.equal(problem?.message, kind.nobody.err?.trim())
			assert.ok(existsSync(file()))
		})

		it('install where the program is missing', async () => {
			const env = {...machine.env, PATH: '/nowhere'}
			machine = {...machine, env}
			const {ok, problem, next} = await install()
			assert.deepEqual([ok, problem?.kind, next], [true, 'unreachable', real(kind.next)])
			assert.match(problem?.message ?? '', /cannot be run: .*ENOENT/)
			assert.ok(existsSync(file()))
		})

		it('install where the manager refuses is a failure; the file stays', async () => {
			await install()
			home.program(kind.program, [kind.refuses, kind.runs])
			const {ok, problem, started} = await install({mode: 'serve', force: true})
			assert.deepEqual([ok, problem?.kind, started], [false, 'refused', false])
			assert.equal(problem?.message, kind.refuses.err?.trim())
			assert.match(readFileSync(file(), 'utf8'), /serve/)
		})

		it('install tells when the service has ended at once', async () => {
			home.program(kind.program, [kind.ended])
			const {ok, started, active, exit_code} = await install()
			assert.deepEqual([ok, started, active, exit_code], [true, true, false, kind.ended.exit_code])
		})

		it('--print writes and runs nothing, and shows what install would write', async () => {
			const print = printService({config: configOf(home), name: undefined, mode: undefined}, machine)
			assert.ok(!existsSync(file()))
			assert.deepEqual(home.calls, [])
			assert.equal(print.files.at(-1)?.path, file())
			await install()
			for (const {path, text} of print.files) assert.equal(readFileSync(path, 'utf8'), text)
		})

		it('install warns of what is missing, and of sudo', async () => {
			machine = {...machine, env: {...machine.env, SUDO_USER: 'bob'}}
			const {warnings} = await install({
				config: configOf(home, {localDir: '/gone', certs: {cert: '/c', key: '/k', peerCert: '/p'}}),
			})
			assert.deepEqual(
				warnings.map((warning) => /^(\S+) does not exist/.exec(warning)?.[1] ?? warning),
				[...['/gone', '/c', '/k', '/p'], 'this is a service of ann; for one of bob run it without sudo'],
			)
		})

		it('two services, one uninstalled', async () => {
			await install()
			const second = await install({name: 'photos', mode: 'serve'})
			assert.equal(second.service, 'filesync-photos')
			assert.notEqual(second.file, file())
			await uninstall()
			assert.deepEqual([existsSync(file()), existsSync(second.file)], [false, true])
		})

		it('uninstall stops it and removes all that install wrote', async () => {
			const before = home.folder.at(kind.system === 'termux' ? 'usr/var/service' : '')
			await install()
			home.calls
			assert.deepEqual(await uninstall(), {
				ok: true,
				service: 'filesync',
				system: kind.system,
				file: file(),
				removed: true,
				kept: [],
				problem: null,
				next: [],
			})
			assert.deepEqual(home.calls, real(kind.calls.uninstall))
			assert.ok(!existsSync(file()))
			if (kind.system === 'termux') assert.deepEqual(readdirSync(before), [])
		})

		it('uninstall where there is nothing', async () => {
			const {ok, removed, problem} = await uninstall()
			assert.deepEqual([ok, removed, problem], [true, false, null])
			assert.deepEqual(home.calls, [])
		})

		it('uninstall leaves a file of others alone', async () => {
			home.folder.write(kind.file, 'mine\n')
			await assert.rejects(uninstall(), refuses('USAGE', /was not written by FileSync/))
			assert.equal(readFileSync(file(), 'utf8'), 'mine\n')
			assert.deepEqual(home.calls, [])
		})

		it('uninstall where nobody answers: the file goes, and it says what to run', async () => {
			await install()
			home.program(kind.program, [kind.nobody])
			const {ok, removed, problem, next} = await uninstall()
			assert.deepEqual([ok, removed, problem?.kind, next], [true, true, 'unreachable', kind.afterUninstall])
			assert.ok(!existsSync(file()))
		})

		it('status of a service that runs', async () => {
			await install()
			const {installed, enabled, active, since, problem, file: told} = await status()
			assert.deepEqual([installed, enabled, active, problem, told], [true, true, true, null, file()])
			const expected = {systemd: '2026-01-02T03:04:05Z', launchd: null, termux: '2026-01-02T03:04:05Z'}
			assert.equal(since, expected[kind.system])
		})

		it('status changes nothing', async () => {
			await install()
			home.calls
			await status()
			assert.deepEqual(home.calls, real([kind.look]))
		})

		it('status where there is nothing, and of a file of others', async () => {
			const nothing = await status()
			assert.deepEqual(
				[nothing.installed, nothing.foreign, nothing.enabled, nothing.active],
				[false, false, false, false],
			)
			home.folder.write(kind.file, 'mine\n')
			const foreign = await status()
			assert.deepEqual([foreign.installed, foreign.foreign], [false, true])
			assert.deepEqual(home.calls, [])
		})

		it('status where the program is missing', async () => {
			await install()
			machine = {...machine, env: {...machine.env, PATH: '/nowhere'}}
			const {installed, active, problem} = await status()
			assert.deepEqual([installed, active], [true, null])
			assert.match(problem ?? '', /cannot be run/)
		})
	})

describe('service: under each manager alone', () => {
	let home: Home
	before(function () {
		if (process.platform === 'win32') this.skip()
	})
	beforeEach(() => {
		home = new Home()
	})
	afterEach(() => home.folder.remove())
	const order = () => ({config: configOf(home), name: undefined, mode: undefined, force: false, start: true})

	it('systemd: without a bus the link that enables it is removed too', async () => {
		home.program('systemctl', [{when: '*', code: 1, err: noBus}])
		const machine = home.machine()
		await installService(order(), machine, signal)
		const wants = home.folder.at('.config/systemd/user/default.target.wants')
		mkdirSync(wants)
		symlinkSync('../filesync.service', `${wants}/filesync.service`)
		symlinkSync('../other.service', `${wants}/other.service`)
		await uninstallService(undefined, machine, signal)
		assert.deepEqual(readdirSync(wants), ['other.service'])
	})

	it("systemd: a masked unit (a link to /dev/null) and a pipe are not FileSync's", async () => {
		home.program('systemctl')
		const unit = home.folder.at('.config/systemd/user/filesync.service')
		mkdirSync(dirname(unit), {recursive: true})
		for (const make of [() => symlinkSync('/dev/null', unit), () => spawnSync('mkfifo', [unit])]) {
			make()
			await assert.rejects(installService(order(), home.machine(), signal), {code: 'CONFIG_EXISTS'})
			await assert.rejects(uninstallService(undefined, home.machine(), signal), {code: 'USAGE'})
			rmSync(unit)
		}
	})

	it('systemd: the linger hint goes where it is done', async () => {
		home.program('systemctl')
		const hints = async (lingers: boolean) => (await installService(order(), home.machine({lingers}), signal)).hints
		assert.match((await hints(false)).join(), /^loginctl enable-linger ann,/)
		assert.deepEqual(await hints(true), [])
	})

	it('systemd: asks in plain English and UTC, at the bus of this user', async () => {
		home.program('systemctl', [{when: '*show*', code: 1, err: '$LC_ALL'}])
		home.folder.write(
			'programs/systemctl',
			`#!/bin/sh\nprintf '%s %s %s' "$LC_ALL" "$TZ" "$XDG_RUNTIME_DIR" >&2\nexit 1\n`,
		)
		const machine = home.machine({
			runtimeDir: '/run/user/501',
			env: {PATH: home.path, LC_ALL: 'de_DE.UTF-8', TZ: 'CET'},
		})
		await installService(order(), machine, signal)
		const {problem} = await serviceStatus(undefined, machine, 0, signal)
		assert.equal(problem, 'C UTC /run/user/501')
	})

	it('launchd: bootstrap is tried again while the old agent goes', async () => {
		const gone = home.folder.at('gone')
		home.program('launchctl')
		home.folder.write(
			'programs/launchctl',
			`#!/bin/sh\ncase "$1" in bootstrap) [ -e '${gone}' ] && exit 0; echo > '${gone}'; echo 'Input/output error' >&2; exit 5;; esac\n`,
		)
		const {problem, started} = await installService(order(), home.machine({platform: 'darwin'}), signal)
		assert.deepEqual([problem, started], [null, true])
	})

	it('termux: without termux-services it says what to install, and writes nothing', async () => {
		const env = {PATH: home.path, PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}
		await assert.rejects(
			installService(order(), home.machine({env}), signal),
			(error) => error instanceof FileSyncError && error.advice[0]?.startsWith('pkg install termux-services') === true,
		)
		assert.ok(!existsSync(home.folder.at('usr')))
	})

	it('termux: --no-start holds it back, install lets it go', async () => {
		home.program('sv')
		mkdirSync(home.folder.at('usr/var/service'), {recursive: true})
		const machine = home.machine({env: {PATH: home.path, PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}})
		const down = home.folder.at('usr/var/service/filesync/down')
		await installService({...order(), start: false}, machine, signal)
		assert.ok(existsSync(down))
		await installService(order(), machine, signal)
		assert.ok(!existsSync(down))
	})

	it('termux: uninstall leaves what others put into its folder', async () => {
		home.program('sv')
		mkdirSync(home.folder.at('usr/var/service'), {recursive: true})
		const machine = home.machine({env: {PATH: home.path, PREFIX: home.folder.at('usr'), TERMUX_VERSION: '0.118'}})
		await installService(order(), machine, signal)
		home.folder.write('usr/var/service/filesync/supervise/status', 'x')
		home.folder.write('usr/var/service/filesync/log/config', 'mine')
		home.folder.write('usr/var/service/filesync/finish', 'mine')
		const {kept} = await uninstallService(undefined, machine, signal)
		const at = (name: string) => home.folder.at('usr/var/service/filesync', name)
		assert.deepEqual(kept, [at('finish'), at('log'), home.folder.at('usr/var/service/filesync')])
		assert.deepEqual(readdirSync(at('')).sort(), ['finish', 'log'])
	})

	it('elsewhere nothing is installed, and install says why', async () => {
		const machine = home.machine({platform: 'win32'})
		await assert.rejects(
			installService(order(), machine, signal),
			(error) => error instanceof FileSyncError && /Task Scheduler/.test(error.message),
		)
		const status = await serviceStatus(undefined, machine, 0, signal)
		assert.deepEqual([status.system, status.installed], [null, false])
		const {removed, system} = await uninstallService(undefined, machine, signal)
		assert.deepEqual([removed, system], [false, null])
	})

	it('a service manager that hangs is left when the user interrupts', async () => {
		home.program('systemctl')
		home.folder.write('programs/systemctl', '#!/bin/sh\nexec sleep 60\n')
		const controller = new AbortController()
		const running = installService(order(), home.machine(), controller.signal)
		setTimeout(() => controller.abort(), 50)
		await assert.rejects(running, {name: 'AbortError'})
	})
})
