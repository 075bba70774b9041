// The base command and `main`, by a small program of their own: bugs, interruptions, exit codes, output to a pipe.
import assert from 'node:assert/strict'
import {Folder} from '../config/folder.js'
import {type RunOptions, run} from './run.js'

const lib = (file: string) => new URL(`../../src/lib/${file}`, import.meta.url).href

const command = (body: string) => `
import {BaseCommand} from ${JSON.stringify(lib('cli/index.js'))}
import {FileSyncError} from ${JSON.stringify(lib('errors/index.js'))}
export default class extends BaseCommand {
	async run() {
		await this.parse(this.constructor)
		${body}
	}
}
`
const commands = {
	bug: `throw new TypeError('x is not \\u001b[2Ja function')`,
	late: `setImmediate(() => { throw new RangeError('thrown late') }); await new Promise(() => setInterval(() => {}, 1000))`,
	unsafe: `throw new FileSyncError('ROOT_MISSING', 'root a\\nb', ['one', 'two'])`,
	part: `this.present({ok: true, name: 'a\\u202eb'}, 'two problems', 1)`,
	story: `this.note('story'); this.warning('odd'); this.present({ok: true}, () => 'answer')`,
	large: `this.present({ok: true, text: 'x'.repeat(4000000)}, 'y')`,
	leak: `setInterval(() => {}, 1000); this.present({ok: true}, 'done')`,
	stop: `
		const {setTimeout: sleep} = await import('node:timers/promises')
		console.log('ready')
		await sleep(60000, undefined, {signal: this.signal})`,
	serve: `
		await new Promise((resolve) => {
			const timer = setInterval(() => {}, 1000)
			this.signal.addEventListener('abort', () => { clearInterval(timer); resolve() })
			console.log('ready')
		})
		this.present({ok: true}, 'ended')`,
	stubborn: `
		this.signal.addEventListener('abort', () => console.log('asked'))
		setInterval(() => {}, 1000)
		console.log('ready')
		await new Promise(() => {})`,
}

describe('cli: base command', () => {
	let folder: Folder
	let script: string
	before(() => {
		folder = new Folder()
		const manifest = {
			name: 'x',
			version: '1.0.0',
			type: 'module',
			oclif: {bin: 'filesync', commands: './commands', topicSeparator: ' '},
		}
		folder.write('package.json', JSON.stringify(manifest))
		for (const [name, body] of Object.entries(commands)) folder.write(`commands/${name}.js`, command(body))
		script = folder.write(
			'bin/run.js',
			`const {main} = await import(${JSON.stringify(lib('cli/main.js'))})\nawait main(import.meta.url)\n`,
		)
	})
	after(() => folder.remove())

	const start = (args: string[], options: RunOptions = {}) => run(args, {cwd: folder.path, script, ...options})

	it('a bug is one line, exit 1, and a stack with --debug', async () => {
		const {code, stdout, stderr} = await start(['bug'])
		assert.deepEqual({code, stdout}, {code: 1, stdout: ''})
		assert.match(stderr, /^filesync: internal error: x is not \\x1b\[2Ja function\nTry: .*--debug.*\n$/)
		assert.match((await start(['bug', '--debug'])).stderr, /TypeError[\s\S]*\n {4}at [\s\S]*bug\.js/)
		const debug = await start(['bug', '--debug', '--json'])
		assert.equal(JSON.parse(debug.stdout).error.code, 'INTERNAL')
	})

	it('a bug that no one caught ends the process the same way', async () => {
		const {code, stderr} = await start(['late'])
		assert.equal(code, 1)
		assert.match(stderr, /^filesync: internal error: thrown late\n/)
	})

	it('an error keeps its exit code and advice', async () => {
		const text = await start(['unsafe'])
		assert.deepEqual([text.code, text.stdout, text.stderr], [5, '', 'filesync: root a\nb\nTry: one\n     two\n'])
		const json = await start(['unsafe', '--json'])
		const error = {code: 'ROOT_MISSING', message: 'root a\nb', try: ['one', 'two']}
		assert.deepEqual([json.code, JSON.parse(json.stdout), json.stderr], [5, {ok: false, error}, ''])
	})

	it('a result may have an exit code, and its JSON holds no raw controls', async () => {
		const text = await start(['part'])
		assert.deepEqual([text.code, text.stdout], [1, 'two problems\n'])
		const json = await start(['part', '--json'])
		assert.equal(json.code, 1)
		assert.ok(json.stdout.includes('a\\u202eb'))
		assert.deepEqual(JSON.parse(json.stdout), {ok: true, name: 'a\u202eb'})
	})

	it('notes go to stderr, and not under --json', async () => {
		const text = await start(['story'])
		assert.deepEqual([text.stdout, text.stderr], ['answer\n', 'story\nfilesync: warning: odd\n'])
		assert.equal((await start(['story', '--json'])).stderr, 'filesync: warning: odd\n')
	})

	it('a large answer arrives whole', async () => {
		const {stdout, code} = await start(['large', '--json'])
		assert.equal(code, 0)
		assert.equal(JSON.parse(stdout).text.length, 4_000_000)
	})

	it('a command that returned ends even when it left something open', async () => {
		assert.deepEqual(await start(['leak']), {code: 0, signal: null, stdout: 'done\n', stderr: ''})
	})

	describe('signals', () => {
		const once = (signal: NodeJS.Signals) => {
			let sent = false
			return (stdout: string, kill: (signal: NodeJS.Signals) => void) => {
				if (sent || !stdout.includes('ready')) return
				sent = true
				kill(signal)
			}
		}
		before(function () {
			// Windows has no signals to send; kill() ends the process there.
			if (process.platform === 'win32') this.skip()
		})

		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			it(`${signal} interrupts a command that acts once: 130`, async () => {
				const {code, stderr} = await start(['stop'], {onOutput: once(signal)})
				assert.deepEqual([code, stderr], [130, `filesync: interrupted (${signal})\n`])
			})
			it(`${signal} lets a node end in its own way: 0`, async () => {
				const {code, stdout} = await start(['serve'], {onOutput: once(signal)})
				assert.deepEqual([code, stdout], [0, 'ready\nended\n'])
			})
		}

		it('an interruption is an error under --json too', async () => {
			const {code, stdout} = await start(['stop', '--json'], {onOutput: once('SIGINT')})
			assert.equal(code, 130)
			assert.equal(JSON.parse(stdout.replace('ready\n', '')).error.code, 'INTERRUPTED')
		})

		for (const [signal, expected] of [
			['SIGINT', 130],
			['SIGTERM', 143],
		] as const)
			it(`the second ${signal} ends at once: ${expected}`, async () => {
				let asked = 0
				const {code} = await start(['stubborn'], {
					onOutput: (stdout, kill) => {
						const wanted = stdout.includes('asked') ? 2 : stdout.includes('ready') ? 1 : 0
						for (; asked < wanted; asked++) kill(signal)
					},
				})
				assert.equal(code, expected)
			})
	})
})
