// What a service runs, and what service managers say of it: tables over pure functions.
import assert from 'node:assert/strict'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {type Machine, termuxPrefix} from '../../src/lib/service/machine.js'
import {elsewhere} from '../../src/lib/service/managers/elsewhere.js'
import {readPrint} from '../../src/lib/service/managers/launchd.js'
import {readShow} from '../../src/lib/service/managers/systemd.js'
import {readStatus} from '../../src/lib/service/managers/termux.js'
import {chooseMode, parseServiceName, specOf} from '../../src/lib/service/spec.js'
import type {Ended, Mode, State} from '../../src/lib/service/types.js'
import {odd, spec} from './support.js'

const codeIs = (code: string, text?: RegExp) => (error: unknown) =>
	error instanceof FileSyncError && error.code === code && (text === undefined || text.test(error.message))

const peer = {host: 'phone', port: 5555}

describe('service: what it runs', () => {
	for (const [name, service] of [
		[undefined, 'filesync'],
		['photos', 'filesync-photos'],
		['A.b_c-9', 'filesync-A.b_c-9'],
		['x'.repeat(64), `filesync-${'x'.repeat(64)}`],
	] as const)
		it(`the name ${name}`, () => assert.equal(parseServiceName(name), service))

	for (const name of ['', '-x', '.', '..', 'a/b', 'a b', 'a@b', 'é', 'a\nb', 'x'.repeat(65)])
		it(`refuses the name ${JSON.stringify(name)}`, () =>
			assert.throws(() => parseServiceName(name), codeIs('USAGE', /--name is .*; it wants/)))

	const modes: readonly [name: string, asked: Mode | undefined, hasPeer: boolean, mode: Mode | 'CONFIG_INVALID'][] = [
		['a peer: watch', undefined, true, 'watch'],
		['no peer: serve', undefined, false, 'serve'],
		['serve is asked for, with a peer', 'serve', true, 'serve'],
		['node is asked for', 'node', true, 'node'],
		['watch without a peer', 'watch', false, 'CONFIG_INVALID'],
		['node without a peer', 'node', false, 'CONFIG_INVALID'],
	]
	for (const [name, asked, hasPeer, mode] of modes)
		it(`the mode: ${name}`, () => {
			const choose = () => chooseMode(asked, {file: '/c.json', peer: hasPeer ? peer : null})
			if (mode === 'CONFIG_INVALID') assert.throws(choose, codeIs(mode))
			else assert.equal(choose(), mode)
		})

	const machine = (change: Partial<Machine>): Machine => ({
		platform: 'linux',
		env: {},
		home: '/home/ann',
		accountHome: '/home/ann',
		uid: 1000,
		user: 'ann',
		node: '/node',
		script: '/filesync',
		lingers: false,
		runtimeDir: undefined,
		pauseMs: 1,
		settleMs: 1,
		...change,
	})
	const environments: readonly [name: string, change: Partial<Machine>, env: Record<string, string>][] = [
		['nothing is kept that is as usual', {env: {HOME: '/home/ann', PATH: '/bin', LANG: 'de'}}, {}],
		['the name', {env: {FILESYNC_NAME: 'laptop'}}, {FILESYNC_NAME: 'laptop'}],
		['no empty name', {env: {FILESYNC_NAME: ''}}, {}],
		['where the state is', {env: {XDG_STATE_HOME: '/s'}}, {XDG_STATE_HOME: '/s'}],
		['a relative state folder is ignored', {env: {XDG_STATE_HOME: 's'}}, {}],
		['another home', {home: '/elsewhere'}, {HOME: '/elsewhere'}],
	]
	for (const [name, change, env] of environments)
		it(`the environment: ${name}`, () =>
			assert.deepEqual(specOf(parseServiceName(undefined), 'serve', {file: '/c'}, machine(change)).env, env))

	for (const [name, file, change] of [
		['a config', '/a\nb', {}],
		['a program', '/c', {script: '/a\u0007b'}],
		['a variable', '/c', {env: {FILESYNC_NAME: 'a\u0085b'}}],
	] as const)
		it(`refuses control characters in ${name}`, () =>
			assert.throws(
				() => specOf(parseServiceName(undefined), 'serve', {file}, machine(change)),
				codeIs('USAGE', /control character/),
			))

	const prefix = '/data/data/com.termux/files/usr'
	for (const [name, platform, env, expected] of [
		['Termux', 'android', {PREFIX: prefix, TERMUX_VERSION: '0.118'}, prefix],
		['Termux before it told its version', 'android', {PREFIX: prefix}, prefix],
		['a Termux that says linux', 'linux', {PREFIX: '/x', TERMUX_VERSION: '0.118'}, '/x'],
		['another PREFIX', 'linux', {PREFIX: '/opt/conda'}, undefined],
		['no PREFIX', 'android', {TERMUX_VERSION: '0.118'}, undefined],
		['macOS', 'darwin', {PREFIX: '/x', TERMUX_VERSION: '0.118'}, undefined],
	] as const)
		it(`is it Termux: ${name}`, () => assert.equal(termuxPrefix({platform, env}), expected))

	it('Windows: the command for the Task Scheduler', () => {
		const windows = spec({
			node: 'C:\\Program Files\\nodejs\\node.exe',
			script: 'C:\\npm\\run.js',
			configFile: "C:\\Users\\O'Hara\\my sync\\c.json",
		})
		const {code, message, advice} = elsewhere(windows, 'win32')
		assert.equal(code, 'USAGE')
		assert.match(message, /Task Scheduler/)
		assert.ok(
			advice[0]?.includes(
				`-Execute '"C:\\Program Files\\nodejs\\node.exe"' -Argument 'C:\\npm\\run.js watch --config "C:\\Users\\O''Hara\\my sync\\c.json"'`,
			),
			advice[0],
		)
	})

	it('another system: the command itself', () => {
		const {code, message, advice} = elsewhere(spec({configFile: '/a b'}), 'freebsd')
		assert.equal(code, 'USAGE')
		assert.match(message, /freebsd/)
		assert.ok(advice[0]?.endsWith(": /usr/bin/node /usr/local/bin/filesync watch --config '/a b'"), advice[0])
	})
})

