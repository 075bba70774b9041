// Ctrl-C while a folder is scanned: every role ends within 2 s, however long the scan would take.
import assert from 'node:assert/strict'
import {readFileSync, truncateSync} from 'node:fs'
import {type Device, Pair} from '../e2e/support/pair.js'
import {type Program, told, until} from '../e2e/support/program.js'

/** A sparse file of so many bytes takes a minute and more to hash. */
const largeBytes = 40 * 1024 ** 3
const withinMs = 2000

/** Bytes that a process has read so far. */
const readBytes = (pid: number): number => {
	try {
		return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0)
	} catch {
		return 0
	}
}

/** A device whose next scan has a large file to hash: it has another name, and may be the one that is gone. */
async function toHash(device: Device): Promise<void> {
	device.dir.write('large', '')
	truncateSync(device.dir.at('large'), largeBytes)
	const node = device.start('serve')
	await node.line(/Server listening/)
	const files = async () => JSON.parse((await device.run('status', '--offline', '--json')).stdout).index?.files
	await until('the first scan', async () => (await files()) === 1)
	const outcome = await node.stop()
	assert.equal(outcome.code, 0, told(outcome))
	device.dir.mv('large', 'renamed')
}

async function endsInTime(program: Program, code: number): Promise<void> {
	const before = readBytes(program.pid)
	await until('it hashes', () => readBytes(program.pid) > before + 300 * 1024 ** 2)
	const startedAt = performance.now()
	program.signal('SIGINT')
	const outcome = await program.ended()
	const tookMs = performance.now() - startedAt
	assert.equal(outcome.code, code, told(outcome))
	assert.ok(tookMs < withinMs, `${Math.round(tookMs)} ms`)
}

describe('Ctrl-C during a scan', function () {
	this.timeout(60_000)
	before(function () {
		if (process.platform !== 'linux') this.skip()
	})
	const nobody = {peer: {host: '127.0.0.1', port: 9}}

	for (const command of ['serve', 'watch'] as const)
		it(`${command}, in its first look at the folder`, async () => {
			const {alpha} = new Pair({name: 'first-look', alpha: nobody})
			await toHash(alpha)
			await endsInTime(alpha.start(command), 0)
		})

	it('serve, in a round that the peer leads, and sync, in one that it leads', async () => {
		const pair = new Pair({name: 'scan-in-round'})
		const {alpha, beta} = pair
		await toHash(beta)
		await pair.serve()
		const sync = alpha.start('sync')
		assert.ok(pair.server !== undefined)
		await endsInTime(pair.server, 0)
		assert.equal((await sync.ended()).code, 3)
		await toHash(alpha)
		await pair.serve(alpha)
		await endsInTime(beta.start('sync'), 130)
		assert.ok(pair.server !== undefined)
		assert.equal((await pair.server.stop()).code, 0)
	})
})
