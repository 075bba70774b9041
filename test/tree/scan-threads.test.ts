import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {ScanColumns} from '../../src/lib/tree/scan/columns.js'
import {Thread} from '../../src/lib/tree/worker/thread.js'
import {plant, withTemp} from './temp.js'

async function withThread(body: (thread: Thread) => Promise<void>): Promise<void> {
	const thread = new Thread('test')
	try {
		await body(thread)
	} finally {
		await thread.close()
	}
}

describe('tree/threads', () => {
	it('a scan crosses the thread whole', () =>
		withTemp((root) =>
			withThread(async (thread) => {
				plant(root, {'a/b': 'x', c: ''})
				symlinkSync('c', join(root, 'l'))
				const columns = new ScanColumns(await thread.call('scan', {root, ignoreLines: []}))
				assert.deepEqual(
					[...columns].map((seen) => [seen.path, seen.kind, seen.target]),
					[
						['a', 'dir', null],
						['a/b', 'file', null],
						['c', 'file', null],
						['l', 'symlink', 'c'],
					],
				)
			}),
		))

	it('answers in the order asked', () =>
		withTemp((root) =>
			withThread(async (thread) => {
				plant(root, {a: ''})
				const order: number[] = []
				const ask = (n: number) => thread.call('scan', {root, ignoreLines: []}).then(() => order.push(n))
				await Promise.all([ask(1), ask(2), ask(3)])
				assert.deepEqual(order, [1, 2, 3])
			}),
		))

	it('an error keeps its code and advice, and the thread goes on', () =>
		withTemp((root) =>
			withThread(async (thread) => {
				await assert.rejects(
					thread.call('scan', {root: join(root, 'no'), ignoreLines: []}),
					(error: unknown) =>
						error instanceof FileSyncError &&
						error.code === 'ROOT_MISSING' &&
						error.exit === 5 &&
						error.advice.length > 0,
				)
				assert.equal((await thread.call('scan', {root, ignoreLines: []})).count, 0)
			}),
		))

	it('close rejects what is open and all that is asked later', () =>
		withTemp(async (root) => {
			const thread = new Thread('test')
			const open = assert.rejects(thread.call('scan', {root, ignoreLines: []}), {code: 'WORKER_GONE'})
			await thread.close()
			await open
			await assert.rejects(thread.call('scan', {root, ignoreLines: []}), {code: 'WORKER_GONE'})
		}))

	const script = (body: string): string => `
		import {Thread} from ${JSON.stringify(new URL('../../src/lib/tree/worker/thread.js', import.meta.url).href)}
		const thread = new Thread('child')
		${body}`
	const run = (body: string) =>
		spawnSync(process.execPath, ['--input-type=module', '-e', script(body)], {encoding: 'utf8', timeout: 15_000})

	it('an idle thread does not keep its process alive, an open call does', () =>
		withTemp((root) => {
			plant(root, {a: ''})
			const idle = run('')
			assert.equal(idle.status, 0, idle.stderr)
			const busy = run(
				`thread.call('scan', {root: ${JSON.stringify(root)}, ignoreLines: []}).then(r => console.log(r.count))`,
			)
			assert.equal(busy.stdout, '1\n', busy.stderr)
			assert.equal(busy.status, 0)
		})).timeout(20_000)

	const limited = process.platform === 'linux' ? it : it.skip
	limited('with few file descriptors a scan still sees everything', () =>
		withTemp((root) => {
			for (let i = 0; i < 100; i++) plant(root, {[`d${i}/e/f`]: ''})
			const child = script(
				`thread.call('scan', {root: ${JSON.stringify(root)}, ignoreLines: []}).then(r => console.log(r.count, r.problems.length))`,
			)
			const output = execFileSync(
				'sh',
				['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, child],
				{encoding: 'utf8'},
			)
			assert.equal(output, '300 0\n')
		}),
	).timeout(20_000)
})
