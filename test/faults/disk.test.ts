// Disks that are full, broken, read-only, or lose power; and too few file descriptors. A path is a problem, the others go on.
import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {Dir} from '../e2e/support/dir.js'
import {Pair} from '../e2e/support/pair.js'
import {bin, told} from '../e2e/support/program.js'
import {parseError, parseResult, type SyncResult} from '../e2e/support/result.js'
import {tempFolder} from '../e2e/support/temp.js'
import {contentsOf} from './support/edit-history.js'
import {attach, noInjection} from './support/inject.js'
import {ext4, mount, noImages, noMounts, remount, tmpfs, unmount} from './support/mounts.js'

const codes = ({problems}: SyncResult): Record<string, string> =>
	Object.fromEntries(problems.map(({path, code}) => [path, code]))

const kilobytes = (count: number, fill: string): Buffer => Buffer.alloc(count * 1024, fill)

describe('disks', function () {
	this.timeout(120_000)

	for (const [receiver, sender] of [
		['beta', 'alpha'],
		['alpha', 'beta'],
	] as const)
		it(`full at ${receiver}, the ${receiver === 'alpha' ? 'leader' : 'follower'}: what fits comes, the rest is a problem, nothing is lost`, async function () {
			if (noMounts !== undefined) this.skip()
			const pair = new Pair({name: 'full'})
			const full = pair[receiver].dir
			tmpfs(full.path, '4m')
			try {
				pair[sender].dir.write('old.bin', kilobytes(600, 'old')).write('small.txt', 'small')
				await pair.serve()
				await pair.alpha.result(['sync'])
				for (let i = 0; i < 12; i++) pair[sender].dir.write(`many/${i}.bin`, kilobytes(200, `${i} `))
				pair[sender].dir.write('old.bin', kilobytes(3000, 'new')).write('small.txt', 'small but newer')
				const outcome = await pair.alpha.run('sync', '--json')
				assert.equal(outcome.code, 1, told(outcome))
				const problems = codes(parseResult(outcome.stdout))
				assert.ok(Object.values(problems).length > 0)
				for (const [path, code] of Object.entries(problems)) assert.equal(code, 'ENOSPC', path)
				const kept = problems['old.bin'] === undefined ? 3000 : 600
				assert.equal(statSync(full.at('old.bin')).size, kept * 1024, 'the whole new content, or the old one stays')
				for (const [path, content] of contentsOf(full.path, false))
					if (path.startsWith('many/')) assert.equal(content.length, 200 * 1024, path)
				remount(full.path, 'size=40m')
				await pair.alpha.result(['sync'])
				pair.assertSame()
				await pair.close()
			} finally {
				unmount(full.path, '-l')
			}
		})

	it('full under the state of the follower: a clear end, and the node goes on once there is room', async function () {
		if (noMounts !== undefined) this.skip()
		const pair = new Pair({name: 'full-state'})
		tmpfs(pair.beta.stateDir, '24m')
		try {
			pair.alpha.dir.write('first.txt', 'first')
			await pair.serve()
			await pair.alpha.result(['sync'])
			new Dir(pair.beta.stateDir).write('filler', kilobytes(1, 'x'))
			const filled = spawnSync('dd', ['if=/dev/zero', `of=${join(pair.beta.stateDir, 'filler')}`, 'bs=64k'], {
				encoding: 'utf8',
			})
			assert.match(filled.stderr, /No space left/)
			for (let i = 0; i < 3000; i++) pair.alpha.dir.write(`many/${i}-${'n'.repeat(100)}.txt`, `number ${i}`)
			const outcome = await pair.alpha.run('sync', '--json')
			assert.equal(outcome.code, 1, told(outcome))
			assert.equal(parseError(outcome.stdout).code, 'DISK_FULL')
			new Dir(pair.beta.stateDir).rm('filler')
			await pair.alpha.result(['sync'])
			pair.assertSame()
			await pair.close()
		} finally {
			unmount(pair.beta.stateDir, '-l')
		}
	})

	it('full under the state of the leader: a clear end', async function () {
		if (noMounts !== undefined) this.skip()
		const pair = new Pair({name: 'full-state'})
		tmpfs(pair.alpha.stateDir, '24m')
		try {
			pair.beta.dir.write('first.txt', 'first')
			await pair.serve()
			await pair.alpha.result(['sync'])
			const filler = new Dir(pair.alpha.stateDir)
			spawnSync('dd', ['if=/dev/zero', `of=${filler.at('filler')}`, 'bs=64k'])
			for (let i = 0; i < 3000; i++) pair.beta.dir.write(`many/${i}-${'n'.repeat(100)}.txt`, `number ${i}`)
			const outcome = await pair.alpha.run('sync', '--json')
			assert.equal(outcome.code, 1, told(outcome))
			assert.equal(parseError(outcome.stdout).code, 'DISK_FULL')
			filler.rm('filler')
			await pair.alpha.result(['sync'])
			pair.assertSame()
			await pair.close()
		} finally {
			unmount(pair.alpha.stateDir, '-l')
		}
	})

	describe('write errors', () => {
		const rows: readonly [string, string, (dir: Dir) => void][] = [
			['fsync of a few files', 'fsync:error=EIO', (dir) => dir.write('a.txt', 'new a').write('b.txt', 'new b')],
			[
				'a file-system sync of many',
				'syncfs:error=EIO',
				(dir) => {
					for (let i = 0; i < 12; i++) dir.write(`many/${i}.txt`, `many ${i}`)
				},
			],
			[
				'fsync of a new folder',
				'fsync:error=EIO',
				(dir) => dir.write('new/inner/d.txt', 'new d').write('new/e.txt', 'new e').mkdir('new/empty'),
			],
			['every new name', 'rename,link:error=EIO', (dir) => dir.write('new/d.txt', 'new d').write('e', 'new e')],
			['fsync of a large file', 'fsync:error=EIO', (dir) => dir.write('a.txt', kilobytes(700, 'new'))],
			['fsync after deletions', 'fsync:error=EIO', (dir) => dir.rm('a.txt', 'b.txt')],
			['rename', 'rename:error=EIO:when=2+', (dir) => dir.write('a.txt', 'new a').write('b.txt', 'new b')],
			['link', 'link:error=EIO', (dir) => dir.write('a.txt', 'new a').mv('c.txt', 'd.txt')],
		]
		for (const [name, injection, edit] of rows)
			it(`${name}: a problem, the old content stays or is in the trash, the next sync is whole`, async function () {
				if (noInjection !== undefined) this.skip()
				const pair = new Pair({name: 'eio', settings: {max_delete_percent: 100}})
				pair.alpha.dir.write('a.txt', 'old a').write('b.txt', 'old b').write('c.txt', 'old c')
				await pair.serve()
				await pair.alpha.result(['sync'])
				edit(pair.alpha.dir)
				const held = new Set(contentsOf(pair.beta.dir.path, false).values())
				assert.ok(pair.server !== undefined)
				const detach = await attach(pair.server.pid, injection)
				const outcome = await pair.alpha.run('sync', '--json')
				await detach()
				assert.equal(outcome.code, 1, told(outcome))
				const problems = codes(parseResult(outcome.stdout))
				assert.ok(Object.keys(problems).length > 0)
				for (const [path, code] of Object.entries(problems)) assert.match(code, /^(EIO|CHANGED)$/, path)
				const now = new Set(contentsOf(pair.beta.dir.path, true).values())
				for (const content of held) assert.ok(now.has(content), `"${content.slice(0, 20)}" is lost`)
				await pair.alpha.result(['sync'])
				pair.assertSame()
				assert.deepEqual(
					Object.keys(pair.alpha.dir.tree).filter((path) => path.includes('conflict')),
					[],
				)
				await pair.close()
			})

		it('reading, to compare or to send: a problem, no deletion and no conflict', async function () {
			if (noInjection !== undefined) this.skip()
			const pair = new Pair({name: 'eio-read'})
			await pair.serve()
			await pair.alpha.result(['sync'])
			pair.alpha.dir.write('same.bin', kilobytes(300, 'same'), 1_700_000_000)
			pair.beta.dir.write('same.bin', kilobytes(300, 'same'), 1_700_000_001)
			assert.ok(pair.server !== undefined)
			for (const path of ['same.bin', 'sent.bin']) {
				if (path === 'sent.bin') pair.beta.dir.write(path, kilobytes(300, 'sent'))
				const detach = await attach(pair.server.pid, 'read:error=EIO', pair.beta.dir.at(path))
				const outcome = await pair.alpha.run('sync', '--json')
				await detach()
				assert.equal(outcome.code, 1, told(outcome))
				assert.match(codes(parseResult(outcome.stdout))[path] ?? '', /^(EIO|UNREADABLE)$/)
			}
			assert.equal(pair.alpha.dir.has('sent.bin'), false)
			await pair.alpha.result(['sync'])
			pair.assertSame()
			assert.deepEqual(Object.keys(pair.beta.dir.tree).sort(), ['same.bin', 'sent.bin'])
			await pair.close()
		})
	})

	it('a read-only mount below the folder: its paths are problems, the others go on', async function () {
		if (noMounts !== undefined) this.skip()
		const pair = new Pair({name: 'read-only'})
		pair.alpha.dir.write('fixed/a.txt', 'a').write('fixed/b.txt', 'b').write('free.txt', 'free')
		await pair.serve()
		await pair.alpha.result(['sync'])
		const fixed = pair.beta.dir.at('fixed')
		mount(fixed, '--bind', fixed)
		try {
			remount(fixed, 'bind,ro')
			pair.alpha.dir
				.write('fixed/a.txt', 'a, edited')
				.rm('fixed/b.txt')
				.write('fixed/c.txt', 'c')
				.write('free.txt', 'free, edited')
			const outcome = await pair.alpha.run('sync', '--json')
			assert.equal(outcome.code, 1, told(outcome))
			assert.deepEqual(codes(parseResult(outcome.stdout)), {
				'fixed/a.txt': 'EROFS',
				'fixed/b.txt': 'EROFS',
				'fixed/c.txt': 'EROFS',
			})
			assert.equal(pair.beta.dir.read('free.txt'), 'free, edited')
			assert.equal(pair.beta.dir.read('fixed/b.txt'), 'b')
		} finally {
			unmount(fixed)
		}
		await pair.alpha.result(['sync'])
		pair.assertSame()
		await pair.close()
	})

	it('a folder below on another file system: renames over its border are copies, nothing is half', async function () {
		if (noMounts !== undefined) this.skip()
		const pair = new Pair({name: 'border'})
		const other = pair.beta.dir.mkdir('other').at('other')
		pair.alpha.dir.mkdir('other')
		tmpfs(other, '8m')
		try {
			pair.alpha.dir
				.write('other/a.txt', 'a')
				.write('other/big.bin', kilobytes(700, 'big'))
				.link('other/link', 'a.txt')
				.write('here.txt', 'here')
			await pair.serve()
			await pair.alpha.result(['sync'])
			pair.alpha.dir.write('other/a.txt', 'a, edited').mv('here.txt', 'other/there.txt').rm('other/big.bin')
			await pair.alpha.result(['sync'])
			const tree = pair.beta.dir.tree
			assert.equal(tree['other/a.txt'], 'a, edited')
			assert.equal(tree['other/there.txt'], 'here')
			assert.deepEqual(Object.keys(tree).sort(), ['other/', 'other/a.txt', 'other/link', 'other/there.txt'])
			const kept = [...contentsOf(pair.beta.dir.path, true)].filter(([path]) => path.startsWith('.filesync/trash/'))
			assert.deepEqual(kept.map(([, content]) => content.length).sort(), [1, 700 * 1024])
			const again = await pair.alpha.result(['sync'])
			assert.equal(again.pushed + again.pulled, 0)
			await pair.close()
		} finally {
			unmount(other, '-l')
		}
	})

	it('a whole folder that became read-only: an error or problems, never a deletion', async function () {
		if (noMounts !== undefined) this.skip()
		const pair = new Pair({name: 'read-only-root'})
		pair.alpha.dir.write('a.txt', 'a')
		const root = pair.beta.dir.path
		mount(root, '--bind', root)
		try {
			const port = await pair.serve()
			await pair.alpha.result(['sync'])
			remount(root, 'bind,ro')
			pair.alpha.dir.write('a.txt', 'a, edited').write('b.txt', 'b')
			const outcome = await pair.alpha.run('sync', '--json')
			assert.ok(outcome.code === 1 || outcome.code === 3, told(outcome))
			assert.match(outcome.stdout, /EROFS|read-only/)
			assert.equal(pair.beta.dir.read('a.txt'), 'a')
			remount(root, 'bind,rw')
			await pair.alpha.result(['sync'])
			pair.assertSame()
			assert.ok(port > 0)
			await pair.close()
		} finally {
			unmount(root, '-l')
		}
	})

	it('with 64 file descriptors: 400 folders deep and wide, both ways', async function () {
		if (process.platform === 'win32') this.skip()
		const pair = new Pair({name: 'few'})
		for (let i = 0; i < 400; i++) {
			pair.alpha.dir.write(`a${i % 20}/b${i % 40}/c${i}/from-alpha.txt`, `alpha ${i}`)
			pair.beta.dir.write(`a${i % 20}/b${i % 40}/c${i}/from-beta.txt`, `beta ${i}`)
		}
		await pair.serve()
		const child = spawn(
			'sh',
			['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, bin, 'sync', '--json', '--config', pair.alpha.config],
			{
				stdio: ['ignore', 'pipe', 'inherit'],
			},
		)
		let stdout = ''
		child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
		const code = await new Promise((resolve) => child.once('close', resolve))
		assert.equal(code, 0, stdout)
		pair.assertSame()
		await pair.close()
	})

	it('a power cut after a sync that said 0: all of it is on the disk', async function () {
		if (noImages !== undefined) this.skip()
		const folder = tempFolder('power')
		const image = ext4(folder, 64)
		const home = join(folder, 'home')
		mkdirSync(home)
		const pair = new Pair({name: 'power', beta: {local_dir: join(home, 'root'), state_dir: join(home, 'state')}})
		mkdirSync(join(home, 'root'))
		const root = new Dir(join(home, 'root'))
		try {
			pair.alpha.dir
				.write('big.bin', kilobytes(3000, 'big'))
				.write('one.txt', 'one')
				.mkdir('empty')
				.link('link', 'one.txt')
			for (let i = 0; i < 40; i++) pair.alpha.dir.write(`many/${i}.txt`, `number ${i}`)
			await pair.serve()
			await pair.alpha.result(['sync'])
			pair.alpha.dir.write('one.txt', 'one, edited').mv('many/3.txt', 'three.txt').rm('many/4.txt')
			await pair.alpha.result(['sync'])
			// What the disk holds at this moment, without what the system still has in memory.
			const cut = join(tempFolder('cut'), 'disk.img')
			copyFileSync(image, cut)
			const after = tempFolder('after')
			mount(after, '-o', 'loop', cut)
			try {
				const survived = new Dir(join(after, 'home', 'root'))
				assert.deepEqual(survived.replica, root.replica)
				assert.deepEqual(survived.replica, pair.alpha.dir.replica)
				assert.ok(existsSync(join(after, 'home', 'state')))
			} finally {
				unmount(after)
			}
			await pair.close()
		} finally {
			unmount(folder, '-l')
		}
	})

	it('a backup put back by cp on ext4, which hands out the same inode numbers again, is not taken for the folder', async function () {
		if (noImages !== undefined) this.skip()
		const folder = tempFolder('inodes')
		ext4(folder, 64)
		const root = join(folder, 'root')
		mkdirSync(root)
		const pair = new Pair({name: 'inodes', alpha: {local_dir: root}, settings: {max_delete_percent: 100}})
		const dir = new Dir(root)
		try {
			dir.write('old.txt', 'old')
			await pair.serve()
			await pair.alpha.result(['sync'])
			spawnSync('cp', ['-a', root, join(pair.home, 'backup')])
			dir.write('new.txt', 'new')
			await pair.alpha.result(['sync'])
			for (let attempt = 0; attempt < 3; attempt++) {
				spawnSync('rm', ['-rf', root])
				spawnSync('cp', ['-a', join(pair.home, 'backup'), root])
				const outcome = await pair.alpha.run('sync', '--json')
				assert.equal(outcome.code, 5, `attempt ${attempt}: ${told(outcome)}`)
				assert.equal(pair.beta.dir.read('new.txt'), 'new')
			}
			await pair.close()
		} finally {
			unmount(folder, '-l')
		}
	})
})
