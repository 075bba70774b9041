// What is true under one service manager alone, and where there is none. Real files, real child processes.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, rmSync, symlinkSync} from 'node:fs'
import {dirname} from 'node:path'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {installService} from '../../src/lib/service/install.js'
import {serviceStatus} from '../../src/lib/service/status.js'
import {uninstallService} from '../../src/lib/service/uninstall.js'
import {configOf, noBus} from './kinds.js'
import {Home} from './support.js'

const {signal} = new AbortController()

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
