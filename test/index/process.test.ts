import assert from 'node:assert/strict'
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {createInterface, type Interface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {Index} from '../../src/lib/index/index.js'
import {collect, failsWith, gone, openIn, options, record, rel, series, withFolder} from './fixtures.js'

const script = fileURLToPath(new URL('./child.js', import.meta.url))

interface Child {
	readonly process: ChildProcess
	readonly lines: Interface
	/** Resolves with the first line that `accept` takes. */
	until(accept: (line: string) => boolean): Promise<string>
	/** kill -9, and waits for its end. */
	kill(): Promise<void>
}

function start(task: string, dir: string): Child {
	const child = spawn(process.execPath, [script, task, dir], {stdio: ['pipe', 'pipe', 'inherit']})
	const lines = createInterface({input: child.stdout})
	const ended = once(child, 'exit')
	return {
		process: child,
		lines,
		until: (accept) =>
			new Promise((resolve, reject) => {
				const look = (line: string): void => {
					if (!accept(line)) return
					lines.off('line', look)
					resolve(line)
				}
				lines.on('line', look)
				ended.then(() => reject(new Error(`the child ended before it said what was waited for`)), reject)
			}),
		async kill() {
			child.kill('SIGKILL')
			await ended
		},
	}
}

describe('index: one process at a time', function () {
	this.timeout(60_000)

	it('refuses while another process holds it, names that one, and is free when it is killed', () =>
		withFolder(async (dir) => {
			const child = start('hold', dir)
			await child.until((line) => line === 'open')
			await assert.rejects(openIn(dir), failsWith('FOLDER_LOCKED', dir, String(child.process.pid), 'child.js hold'))
			await assert.rejects(Index.destroy(dir), failsWith('FOLDER_LOCKED', dir))
			await rm(join(dir, 'holder.json'))
			await assert.rejects(openIn(dir), failsWith('FOLDER_LOCKED', 'another FileSync process'))
			await writeFile(join(dir, 'holder.json'), '{"pid": "x"')
			await assert.rejects(openIn(dir), failsWith('FOLDER_LOCKED', 'another FileSync process'))
			await child.kill()
			const index = await openIn(dir)
			const note: unknown = JSON.parse(await readFile(join(dir, 'holder.json'), 'utf8'))
			assert.ok(typeof note === 'object' && note !== null && 'pid' in note && note.pid === process.pid)
			await index.close()
			await assert.rejects(readFile(join(dir, 'holder.json')), {code: 'ENOENT'})
		}))

	it('refuses twice in one process, also through a link, and keeps others out all the same', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await assert.rejects(openIn(dir), failsWith('FOLDER_LOCKED', dir))
			if (process.platform !== 'win32') {
				const link = join(dirname(dir), 'link')
				await symlink(dir, link)
				await assert.rejects(openIn(link), failsWith('FOLDER_LOCKED', link))
			}
			await assert.rejects(Index.destroy(dir), failsWith('FOLDER_LOCKED', dir))
			const child = spawn(process.execPath, [script, 'hold', dir], {stdio: ['ignore', 'pipe', 'ignore']})
			assert.deepEqual((await once(child, 'exit'))[0], 1)
			await index.close()
			await (await openIn(dir)).close()
		}))

	it('opens after kill -9 in the middle of writes, 25 times, with whole batches and all that were confirmed', () =>
		withFolder(async (dir) => {
			let confirmed = 0
			for (let round = 0; round < 25; round++) {
				const child = start('write', dir)
				child.lines.on('line', (line) => {
					if (/^\d+$/.test(line)) confirmed = Number(line)
				})
				const target = confirmed + 1 + (round % 5)
				await child.until((line) => Number(line) >= target)
				await child.kill()
				const index = await openIn(dir)
				const records = await collect(index.all())
				const batches = new Set(
					records.flatMap(({path, state}) => (path.startsWith('base') && state.kind === 'file' ? [state.size] : [])),
				)
				assert.equal(batches.size, 1, 'a mixture of batches')
				const [batch = 0] = batches
				assert.ok(batch >= confirmed, `batch ${confirmed} was confirmed, ${batch} is there`)
				const own = new Map<string, number>()
				for (const {path} of records) {
					const from = path.split('-')[1]
					if (from !== undefined) own.set(from, (own.get(from) ?? 0) + 1)
				}
				assert.deepEqual(
					[...own],
					[...own].filter(([from, count]) => Number(from) <= batch && count === 40),
				)
				assert.equal(own.size, batch)
				assert.equal(index.counts.files, records.length)
				assert.ok(records.every(({seq}) => seq <= index.seq))
				await index.close()
				confirmed = batch
			}
		}))

	it('finishes starting over when it was killed in between', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const all = series(index, 120_000).map((r, i) => (i % 10 === 0 ? record(r.path, r.seq, gone(5)) : r))
			await index.write({records: all}, {sync: false})
			const {device, seq} = index
			await index.close()
			const child = start('over', dir)
			await child.until((line) => line === 'started')
			await child.kill()
			let again = await openIn(dir)
			// Killed before the first batch, it has not begun: begin, and be killed later next time.
			if (again.device === device) await again.startOver()
			for (let turn = 0; turn < 2; turn++) {
				const now = await collect(again.all())
				assert.equal(now.length, 108_000)
				assert.ok(
					now.every(
						(r) =>
							r.seq > seq && r.state.kind === 'file' && r.version.length === 1 && r.version[0]?.[0] === again.device,
					),
				)
				assert.equal(new Set(now.map((r) => r.seq)).size, now.length)
				assert.equal(again.counts.gone, 0)
				await again.close()
				again = await openIn(dir)
			}
			await again.close()
		}))

	it('finishes starting over that stopped between two of its batches', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const all = series(index, 40_000)
			await index.write({records: [...all, record('gone', index.takeSeq(), gone(1))]}, {sync: false})
			const seq = index.seq
			await index.close()
			// Some batches in: the begun one is not written, as if the process had ended there.
			const stopping = await Index.open(options(dir))
			let taken = 0
			const takeSeq = stopping.takeSeq.bind(stopping)
			stopping.takeSeq = () => {
				if (++taken > 25_000) throw new Error('stopped')
				return takeSeq()
			}
			await assert.rejects(stopping.startOver(), /stopped/)
			const {device} = stopping
			await stopping.close()
			const again = await openIn(dir)
			assert.equal(again.device, device)
			const now = await collect(again.all())
			assert.deepEqual(
				now.map((r) => r.path),
				all.map((r) => r.path),
			)
			assert.ok(now.every((r) => r.seq > seq && r.version[0]?.[0] === device))
			assert.equal(await again.get(rel('gone')), undefined)
			await again.close()
		}))
})
