// `init` on a real terminal: what Enter, Ctrl-C, Ctrl-D and Ctrl-Z do, and what is refused in place.
import assert from 'node:assert/strict'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {bin} from './support/program.js'
import {tempFolder} from './support/temp.js'
import {noTerminal, TestTerminal} from './support/tmux.js'

describe('e2e: init in a terminal', function () {
	this.timeout(120_000)
	let home: string
	let terminal: TestTerminal | undefined
	before(function () {
		if (noTerminal !== undefined) this.skip()
	})
	beforeEach(() => {
		home = tempFolder('init')
	})
	afterEach(() => terminal?.close())

	const start = (options = ''): TestTerminal => {
		const program = `cd '${home}'; filesync() { '${process.execPath}' '${bin}' "$@"; }`
		terminal = new TestTerminal(`${program}; clear; filesync init ${options}; echo "code $?"`, {
			columns: 160,
			rows: 24,
			env: {HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_STATE_HOME: join(home, '.local/state')},
		})
		return terminal
	}
	const config = (): Record<string, unknown> => JSON.parse(readFileSync(join(home, 'sync_config.json'), 'utf8'))

	it('Enter takes the default that is shown, and an empty address means that the other device connects', async () => {
		const screen = start()
		await screen.shows(/Which folder do you want to sync\? \[~\/Sync\]: *$/m)
		screen.keys('Enter')
		await screen.shows(/empty if it connects here\): *$/m)
		screen.keys('Enter')
		const shown = await screen.shows(/^code 0/m)
		assert.equal(config()['local_dir'], join(home, 'Sync'))
		assert.equal(config()['peer'], undefined)
		assert.match(
			shown,
			/Next, on this device:\n {2}mkdir -p \S+\/Sync\n {2}filesync certs gen --name \S+ --out \S+\/sync-certs\n/,
		)
		assert.match(shown, /as\n? *~\/sync-certs\/peer\.cert/)
		assert.match(String(Object(config()['certs'])['peer_cert']), /^~\/sync-certs\/peer\.cert$/)
	})

	it('bad answers are refused in place', async () => {
		writeFileSync(join(home, 'file'), '')
		const screen = start()
		await screen.shows(/\[~\/Sync\]: *$/m)
		for (const [answer, refusal] of [
			['file', /file is not a folder/],
			['/', /^ {2}\/ holds .*where FileSync/m],
			['~', /init holds .*\.local\/state/],
		] as const) {
			screen.keys(answer, 'Enter')
			await screen.shows(refusal)
		}
		screen.keys('data', 'Enter')
		for (const answer of ['999.999.1.1', 'phone:99999', 'not a host!']) {
			await screen.shows(/connects here\): *$/m)
			screen.keys('-l', answer)
			screen.keys('Enter')
			await screen.shows(new RegExp(`"${answer}" is not an address`))
		}
		screen.keys('192.168.1.20', 'Enter')
		await screen.shows(/^code 0/m)
		assert.equal(config()['local_dir'], join(home, 'data'))
		assert.deepEqual(config()['peer'], {host: '192.168.1.20', port: 5555})
	})

	for (const key of ['C-c', 'C-d'])
		it(`${key} is an interruption: 130, said, nothing written`, async () => {
			const screen = start()
			await screen.shows(/\[~\/Sync\]: *$/m)
			screen.keys('Enter')
			await screen.shows(/connects here\): *$/m)
			screen.keys(key)
			assert.match(await screen.shows(/^code 130/m), /filesync: interrupted; nothing was written/)
			assert.equal(existsSync(join(home, 'sync_config.json')), false)
		})

	it('Ctrl-Z stops it, and after fg the question is there again', async () => {
		const screen = start()
		await screen.shows(/\[~\/Sync\]: *$/m)
		screen.keys('C-z')
		// The shell tells of a stopped job and runs the rest of its line.
		await screen.shows(/^code 1\d\d|Stopped/m)
		screen.keys('clear; fg', 'Enter')
		await screen.shows(/\[~\/Sync\]: *$/m)
		screen.keys('one', 'Enter')
		await screen.shows(/connects here\): *$/m)
		screen.keys('Enter')
		await screen.shows(/Next, on this device:/)
		assert.equal(config()['local_dir'], join(home, 'one'))
	})

	it('a config that is there is told before any question', async () => {
		writeFileSync(join(home, 'sync_config.json'), 'mine')
		const screen = start()
		const shown = await screen.shows(/^code 2/m)
		assert.match(shown, /exists already; nothing was\s+written/)
		assert.doesNotMatch(shown, /Which folder/)
		assert.equal(readFileSync(join(home, 'sync_config.json'), 'utf8'), 'mine')
	})

	it('a command that is advised is not broken, and a fingerprint only in its middle', async () => {
		const screen = start(
			`--dir data; filesync certs gen --name laptop --out 'a folder with blanks and a rather long name in it'`,
		)
		screen.resize(80, 24)
		const shown = await screen.shows(/^code 0/m)
		assert.match(shown, /fingerprint:\s+(?:[0-9A-F]{2}:){16}\n +(?:[0-9A-F]{2}:){15}[0-9A-F]{2}\n/)
		screen.keys(
			`clear; filesync certs gen --name laptop --out 'a folder with blanks and a rather long name in it'`,
			'Enter',
		)
		const refused = await screen.shows(/laptop-2/)
		// The terminal breaks it at its own last column, and so copies it as one line.
		assert.match(refused, /^Try: filesync certs gen --name laptop --out '.{35}\n\S?.* in it' --force$/m)
	})

	it('with a folder nothing is asked', async () => {
		const screen = start('--dir data')
		assert.doesNotMatch(await screen.shows(/^code 0/m), /Address of/)
	})
})
