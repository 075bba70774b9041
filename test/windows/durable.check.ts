// What a sync writes is flushed before it gets its name: seen by the system calls that wine makes of it.
import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {until} from '../e2e/support/program.js'
import {tempFolder} from '../e2e/support/temp.js'
import {withPair} from './support/pair.js'

/** Traces the process until `act` is over; gives the paths that were flushed. */
async function flushedBy(pid: number, act: () => Promise<unknown>): Promise<ReadonlySet<string>> {
	const log = join(tempFolder('strace'), 'log')
	const args = ['-f', '-y', '-s', '300', '-e', 'trace=fsync,fdatasync', '-o', log, '-p', String(pid)]
	const tracer = spawn('strace', args, {stdio: ['ignore', 'ignore', 'pipe']})
	let said = ''
	tracer.stderr.on('data', (text) => {
		said += text
	})
	const ended = new Promise((resolve) => tracer.once('close', resolve))
	try {
		await until('strace is attached', () => said.includes('attached'))
		await act()
	} finally {
		tracer.kill('SIGINT')
		await ended
	}
	const calls = readFileSync(log, 'utf8')
	assert.doesNotMatch(calls, /= -1/)
	// Other threads come between a call and its end, so the line of its beginning counts.
	return new Set([...calls.matchAll(/sync\(\d+<([^>]*)>/g)].map(([, path = '']) => path))
}

describe('Windows: durability', () => {
	const hasStrace = spawnSync('strace', ['-V'], {stdio: 'ignore'}).status === 0

	it(`contents and folders are flushed${hasStrace ? '' : ' (no strace)'}`, async function () {
		if (!hasStrace) this.skip()
		await withPair({serves: 'win'}, async ({win, lin, caller}) => {
			lin.dir.write('kept/small', 'small').write('kept/twice', 'content').chmod('kept/twice', 0o444)
			await caller.result(['sync'])
			const flushed = await flushedBy(win.pid, async () => {
				// A pack of small files in a new folder, one of them read-only; a large file; two in a folder that is there.
				lin.dir.write('new/a', 'a').write('new/b', 'b').write('new/c', 'c').chmod('new/c', 0o444)
				lin.dir
					.write('large', Buffer.alloc(3_000_000, 'large'))
					.write('kept/small', 'other')
					.write('kept/added', 'added')
				// Two names of what was one: the first takes the file itself, the second a copy, of a read-only one.
				lin.dir.rm('kept/twice').write('one', 'content').write('two', 'content')
				lin.dir.chmod('one', 0o444).chmod('two', 0o444)
				await caller.result(['sync'])
			})
			const staged = [...flushed].filter((path) => path.includes('/.filesync/staging/'))
			// Seven contents, and the folder that is built there.
			assert.ok(staged.length >= 8, [...flushed].join('\n'))
			for (const folder of ['kept', '']) assert.ok(flushed.has(join(win.dir.path, folder)), [...flushed].join('\n'))
		})
	})
})