const ended = (stdout: string, code = 0, stderr = ''): Ended => ({kind: 'ended', code, stdout, stderr})
const state = (change: Partial<State>): State => ({
	enabled: null,
	active: null,
	state: null,
	since: null,
	exit_code: null,
	problem: null,
	...change,
})

describe('service: what the managers say', () => {
	const show = (change: Record<string, string>): Ended =>
		ended(
			Object.entries({
				LoadState: 'loaded',
				UnitFileState: 'enabled',
				ActiveState: 'active',
				SubState: 'running',
				...change,
			})
				.map(([key, value]) => `${key}=${value}\n`)
				.join(''),
		)
	const failed = {ActiveState: 'failed', SubState: 'failed', ExecMainCode: '1', ExecMainStatus: '4'}
	const systemd: readonly [name: string, answer: Ended, expected: State][] = [
		[
			'it runs',
			show({StateChangeTimestamp: 'Fri 2026-01-02 03:04:05 UTC', ExecMainCode: '0', ExecMainStatus: '0'}),
			state({enabled: true, active: true, state: 'active (running)', since: '2026-01-02T03:04:05Z'}),
		],
		['it failed', show(failed), state({enabled: true, active: false, state: 'failed', exit_code: 4})],
		[
			'it was killed',
			show({...failed, ExecMainCode: '2', ExecMainStatus: '9'}),
			state({enabled: true, active: false, state: 'failed'}),
		],
		[
			'never started, not enabled, another zone',
			show({
				UnitFileState: 'disabled',
				ActiveState: 'inactive',
				SubState: 'dead',
				StateChangeTimestamp: 'Fri 2026-01-02 03:04:05 CET',
			}),
			state({enabled: false, active: false, state: 'inactive (dead)'}),
		],
		[
			'not loaded',
			show({LoadState: 'not-found', UnitFileState: '', ActiveState: 'inactive', SubState: 'dead'}),
			state({enabled: false, active: false, state: 'not loaded'}),
		],
		['no bus', ended('', 1, 'Failed to connect to bus: x\n'), state({problem: 'Failed to connect to bus: x'})],
		['no systemctl', {kind: 'missing', message: 'not there'}, state({problem: 'not there'})],
	]
	for (const [name, answer, expected] of systemd)
		it(`systemd: ${name}`, () => assert.deepEqual(readShow(answer), expected))

	const print = (running: string, exit: string): Ended =>
		ended(
			`gui/501/filesync = {\n\tactive count = 1\n\tstate = ${running}\n\n\tpid = 7\n\tlast exit code = ${exit}\n\tendpoints = {\n\t\tstate = odd\n\t}\n}\n`,
		)
	const launchd: readonly [name: string, answer: Ended, expected: State][] = [
		['it runs', print('running', '(never exited)'), state({enabled: true, active: true, state: 'running'})],
		[
			'it waits',
			print('not running', '2: x'),
			state({enabled: true, active: false, state: 'not running', exit_code: 2}),
		],
		[
			'not loaded',
			ended('', 113, 'Could not find service'),
			state({enabled: true, active: false, state: 'not loaded'}),
		],
		['no launchctl', {kind: 'missing', message: 'not there'}, state({problem: 'not there'})],
	]
	for (const [name, answer, expected] of launchd)
		it(`launchd: ${name}`, () => assert.deepEqual(readPrint(answer), expected))

	const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
	const runit: readonly [name: string, answer: Ended, expected: State][] = [
		[
			'it runs',
			ended('run: /t/filesync: (pid 12) 60s; run: log: (pid 13) 90s\n'),
			state({enabled: true, active: true, state: 'run', since: '2026-01-02T03:03:05Z'}),
		],
		[
			'it runs, once',
			ended('run: /t/filesync: (pid 12) 0s, normally down; run: log: (pid 13) 90s\n'),
			state({enabled: false, active: true, state: 'run', since: '2026-01-02T03:04:05Z'}),
		],
		[
			'it was stopped',
			ended('down: /t/filesync: 5s, normally up; run: log: (pid 13) 90s\n'),
			state({enabled: true, active: false, state: 'down', since: '2026-01-02T03:04:00Z'}),
		],
		[
			'it is held back',
			ended('down: /t/filesync: 5s\n'),
			state({enabled: false, active: false, state: 'down', since: '2026-01-02T03:04:00Z'}),
		],
		[
			'no supervisor',
			ended('fail: /t/filesync: runsv not running\n', 1),
			state({problem: 'fail: /t/filesync: runsv not running'}),
		],
		['no sv', {kind: 'missing', message: 'not there'}, state({problem: 'not there'})],
	]
	for (const [name, answer, expected] of runit)
		it(`runit: ${name}`, () => assert.deepEqual(readStatus(answer, nowMs), expected))
})

it('service: the odd path of these tests has no control character', () => assert.doesNotMatch(odd, /\p{Cc}/u))
