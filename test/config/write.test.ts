// What `init` writes loads again, and never replaces a file unasked.
import assert from 'node:assert/strict'
import {mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {loadConfig, type NewConfig, parseAddress, writeConfig} from '../../src/lib/config/index.js'
import {Folder} from './folder.js'

describe('config: write', () => {
	let folder: Folder
	beforeEach(() => {
		folder = new Folder()
	})
	afterEach(() => folder.remove())

	const env = () => ({HOME: folder.path, USERPROFILE: folder.path})
	const settings = (more: Partial<NewConfig> = {}): NewConfig => ({
		localDir: folder.at('data'),
		peer: {host: 'laptop', port: 6000},
		server: {host: '127.0.0.1', port: 7000},
		certs: {cert: '~/c/a.cert', key: '~/c/a.key', peerCert: '~/c/b.cert'},
		...more,
	})

	it('writes what loads as the same config', () => {
		const file = folder.at('new', 'cfg', 'sync_config.json')
		const written = writeConfig(file, settings(), {force: false, env: env()})
		assert.deepEqual(loadConfig({flag: file, env: env(), cwd: '/'}), written)
		assert.deepEqual(written.peer, {host: 'laptop', port: 6000})
		assert.equal(written.certs.key, folder.at('c', 'a.key'))
		assert.match(readFileSync(file, 'utf8'), /^\{\n {2}"local_dir": /)
	})

	it('leaves no temporary behind', () => {
		writeConfig(folder.at('c.json'), settings(), {force: false, env: env()})
		writeConfig(folder.at('c.json'), settings(), {force: true, env: env()})
		assert.throws(() => writeConfig(folder.at('c.json'), settings(), {force: false, env: env()}), {
			code: 'CONFIG_EXISTS',
			exit: 2,
		})
		assert.deepEqual(readdirSync(folder.path), ['c.json'])
	})

	it('replaces with force alone', () => {
		const file = folder.write('c.json', 'mine')
		assert.throws(() => writeConfig(file, settings(), {force: false, env: env()}), {code: 'CONFIG_EXISTS'})
		assert.equal(readFileSync(file, 'utf8'), 'mine')
		writeConfig(file, settings({peer: null}), {force: true, env: env()})
		assert.equal(loadConfig({flag: file, env: env(), cwd: '/'}).peer, null)
	})

	it('writes nothing that would not load', () => {
		const stateDir = folder.at('.local', 'state')
		mkdirSync(stateDir, {recursive: true})
		const bad: [Partial<NewConfig>, string][] = [
			[{localDir: ''}, 'CONFIG_INVALID'],
			[{peer: {host: 'a b', port: 1}}, 'CONFIG_INVALID'],
			[{localDir: stateDir}, 'USAGE'],
			[{localDir: folder.path}, 'USAGE'],
			[{localDir: '/'}, 'USAGE'],
			[{localDir: folder.write('plain', '')}, 'USAGE'],
		]
		for (const [more, code] of bad)
			assert.throws(() => writeConfig(folder.at('c.json'), settings(more), {force: false, env: env()}), {code})
		assert.ok(!readdirSync(folder.path).includes('c.json'))
	})
})

describe('config: addresses', () => {
	const rows: [string, {host: string; port: number} | undefined][] = [
		['laptop', {host: 'laptop', port: 5555}],
		['laptop:6000', {host: 'laptop', port: 6000}],
		['10.0.0.2:1', {host: '10.0.0.2', port: 1}],
		['::1', {host: '::1', port: 5555}],
		['[::1]', {host: '::1', port: 5555}],
		['[::1]:6000', {host: '::1', port: 6000}],
		['', undefined],
		[':5555', undefined],
		['laptop:', undefined],
		['laptop:0', undefined],
		['laptop:65536', undefined],
		['laptop:http', undefined],
		['http://laptop', undefined],
		['user@laptop', undefined],
		['[laptop]:5', undefined],
		['a:b:5', undefined],
	]
	for (const [text, expected] of rows)
		it(JSON.stringify(text), () => {
			if (expected === undefined) assert.throws(() => parseAddress(text, '--peer'), {code: 'USAGE', exit: 2})
			else assert.deepEqual(parseAddress(text, '--peer'), expected)
		})

	it('a listen address may have port 0', () => {
		assert.deepEqual(parseAddress('127.0.0.1:0', '--listen', 0), {host: '127.0.0.1', port: 0})
	})
})
