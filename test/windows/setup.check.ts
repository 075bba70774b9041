// From nothing to two devices that know each other, with Windows' own paths, state folder, named pipe and signals.
import assert from 'node:assert/strict'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {told} from '../e2e/support/program.js'
import {withPair} from './support/pair.js'
import {startFileSync, windowsFolder, windowsPath} from './support/windows.js'

describe('Windows: set-up', () => {
	it('--version names win32', async () => {
		const outcome = await startFileSync(['--version']).ended()
		assert.equal(outcome.code, 0, told(outcome))
		assert.match(outcome.stdout, /^filesync \d+\.\d+\.\d+ \(win32-x64, node v\d+/)
	})

	it('certs gen writes both files, never over others, and certs show reads them', async () => {
		const home = windowsFolder('gen')
		const gen = (...args: string[]) => startFileSync(['certs', 'gen', '--out', windowsPath(home), ...args]).ended()
		const made = await gen('--name', 'win')
		assert.equal(made.code, 0, told(made))
		const fingerprint = /SHA-256 fingerprint: ([0-9A-F:]{95})/.exec(made.stdout)?.[1]
		assert.ok(fingerprint !== undefined, told(made))
		const key = readFileSync(join(home, 'win.key'), 'utf8')
		const again = await gen('--name', 'win')
		assert.equal(again.code, 2, told(again))
		assert.equal(readFileSync(join(home, 'win.key'), 'utf8'), key)
		const colon = await gen('--name', 'a:b')
		assert.equal(colon.code, 2, told(colon))

		const at = (name: string): string => windowsPath(join(home, name))
		const certs = ['--cert', at('win.cert'), '--key', at('win.key'), '--peer-cert', at('win.cert')]
		const config = ['--config', at('sync_config.json')]
		const init = await startFileSync(['init', '--dir', at('dir'), '--peer', '127.0.0.1:1', ...certs, ...config]).ended()
		assert.equal(init.code, 0, told(init))
		assert.equal(JSON.parse(readFileSync(join(home, 'sync_config.json'), 'utf8')).local_dir, at('dir'))
		const show = await startFileSync(['certs', 'show', ...config]).ended()
		assert.ok(show.stdout.replaceAll(/\s+/g, '').includes(fingerprint), told(show))
	})

	it('a missing folder is an error with a way on, and 5', async () => {
		await withPair({serves: 'lin'}, async ({win}) => {
			win.configure({local_dir: 'C:\\not\\there'})
			const outcome = await win.run('sync')
			assert.equal(outcome.code, 5, told(outcome))
			assert.match(outcome.stderr, /C:\\not\\there does not exist/)
		})
	})

	it('a node answers over its named pipe, holds its folder, and ends with 0 on Ctrl-C', async () => {
		await withPair({serves: 'win'}, async ({win, lin}) => {
			lin.dir.write('f', 'text')
			await lin.result(['sync'])
			const status = await win.run('status', '--json')
			assert.equal(status.code, 0, told(status))
			assert.equal(JSON.parse(status.stdout).index.files, 1)
			const top = await win.run('top', '--once', '--json')
			assert.equal(top.code, 0, told(top))
			assert.equal(typeof JSON.parse(top.stdout).pid, 'number')
			const second = await win.run('serve')
			assert.equal(second.code, 6, told(second))
		})
	})

	it('the state folder is where Windows keeps such things when the configuration names none', async () => {
		await withPair({serves: 'lin'}, async ({win}) => {
			const state = windowsFolder('state')
			win.configure({state_dir: undefined})
			const outcome = await startFileSync(['sync', '--config', windowsPath(win.config)], {
				XDG_STATE_HOME: windowsPath(state),
			}).ended()
			assert.equal(outcome.code, 0, told(outcome))
			assert.ok(existsSync(join(state, 'filesync')))
		})
	})
})
