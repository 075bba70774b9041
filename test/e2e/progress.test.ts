// Progress of `filesync sync` in a real terminal, where stdout goes elsewhere: the list of phases is stderr's.
import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {day} from './support/dir.js'
import {Pair} from './support/pair.js'
import {bin} from './support/program.js'
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
})
