// What passes by itself ends no node: a disk that goes and comes back, one that is read-only, a trash that cannot be emptied.
import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {removeTrashSessions} from '../../src/lib/tree/write/trash.js'
import type {Dir} from '../e2e/support/dir.js'
import {Pair, withPair} from '../e2e/support/pair.js'
import {type Program, told, until} from '../e2e/support/program.js'
import {mount, noMounts, unmount} from './support/mounts.js'
import {mv} from './support/roots.js'

const settings = {rescan_interval_sec: 2, debounce_ms: 50}

const arrives = (dir: Dir, path: string): Promise<void> => until(`${path} in ${dir.path}`, () => dir.has(path))

async function stopped(...programs: readonly Program[]): Promise<void> {
	for (const program of programs) {
		const outcome = await program.stop()
		assert.equal(outcome.code, 0, told(outcome))
	}
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(new RegExp(pattern, 'g'))].length

describe('a node lives on', function () {
	this.timeout(120_000)

	for (const away of ['alpha', 'beta'] as const)
		it(`the disk of ${away === 'alpha' ? 'watch' : 'serve'} goes and comes back: both go on, and say it once`, () =>
			withPair({name: 'disk-away', settings}, async (pair) => {
				const {alpha, beta, server} = pair
				alpha.dir.write('before', 'x')
				const watch = alpha.start('watch')
				await arrives(beta.dir, 'before')
				const other = away === 'alpha' ? beta : alpha
				const back = mv(pair[away].dir.path)
				other.dir.write('meanwhile', 'y')
				const [, reason = ''] = await watch.line(/^Sync failed: (.*); trying again by itself$/m)
				assert.match(reason, away === 'alpha' ? /marker/ : /the peer stopped the sync: .*marker/)
				// Long enough for several tries; each ends in the same way.
				const state = async () => JSON.parse((await alpha.run('top', '--once', '--json')).stdout)
				const {link} = await state()
				assert.deepEqual([link.state, link.code], ['failing', 'ROOT_REPLACED'])
				assert.ok(link.advice.length > 0)
				const status = await alpha.run('status')
				assert.match(status.stdout, /NOT SYNCING, .*marker/, told(status))
				const retryAt = Date.parse((await state()).link.retry_at)
				await until('another try', async () => Date.parse((await state()).link.retry_at) > retryAt)
				back()
				await watch.line(/^Syncs with beta again\.$/m)
				await arrives(pair[away].dir, 'meanwhile')
				pair[away].dir.write('after', 'z')
				await arrives(other.dir, 'after')
				assert.equal(count(watch.said, /Sync failed/), 1, watch.said)
				assert.equal(count(watch.said, /again\./), 1, watch.said)
				assert.ok(count(server?.said ?? '', /failed: /) <= 1, server?.said)
				assert.equal((await state()).link.state, 'connected')
				await stopped(watch)
				pair.assertSame()
			}))

	for (const command of ['watch', 'serve'] as const)
		it(`${command} that starts before its disk is there waits for it`, async () => {
			const pair = new Pair({name: 'starts-early', settings})
			const {alpha, beta} = pair
			alpha.dir.write('before', 'x')
			const port = await pair.serve()
			await alpha.result(['sync'])
			await pair.close()
			const [early, other] = command === 'watch' ? [alpha, beta] : [beta, alpha]
			const back = mv(early.dir.path)
			beta.configure({server: {host: '127.0.0.1', port}})
			const first = early.start(command)
			await first.line(/^Waiting for the folder: .*marker/m)
			const second = other.start(command === 'watch' ? 'serve' : 'watch')
			other.dir.write('meanwhile', 'y')
			back()
			await first.line(/^The folder can be used now\.$/m)
			await arrives(early.dir, 'meanwhile')
			assert.equal(count(first.said, /Waiting for the folder/), 1, first.said)
			await stopped(first, second)
		})

	it('one that waits for its disk ends at once when it is told to', async () => {
		const pair = new Pair({name: 'waits', settings})
		await pair.serve()
		await pair.alpha.result(['sync'])
		await pair.close()
		const back = mv(pair.alpha.dir.path)
		const watch = pair.alpha.start('watch')
		await watch.line(/^Waiting for the folder/m)
		await stopped(watch)
		back()
	})

	for (const side of ['alpha', 'beta'] as const)
		it(`a read-only folder of ${side === 'alpha' ? 'the side that dials' : 'serve'}: what it has goes out, what it cannot take is a problem`, async function () {
			if (noMounts !== undefined) this.skip()
			const pair = new Pair({name: 'read-only', settings})
			const {alpha} = pair
			const closed = pair[side].dir
			const open = pair[side === 'alpha' ? 'beta' : 'alpha'].dir
			closed.write('old', 'old')
			await pair.serve()
			await alpha.result(['sync'])
			closed.write('mine', 'goes out')
			open.write('theirs', 'cannot come in')
			mount(closed.path, '--bind', closed.path)
			try {
				mount(closed.path, '-o', 'remount,bind,ro')
				const result = await alpha.result(['sync'], 1)
				assert.deepEqual(
					result.problems.map(({path, code}) => [path, code]),
					[['theirs', 'EROFS']],
				)
				assert.equal(open.read('mine'), 'goes out')
				assert.deepEqual((await alpha.result([side === 'alpha' ? 'push' : 'pull'])).problems, [])
				const status = await alpha.run('status')
				assert.match(status.stdout, /to do/, told(status))
			} finally {
				unmount(closed.path, '-l')
			}
			await alpha.result(['sync'])
			pair.assertSame()
			await pair.close()
		})

	it('what a killed process left in .filesync goes with the next start', () =>
		withPair({name: 'leftovers'}, async ({alpha, beta}) => {
			await alpha.result(['sync'])
			const left = ['probe-0123456789abcdef', 'watch/4711-1', 'root.json.0123456789ab', 'staging/left']
			const own = (path: string): string => join(alpha.dir.path, '.filesync', path)
			mkdirSync(own('watch'), {recursive: true})
			mkdirSync(own('staging'), {recursive: true})
			for (const path of left) writeFileSync(own(path), '')
			beta.dir.write('f', 'x')
			await alpha.result(['sync'])
			for (const path of left) assert.ok(!alpha.dir.has(`.filesync/${path}`), path)
			assert.ok(alpha.dir.has('.filesync/root.json'))
		}))

	it('a trash that cannot be emptied is a warning, and what can go of it goes', async function () {
		if (noMounts !== undefined) this.skip()
		const {alpha} = new Pair({name: 'trash'})
		const runs = ['20200102-030405', '20200102-030406']
		const stuck = join(alpha.dir.path, '.filesync/trash', runs[0] ?? '', 'stuck')
		mkdirSync(stuck, {recursive: true})
		alpha.dir.write(`.filesync/trash/${runs[1]}/f`, 'x')
		mount(stuck, '--bind', stuck)
		try {
			const [warning = '', ...more] = await removeTrashSessions(alpha.dir.path, runs)
			assert.match(warning, /old files in the trash stay: .*20200102-030405 cannot be removed: it is in use/)
			assert.deepEqual(more, [])
			assert.ok(!alpha.dir.has(`.filesync/trash/${runs[1]}`))
		} finally {
			unmount(stuck, '-l')
		}
		assert.deepEqual(await removeTrashSessions(alpha.dir.path, runs), [])
		assert.ok(!alpha.dir.has(`.filesync/trash/${runs[0]}`))
	})
})
