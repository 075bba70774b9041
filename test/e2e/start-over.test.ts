// A node that starts over as a new device: whoever was connected to it greets anew, and nobody takes the other for one that lost its past.
import assert from 'node:assert/strict'
import {Pair} from './support/pair.js'
import {told, until} from './support/program.js'
import {freePort} from './support/relay.js'

describe('e2e: starting over', function () {
	this.timeout(90_000)
	before(function () {
		if (process.platform === 'win32') this.skip()
	})

	it('sync --first-sync handed to a node with an inbound peer: both go on, deletions are carried again', async () => {
		const {alpha, beta} = new Pair({name: 'start-over'})
		const [here, there] = [await freePort(), await freePort()]
		alpha.configure({server: {host: '127.0.0.1', port: here}})
		beta.configure({server: {host: '127.0.0.1', port: there}})
		alpha.connectTo(there)
		beta.connectTo(here)
		const serve = alpha.start('serve')
		await serve.line(/listening on port/)
		const watch = beta.start('watch', '--serve')
		try {
			await watch.line(/Connected to alpha/)
			for (let i = 0; i < 5; i++) alpha.dir.write(`f${i}`, `${i}`)
			await until('the first sync', () => beta.dir.has('f4'))
			const result = await alpha.result(['sync', '--first-sync'])
			assert.deepEqual([result.deleted_local, result.deleted_remote, result.conflicts], [0, 0, []])
			beta.dir.write('of beta', 'new')
			await until('a file of beta', () => alpha.dir.has('of beta'))
			alpha.dir.rm('f0')
			await until('a deletion of alpha', () => !beta.dir.has('f0'))
			beta.dir.rm('f1')
			await until('a deletion of beta', () => !alpha.dir.has('f1'))
			const ended = await watch.stop()
			assert.equal(ended.code, 0, told(ended))
			// A new connection, and with it a new greeting.
			const once = await beta.run('sync')
			assert.equal(once.code, 0, told(once))
			for (const text of [ended.stdout, ended.stderr, once.stderr, serve.said])
				assert.ok(!text.includes('older than what the peer remembers'), text)
			alpha.dir.rm('f2')
			assert.equal((await beta.result(['sync'])).deleted_local, 1)
		} finally {
			watch.signal('SIGKILL')
			assert.equal((await serve.stop()).code, 0)
		}
	})
})
