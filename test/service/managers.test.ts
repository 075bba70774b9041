// What install, uninstall and status promise, under every service manager: one suite, real files, real child processes in
// the places of systemctl, launchctl and sv.
import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync} from 'node:fs'
import {dirname} from 'node:path'
import type {Config} from '../../src/lib/config/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {installService, printService} from '../../src/lib/service/install.js'
import type {Machine} from '../../src/lib/service/machine.js'
import {serviceStatus} from '../../src/lib/service/status.js'
import type {Mode} from '../../src/lib/service/types.js'
import {uninstallService} from '../../src/lib/service/uninstall.js'
import {configOf, kinds} from './kinds.js'
import {Home} from './support.js'

const {signal} = new AbortController()

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
			assert.deepEqual(home.calls, real([...kind.calls.create, kind.query]))
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
			assert.deepEqual(home.calls, real([...kind.calls.again, kind.query]))
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
			assert.deepEqual(home.calls, real([...kind.calls.replace, kind.query]))
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
			assert.deepEqual(home.calls, real([kind.query]))
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
