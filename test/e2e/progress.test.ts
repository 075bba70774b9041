// Progress of `filesync sync` in a real terminal, where stdout goes elsewhere: the list of phases is stderr's.
import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {day} from './support/dir.js'
import {Pair, portOf} from './support/pair.js'
import {bin} from './support/program.js'
import {Relay} from './support/relay.js'
import {noTerminal, TestTerminal} from './support/tmux.js'

describe('e2e: progress in a terminal', function () {
	this.timeout(120_000)
	let pair: Pair
	let terminal: TestTerminal | undefined
	before(async function () {
		if (noTerminal !== undefined) this.skip()
		pair = new Pair({name: 'progress'})
		await pair.serve()
	})
	afterEach(() => terminal?.close())
	after(() => pair?.close())

	it('draws the phases on stderr while stdout goes into a file', async () => {
		const {alpha, beta} = pair
		const out = join(pair.home, 'out.txt')
		const command = `'${process.execPath}' '${bin}' sync --config '${alpha.config}' > '${out}'; echo ended`
		const sync = async (): Promise<string> => {
			terminal?.close()
			terminal = new TestTerminal(command, {columns: 100, rows: 24, env: alpha.options.env ?? {}})
			return terminal.shows(/^ended/m)
		}
		alpha.dir.write('one.txt', 'x', day(0))
		const first = await sync()
		assert.match(first, /✔ Connect: beta.*✔ Scan: 1 file.*✔ Compare.*✔ Transfer: 1 file, 1 B.*✔ Commit/s)
		assert.equal(beta.dir.has('one.txt'), true)
		assert.match(readFileSync(out, 'utf8'), /^Synced with beta .*: 1 pushed .*\n$/)
		const again = await sync()
		assert.match(again, /✔ Compare/)
		assert.match(again, /Transfer: not needed/)
		assert.match(readFileSync(out, 'utf8'), /^In sync with beta .*, nothing to do .*\n$/)
	})

	it('keeps to the width at 80 and 40 columns, leaves nothing behind when it is resized, and comes back after Ctrl-Z', async () => {
		const {alpha} = pair
		const port = await portOf(pair)
		const relay = await Relay.to(port, {bytesPerSec: 10_000_000})
		alpha.connectTo(relay.port)
		const name = 'a rather long name of a file that does not fit into eighty columns of a terminal.bin'
		alpha.dir.write(name, Buffer.alloc(60_000_000, 'x'))
		const command = `'${process.execPath}' '${bin}' sync --config '${alpha.config}' 2>&1; echo ended`
		terminal = new TestTerminal(command, {columns: 80, rows: 24, env: alpha.options.env ?? {}})
		const live = await terminal.shows(
			/ % {2}0\/1 {2}\d.*MiB\/s.*\n {2}a rather long name of a file\S* .*….*\.bin\n· Commit/,
		)
		assert.match(live, /^ {2}[━╸─]+ +\d+ %/m)
		assert.doesNotMatch(live, / ms left/)
		terminal.resize(40, 24)
		const narrow = await terminal.shows(/^ {2}[━╸─]+ +\d+ % .* left\n {2}.{1,37}\n· Commit/m)
		assert.equal(narrow.match(/Compare/g)?.length, 1, narrow)
		terminal.resize(120, 24)
		const wide = await terminal.shows(new RegExp(`^ {2}${name}$`, 'm'))
		assert.equal(wide.match(/Compare/g)?.length, 1, wide)
		terminal.keys('C-z')
		await terminal.shows(/Stopped|^ready> *$/m)
		assert.equal(terminal.hasCursor, true)
		terminal.keys('clear; fg', 'Enter')
		const shown = await terminal.shows(/✔ Transfer: 1 file, 57 MiB\n✔ Commit/)
		assert.equal(shown.match(/Compare/g)?.length, 1, shown)
		alpha.dir.rm(name)
		alpha.connectTo(port)
		await relay.close()
	})

	it('is ASCII alone where the locale is C', async () => {
		const {alpha} = pair
		alpha.dir.write('ä', 'x', day(0))
		const command = `LC_ALL=C '${process.execPath}' '${bin}' sync --config '${alpha.config}'; echo ended`
		terminal = new TestTerminal(command, {columns: 80, rows: 24, env: alpha.options.env ?? {}})
		const shown = await terminal.shows(/^ended/m)
		assert.match(shown, /^\+ Connect: beta/m)
		assert.match(shown, /^[\n\x20-\x7e]*$/)
	})
})
