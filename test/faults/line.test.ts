// The line between the two cut, slow or held, and peers that freeze: what was finished stays, the next sync does the rest.
import assert from 'node:assert/strict'
import {appendFileSync, truncateSync} from 'node:fs'
import {Pair} from '../e2e/support/pair.js'
import {told, until} from '../e2e/support/program.js'
import {parseResult} from '../e2e/support/result.js'
import {contentsOf, EditHistory} from './support/edit-history.js'
import {Line} from './support/proxy.js'
import {mv} from './support/roots.js'

const heavy = process.env['FILESYNC_HEAVY'] === '1'
/** Slow enough to do something in the middle of a file. */
const inspectable = 8 << 20
const cuts = heavy ? 60 : 8

describe('the line', function () {
	this.timeout(heavy ? 1_200_000 : 120_000)

	it(`cut ${cuts} times after so many bytes, each followed by a whole sync`, async () => {
		const pair = new Pair({name: 'cuts', settings: {max_delete_percent: 100}})
		const edits = new EditHistory(pair)
		edits.begin()
		const port = await pair.serve()
		await pair.alpha.result(['sync'])
		let broken = 0
		for (let n = 1; n <= cuts; n++) {
			edits.edit(n)
			// From the handshake to beyond the last word: some 720 kB go through.
			const cutAfterBytes = Math.floor(((n * 0.618_034) % 1) ** 2 * 740_000) + 300
			const line = await Line.to(port, {cutAfterBytes, cutTimes: 1})
			pair.alpha.connectTo(line.port)
			const outcome = await pair.alpha.run('sync', '--json')
			if (line.cuts > 0) {
				broken++
				// Cut behind the agreement, only the goodbye is missing.
				assert.ok(outcome.code === 3 || outcome.code === 0, `cut after ${cutAfterBytes}: ${told(outcome)}`)
			} else assert.equal(outcome.code, 0, told(outcome))
			await line.close()
			edits.assertWhole()
			pair.alpha.connectTo(port)
			const repaired = await pair.alpha.run('sync', '--json')
			assert.equal(repaired.code, 0, `after a cut at ${cutAfterBytes}: ${told(repaired)}`)
			edits.assertSettled()
		}
		assert.ok(broken > cuts / 2, `${broken} of ${cuts} were cut`)
		await pair.close()
	})

	it('cut before the first word: asked once more, and never taken for a peer that refuses', async () => {
		const pair = new Pair({name: 'cut-early'})
		pair.alpha.dir.write('a.txt', 'a')
		const port = await pair.serve()
		const carried: number[] = []
		// The handshake takes some 2 kB both ways, the first word half a kB more.
		for (let cutAfterBytes = 1400; cutAfterBytes <= 3600; cutAfterBytes += 200) {
			const line = await Line.to(port, {cutAfterBytes, cutTimes: 1})
			pair.alpha.connectTo(line.port)
			const outcome = await pair.alpha.run('sync', '--json')
			assert.ok(outcome.code === 0 || outcome.code === 3, `cut after ${cutAfterBytes}: ${told(outcome)}`)
			await line.close()
			// All of it went through.
			if (line.cuts === 0) break
			if (outcome.code === 0) carried.push(cutAfterBytes)
		}
		assert.ok(carried.length > 0, 'none was asked once more')
		const line = await Line.to(port, {cutAfterBytes: carried[0] ?? 0, cutTimes: 3})
		pair.alpha.connectTo(line.port)
		const watch = pair.alpha.start('watch')
		await watch.line(/Connected to beta/)
		assert.equal(line.cuts, 3)
		assert.equal((await watch.stop('SIGTERM')).code, 0)
		await line.close()
		await pair.close()
	})

	it('a large file that grows while it is sent waits for the next sync', async () => {
		const pair = new Pair({name: 'grows'})
		pair.alpha.dir.write('log.txt', Buffer.alloc(12 << 20, 'line\n')).write('other.txt', 'other')
		const port = await pair.serve()
		const line = await Line.to(port, {bytesPerSec: inspectable})
		pair.alpha.connectTo(line.port)
		const syncing = pair.alpha.run('sync', '--json')
		await line.passed(2 << 20)
		const go = line.hold()
		appendFileSync(pair.alpha.dir.at('log.txt'), 'one more line\n')
		go()
		const outcome = await syncing
		assert.equal(outcome.code, 1, told(outcome))
		const {problems} = parseResult(outcome.stdout)
		assert.deepEqual(
			problems.map(({path, code}) => [path, code]),
			[['log.txt', 'CHANGED']],
		)
		assert.equal(pair.beta.dir.has('log.txt'), false)
		assert.equal(pair.beta.dir.read('other.txt'), 'other')
		await pair.alpha.result(['sync'])
		pair.assertSame()
		await line.close()
		await pair.close()
	})

	it('a large file that shrinks while it is sent waits for the next sync', async () => {
		const pair = new Pair({name: 'shrinks'})
		pair.alpha.dir.write('log.txt', Buffer.alloc(12 << 20, 'line\n'))
		const port = await pair.serve()
		const line = await Line.to(port, {bytesPerSec: inspectable})
		pair.alpha.connectTo(line.port)
		const syncing = pair.alpha.run('sync', '--json')
		await line.passed(2 << 20)
		truncateSync(pair.alpha.dir.at('log.txt'), 1000)
		const outcome = await syncing
		assert.equal(outcome.code, 1, told(outcome))
		assert.equal(pair.beta.dir.has('log.txt'), false)
		await pair.alpha.result(['sync'])
		pair.assertSame()
		await line.close()
		await pair.close()
	})

	it('what is edited at the receiver while its new content comes is not overwritten', async () => {
		const pair = new Pair({name: 'target-edited'})
		pair.alpha.dir
			.write('doc.bin', Buffer.alloc(12 << 20, 'first '))
			.write('gone.txt', 'to go')
			.write('moved/name.txt', 'to move')
		const port = await pair.serve()
		await pair.alpha.result(['sync'])
		const line = await Line.to(port, {bytesPerSec: inspectable})
		pair.alpha.connectTo(line.port)
		pair.alpha.dir
			.write('doc.bin', Buffer.alloc(12 << 20, 'second '))
			.rm('gone.txt')
			.mv('moved', 'other')
		const syncing = pair.alpha.run('sync', '--json')
		await line.passed(4 << 20)
		const go = line.hold()
		// All three steps are planned; the first waits for its content, the second for the end, the third is done already.
		pair.beta.dir.write('doc.bin', 'mine').write('gone.txt', 'kept after all')
		await until('the file has moved', () => pair.beta.dir.has('other/name.txt'))
		appendFileSync(pair.beta.dir.at('other/name.txt'), ', edited there')
		go()
		const outcome = await syncing
		assert.equal(outcome.code, 1, told(outcome))
		assert.equal(pair.beta.dir.read('doc.bin'), 'mine')
		assert.equal(pair.beta.dir.read('gone.txt'), 'kept after all')
		await pair.alpha.run('sync', '--json')
		await pair.alpha.run('sync', '--json')
		pair.assertSame('after two more syncs')
		const held = [...contentsOf(pair.alpha.dir.path, false).values()]
		for (const content of ['mine', 'kept after all', 'to move, edited there'])
			assert.ok(held.includes(content), content)
		assert.ok(held.some((content) => content.startsWith('second second')))
		await line.close()
		await pair.close()
	})

	it('a folder that goes away under a running sync deletes nothing at the peer', async () => {
		const pair = new Pair({name: 'vanishes', settings: {max_delete_percent: 100}})
		pair.alpha.dir.write('a.txt', 'a').write('b/c.txt', 'c')
		const port = await pair.serve()
		await pair.alpha.result(['sync'])
		pair.beta.dir.write('new.bin', Buffer.alloc(6 << 20, 'new'))
		const line = await Line.to(port, {bytesPerSec: inspectable})
		pair.alpha.connectTo(line.port)
		const syncing = pair.alpha.run('sync', '--json')
		await line.passed(1 << 20)
		const go = line.hold()
		const back = mv(pair.alpha.dir.path)
		go()
		const outcome = await syncing
		assert.notEqual(outcome.code, 0, told(outcome))
		assert.equal((await pair.alpha.run('sync', '--json')).code, 5)
		back()
		await pair.alpha.result(['sync'])
		assert.equal(pair.alpha.dir.read('b/c.txt'), 'c')
		pair.assertSame()
		await line.close()
		await pair.close()
	})

	it('at 64 kbit/s a file of 1 MiB takes longer than any heartbeat and still comes', async function () {
		if (!heavy) this.skip()
		for (const from of ['alpha', 'beta'] as const) {
			const pair = new Pair({name: 'slow'})
			let seed = 1
			const noise = Buffer.alloc(1 << 20).map(() => {
				seed = (seed * 48_271) % 2_147_483_647
				return seed & 255
			})
			pair[from].dir.write('file.bin', noise)
			const port = await pair.serve()
			const line = await Line.to(port, {bytesPerSec: 8000})
			pair.alpha.connectTo(line.port)
			const program = pair.alpha.start('sync', '--json')
			const outcome = await program.ended(400_000)
			assert.equal(outcome.code, 0, told(outcome))
			pair.assertSame()
			await line.close()
			await pair.close()
		}
	})

	for (const frozen of ['leader', 'follower'] as const)
		it(`a frozen ${frozen} is given up after 45 s, and the other goes on`, async function () {
			if (!heavy) this.skip()
			const pair = new Pair({name: `frozen-${frozen}`})
			pair.alpha.dir.write('file.bin', Buffer.alloc(30 << 20, 'x'))
			const port = await pair.serve()
			const line = await Line.to(port, {bytesPerSec: inspectable})
			pair.alpha.connectTo(line.port)
			const program = pair.alpha.start('sync', '--json')
			await line.passed(4 << 20)
			const {server} = pair
			assert.ok(server !== undefined)
			const victim = frozen === 'leader' ? program : server
			victim.signal('SIGSTOP')
			if (frozen === 'follower') {
				const outcome = await program.ended(100_000)
				assert.equal(outcome.code, 3, told(outcome))
				victim.signal('SIGCONT')
			} else {
				const deadline = performance.now() + 100_000
				while (!/Disconnected|does not take|silent/.test(server.said) && performance.now() < deadline)
					await new Promise((resolve) => setTimeout(resolve, 500))
				assert.match(server.said, /Disconnected|does not take|silent/)
				victim.signal('SIGKILL')
				await program.exit
			}
			pair.alpha.connectTo(port)
			await pair.alpha.result(['sync'])
			pair.assertSame()
			await line.close()
			await pair.close()
		})
})
