// `filesync top` in a real terminal: every key, sizes, a transfer under way, a lost peer, and what it leaves behind.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {certificates} from './support/certs.js'
import {day} from './support/dir.js'
import {type Device, Pair, portOf} from './support/pair.js'
import {bin, until} from './support/program.js'
import {Relay} from './support/relay.js'
import {noTerminal, TestTerminal} from './support/tmux.js'

const keyBar = /p pause {2}c clear log {2}\/ filter/

function open(device: Device, columns = 80, rows = 24, env: Record<string, string> = {}): TestTerminal {
	const command = `'${process.execPath}' '${bin}' top --config '${device.config}'`
	return new TestTerminal(command, {columns, rows, env: {...device.options.env, ...env}})
}

const topOf = (device: Device): number =>
	Number(
		spawnSync('pgrep', ['-f', `bin/run.js top --config ${device.config}`], {encoding: 'utf8'}).stdout.split('\n')[0],
	)

describe('e2e: top in a terminal', function () {
	this.timeout(120_000)
	let pair: Pair
	let terminal: TestTerminal | undefined
	before(async function () {
		if (noTerminal !== undefined) this.skip()
		pair = new Pair({name: 'top'})
		await pair.serve()
	})
	afterEach(() => terminal?.close())
	after(() => pair?.close())

	it('every key of a running node', async () => {
		const {alpha, beta} = pair
		const watch = alpha.start('watch')
		await watch.line(/Connected to beta/)
		terminal = open(alpha)
		await terminal.shows(/connected to beta \(127\.0\.0\.1:\d+\).*in sync.*p pause/s)
		alpha.dir.write('b\u001b[2Jlue.txt', 'x', day(0)).write('日本.txt', 'y', day(0))
		const synced = await terminal.shows(/→ 日本\.txt/)
		assert.match(synced, /→ b\\x1b\[2Jlue\.txt/)

		terminal.keys('p')
		await terminal.shows(/paused/i)
		alpha.dir.write('while paused', 'z')
		terminal.keys('s')
		await terminal.shows(/p resumes|paused/)
		assert.equal(beta.dir.has('while paused'), false)
		terminal.keys('p')
		await terminal.shows(/→ while paused/)
		await until('the file', () => beta.dir.has('while paused'))
		terminal.keys('s')
		await terminal.shows(/in sync/)

		terminal.keys('/')
		terminal.keys('paused')
		terminal.keys('Enter')
		const filtered = await terminal.shows(/paused/)
		assert.doesNotMatch(filtered, /→ 日本\.txt/)
		terminal.keys('/')
		terminal.keys('Escape')
		await terminal.shows(/→ 日本\.txt/)
		for (const panel of ['conflicts', 'problems', 'transfers', 'log']) {
			terminal.keys('Tab')
			await terminal.shows(new RegExp(`▸ ${panel}`))
		}
		terminal.keys('k', 'k', 'j', 'PPage', 'NPage', 'g', 'G')
		terminal.keys('?')
		await terminal.shows(/filter: Enter keeps it/)
		terminal.keys('Escape')
		await terminal.shows(keyBar)
		terminal.keys('c')
		await until('an empty log', () => !/→ 日本\.txt/.test(terminal?.screen ?? ''))

		terminal.resize(40, 12)
		const small = await terminal.shows(/q quit|q/)
		assert.ok(
			small.split('\n').every((line) => line.length <= 40),
			small,
		)
		terminal.resize(120, 40)
		await terminal.shows(/s sync.*q quit/)
		terminal.keys('q')
		const left = await terminal.shows(/^ready>/m)
		assert.doesNotMatch(left, /in sync|connected to/)
		const outcome = await watch.stop()
		assert.equal(outcome.code, 0)
	})

	it('without a node it runs one; a transfer under way has a bar', async () => {
		const {alpha, beta} = pair
		const port = Number(/Server listening on port (\d+)/.exec(pair.server?.said ?? '')?.[1])
		const relay = await Relay.to(port, {afterBytes: 6_000_000, what: 'hold'})
		alpha.connectTo(relay.port)
		alpha.dir.write('large.bin', randomBytes(30_000_000))
		terminal = open(alpha, 80, 24)
		await relay.reached
		const under = await terminal.shows(/large\.bin/)
		assert.match(under, /transfer/)
		assert.match(under, /\d+ ?%/)
		await relay.close()
		alpha.connectTo(port)
		terminal.keys('q')
		await terminal.shows(/^ready>/m)
		await alpha.result(['sync'])
		assert.ok(beta.dir.has('large.bin'))
	})

	it('a lost peer: offline since when, why, and the next try; NO_COLOR; 40 columns', async () => {
		const {alpha, beta} = pair
		terminal = open(alpha, 40, 12, {NO_COLOR: '1'})
		await terminal.shows(/connected/)
		await pair.close()
		const offline = await terminal.shows(/offline/i)
		assert.ok(
			offline.split('\n').every((line) => line.length <= 40),
			offline,
		)
		terminal.resize(80, 24)
		await terminal.shows(/Nothing listens|lost/)
		await pair.serve(beta, 0)
		terminal.keys('q')
		await terminal.shows(/^ready>/m)
	})

	it('SIGTERM and a crash leave the screen as it was', async () => {
		const {alpha} = pair
		for (const signal of ['SIGTERM', 'SIGHUP', 'SIGABRT'] as const) {
			terminal = open(alpha)
			await terminal.shows(keyBar)
			if (signal !== 'SIGABRT') process.kill(topOf(alpha), signal)
			else {
				// Another device answers in the peer's place: an error that the node it runs ends with.
				const port = await portOf(pair)
				await pair.close()
				const {cert, key} = certificates('mallory')
				pair.beta.configure({certs: {cert, key, peer_cert: certificates('alpha').cert}})
				await pair.serve(pair.beta, port)
			}
			const left = await terminal.shows(/^ready>/m)
			assert.doesNotMatch(left, keyBar)
			if (signal === 'SIGABRT') assert.match(left, /filesync: .*certificate/s)
			terminal.close()
		}
	})
})
