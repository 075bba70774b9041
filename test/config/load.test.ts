// Which file is read, what its settings become, and every fault that a user can make in it.
import assert from 'node:assert/strict'
import {mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {type Config, loadConfig, requirePeer} from '../../src/lib/config/index.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {Folder} from './folder.js'

const certs = {cert: '~/sync-certs/a.cert', key: '~/sync-certs/a.key', peer_cert: '~/sync-certs/b.cert'}
const least = {local_dir: '~/Sync', certs}

/** The eleven settings of the original program, as its README had them. */
const original = {
	local_dir: '~/Sync',
	peer: {host: '192.168.1.20', port: 5555},
	certs,
	server: {host: '0.0.0.0', port: 5555},
	debounce_ms: 800,
	mtime_skew_sec: 2,
	max_concurrency: 1,
}

describe('config: load', () => {
	let folder: Folder
	beforeEach(() => {
		folder = new Folder()
	})
	afterEach(() => folder.remove())

	const env = (more: Record<string, string> = {}) => ({
		HOME: folder.at('home'),
		USERPROFILE: folder.at('home'),
		...more,
	})
	const load = (content: string | object): Config => {
		const file = folder.write('cfg/sync_config.json', typeof content === 'string' ? content : JSON.stringify(content))
		return loadConfig({flag: file, env: env(), cwd: folder.path})
	}
	const failure = (content: string | object): FileSyncError => {
		try {
			load(content)
		} catch (error) {
			assert.ok(error instanceof FileSyncError, String(error))
			return error
		}
		throw new assert.AssertionError({message: 'it loaded'})
	}

	it('takes the original format unchanged and without a warning', () => {
		const home = folder.at('home')
		assert.deepEqual(load(original), {
			file: folder.at('cfg', 'sync_config.json'),
			localDir: join(home, 'Sync'),
			peer: {host: '192.168.1.20', port: 5555},
			certs: {
				cert: join(home, 'sync-certs', 'a.cert'),
				key: join(home, 'sync-certs', 'a.key'),
				peerCert: join(home, 'sync-certs', 'b.cert'),
			},
			server: {host: '0.0.0.0', port: 5555},
			debounceMs: 800,
			mtimeSkewSec: 2,
			maxConcurrency: 1,
			ignore: [],
			trashDays: 30,
			maxDeletePercent: 50,
			rescanIntervalSec: 60,
			stateDir: join(home, '.local', 'state', 'filesync'),
			logLevel: 'info',
			warnings: [],
		})
	})

	it('has the same defaults without them, and no peer', () => {
		const {peer, ...others} = load(least)
		const {peer: _, ...expected} = load(original)
		assert.equal(peer, null)
		assert.deepEqual(others, expected)
		assert.throws(() => requirePeer({file: 'f', peer}), {code: 'CONFIG_INVALID', exit: 2})
		assert.deepEqual(requirePeer(load({...least, peer: {host: 'laptop'}})), {host: 'laptop', port: 5555})
	})

	it('takes relative paths from the folder of the file', () => {
		const config = load({...least, local_dir: '../data', state_dir: 'state', certs: {...certs, key: 'k/a.key'}})
		assert.equal(config.localDir, folder.at('data'))
		assert.equal(config.stateDir, folder.at('cfg', 'state'))
		assert.equal(config.certs.key, folder.at('cfg', 'k', 'a.key'))
	})

	it('takes a byte order mark, CRLF and brackets around IPv6', () => {
		const text = `\ufeff${JSON.stringify({...least, peer: {host: '[fe80::1]'}}, null, 2).replaceAll('\n', '\r\n')}`
		assert.equal(load(text).peer?.host, 'fe80::1')
	})

	describe('precedence', () => {
		const named = (dir: string) => JSON.stringify({...least, local_dir: `/${dir}`})
		const rows: [string, {flag?: string; variable?: string; local?: boolean; xdg?: boolean}, string][] = [
			['the flag wins', {flag: 'flag.json', variable: 'var.json', local: true, xdg: true}, 'flag.json'],
			['then the variable', {variable: 'var.json', local: true, xdg: true}, 'var.json'],
			['an empty variable is none', {variable: '', local: true}, 'cwd/sync_config.json'],
			['then the working folder', {local: true, xdg: true}, 'cwd/sync_config.json'],
			['then XDG_CONFIG_HOME', {xdg: true}, 'xdg/filesync/sync_config.json'],
		]
		for (const [name, given, expected] of rows)
			it(name, () => {
				mkdirSync(folder.at('cwd'))
				for (const file of ['flag.json', 'var.json']) folder.write(file, named(file))
				if (given.local) folder.write('cwd/sync_config.json', named('cwd'))
				if (given.xdg) folder.write('xdg/filesync/sync_config.json', named('xdg'))
				const variable =
					given.variable === undefined || given.variable === '' ? given.variable : folder.at(given.variable)
				const config = loadConfig({
					flag: given.flag === undefined ? undefined : `../${given.flag}`,
					env: env({XDG_CONFIG_HOME: folder.at('xdg'), ...(variable === undefined ? {} : {FILESYNC_CONFIG: variable})}),
					cwd: folder.at('cwd'),
				})
				assert.equal(config.file, folder.at(...expected.split('/')))
			})

		it('falls back to ~/.config, also for a relative XDG_CONFIG_HOME', () => {
			const file = folder.write('home/.config/filesync/sync_config.json', named('home'))
			assert.equal(loadConfig({env: env({XDG_CONFIG_HOME: 'relative'}), cwd: folder.path}).file, file)
		})

		it('names every place where nothing was found', () => {
			assert.throws(
				() => loadConfig({env: env(), cwd: folder.path}),
				(error: FileSyncError) =>
					error.code === 'CONFIG_MISSING' &&
					error.exit === 2 &&
					error.message.includes(folder.at('sync_config.json')) &&
					error.message.includes(folder.at('home', '.config', 'filesync', 'sync_config.json')) &&
					error.advice.some((line) => line.startsWith('filesync init')),
			)
		})

		it('does not look further when a named file is missing', () => {
			folder.write('sync_config.json', named('cwd'))
			assert.throws(() => loadConfig({flag: 'gone.json', env: env(), cwd: folder.path}), {code: 'CONFIG_MISSING'})
		})
	})

	describe('faults', () => {
		const rows: [string, object, RegExp][] = [
			['a missing folder', {certs}, /local_dir is missing; it wants the path of the folder/],
			['a number as folder', {...least, local_dir: 7}, /local_dir holds 7; it wants the path/],
			['an empty folder', {...least, local_dir: ' '}, /local_dir holds " "/],
			['a NUL in a path', {...least, local_dir: 'a\0b'}, /local_dir holds "a\\u0000b"/],
			['missing certificates', {local_dir: '/x'}, /certs is missing; it wants an object/],
			['a missing certificate', {...least, certs: {cert: 'a', key: 'b'}}, /certs\.peer_cert is missing/],
			['a list as object', {...least, certs: []}, /certs/],
			[
				'a port as text',
				{...least, peer: {host: 'h', port: '5555'}},
				/peer\.port holds "5555"; it wants a whole number/,
			],
			['port 0 of a peer', {...least, peer: {host: 'h', port: 0}}, /peer\.port holds 0/],
			['a port too large', {...least, server: {port: 65_536}}, /server\.port holds 65536/],
			['half a port', {...least, server: {port: 1.5}}, /server\.port holds 1\.5/],
			['a peer without host', {...least, peer: {}}, /peer\.host is missing/],
			['a port in the host', {...least, peer: {host: '10.0.0.2:5555'}}, /peer\.host holds "10\.0\.0\.2:5555"/],
			['a scheme in the host', {...least, peer: {host: 'https://x'}}, /peer\.host holds "https:\/\/x"/],
			['a blank in the host', {...least, peer: {host: 'a b'}}, /peer\.host holds "a b"/],
			['null as peer', {...least, peer: null}, /peer holds null; it wants an object/],
			['no transfers', {...least, max_concurrency: 0}, /max_concurrency holds 0; it wants a whole number from 1 to 64/],
			['65 transfers', {...least, max_concurrency: 65}, /max_concurrency holds 65/],
			['a negative debounce', {...least, debounce_ms: -1}, /debounce_ms holds -1/],
			['a negative skew', {...least, mtime_skew_sec: -0.5}, /mtime_skew_sec holds -0\.5/],
			['101 percent', {...least, max_delete_percent: 101}, /max_delete_percent holds 101/],
			['ignore as text', {...least, ignore: '*.tmp'}, /ignore holds "\*\.tmp"; it wants a list/],
			['a number in ignore', {...least, ignore: ['a', 5]}, /ignore holds 5; it wants a list/],
			['an unknown level', {...least, log_level: 'loud'}, /log_level holds "loud"; it wants one of "error", "warn"/],
			['a timer that would overflow', {...least, rescan_interval_sec: 3e6}, /rescan_interval_sec holds 3000000/],
			[
				'state below the folder',
				{...least, local_dir: '/x/s', state_dir: '/x/s/.state'},
				/state_dir .*state lies in local_dir/,
			],
			['state as the folder', {...least, local_dir: '/x/s', state_dir: '/x/s'}, /lies in local_dir/],
			['a list as file', [], /holds \[\]; it wants an object/],
			[
				'a terminal escape',
				{...least, log_level: '\u001b[2J\u009b\u202e'},
				/log_level holds "\\u001b\[2J\\u009b\\u202e"/,
			],
		]
		for (const [name, content, message] of rows)
			it(name, () => {
				const error = failure(content)
				assert.equal(error.code, 'CONFIG_INVALID')
				assert.equal(error.exit, 2)
				assert.match(error.message, message)
				assert.ok(error.message.includes(folder.at('cfg', 'sync_config.json')))
				assert.ok(error.advice.length > 0)
			})

		it('are all told at once, and unknown keys with them', () => {
			const error = failure({local_dir: 1, certs: {cert: 'a', key: 2}, trash_days: 'x', peeer: {}})
			for (const key of ['local_dir', 'certs.key', 'certs.peer_cert', 'trash_days'])
				assert.ok(error.message.includes(key), key)
			assert.match(error.message, /4 faults/)
			assert.match(error.advice.join('\n'), /"peeer".*did you mean "peer"/)
		})

		it('sees a state folder that lies inside through a link', function () {
			if (process.platform === 'win32') this.skip()
			mkdirSync(folder.at('data'))
			symlinkSync(folder.at('data'), folder.at('link'))
			assert.match(failure({...least, local_dir: '../data', state_dir: '../link/state'}).message, /lies in local_dir/)
			assert.equal(load({...least, local_dir: '../data', state_dir: '../data-evil'}).stateDir, folder.at('data-evil'))
		})
	})

	describe('files that are none', () => {
		const rows: [string, string | Uint8Array, RegExp][] = [
			['empty', '', /line 1, column 1: not JSON: the file ends where a value was wanted/],
			['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /is not UTF-8/],
			['too large', ' '.repeat(1024 * 1024 + 1), /is larger than 1048576 bytes/],
		]
		for (const [name, content, message] of rows)
			it(name, () => {
				const flag = folder.write('c.json', content)
				assert.throws(
					() => loadConfig({flag, env: env(), cwd: folder.path}),
					(error: FileSyncError) => error.code === 'CONFIG_INVALID' && message.test(error.message),
				)
			})

		it('a folder', () => {
			assert.throws(() => loadConfig({flag: folder.path, env: env(), cwd: folder.path}), {
				code: 'CONFIG_INVALID',
				exit: 2,
			})
		})
	})

	describe('warnings', () => {
		const rows: [string, object, (RegExp | undefined)[]][] = [
			['a near key', {...least, debounce: 5}, [/"debounce" is ignored; did you mean "debounce_ms"\?/]],
			['camel case', {...least, localDir: 'x'}, [/"localDir".*did you mean "local_dir"/]],
			[
				'a nested key',
				{...least, certs: {...certs, peercert: 'x'}},
				[/"certs.peercert".*did you mean "certs.peer_cert"/],
			],
			['a key of a level below', {...least, peer_host: 'x'}, [/"peer_host".*did you mean "peer.host"/]],
			['a key that is near none', {...least, zzzzzz: 'x'}, [/unknown key "zzzzzz" is ignored$/]],
			['a key out of reach', {...least, peer: {host: 'a'}, __proto: 1}, [/"__proto"/]],
			[
				'a private key inside',
				{...least, certs: {...certs, key: '~/Sync/k.key'}},
				[/private key .*k\.key lies in local_dir/],
			],
			['an ignored private key inside', {...least, ignore: ['k.key'], certs: {...certs, key: '~/Sync/k.key'}}, []],
			['the config inside', {...least, local_dir: '.'}, [/this file lies in local_dir/]],
		]
		for (const [name, content, expected] of rows)
			it(name, () => {
				const {warnings} = load(content)
				assert.equal(warnings.length, expected.length, warnings.join('\n'))
				for (const [i, pattern] of expected.entries()) assert.match(warnings[i] ?? '', pattern ?? /^/)
			})
	})
})
