import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {
	appendFileSync,
	chmodSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {IgnoreRules} from '../../src/lib/tree/scan/ignore.js'
import {type Watcher, type WatchOptions, watchTree} from '../../src/lib/tree/watch/watch.js'
import {plant, withTemp} from './temp.js'

/** Changes as they are reported; `until` waits for one. */
class Changes {
	readonly seen = new Set<string | null>()
	readonly warnings: string[] = []
	#wake: () => void = () => {}

	add(path: string | null): void {
		this.seen.add(path)
		this.#wake()
	}

	async until(...paths: (string | null)[]): Promise<void> {
		while (!paths.every((path) => this.seen.has(path)))
			await new Promise<void>((resolve) => {
				this.#wake = resolve
			})
	}
}

async function withWatcher(
	root: string,
	way: 'folders' | 'events',
	body: (changes: Changes, watcher: Watcher) => void | Promise<void>,
	over: Partial<WatchOptions> = {},
): Promise<void> {
	const changes = new Changes()
	const rules = new IgnoreRules(['*.tmp', 'build/'], false)
	const watcher = watchTree({
		root,
		way,
		ignore: (path, isDir) => rules.ignores(path, isDir),
		onChange: (path) => changes.add(path),
		onWarning: (message) => changes.warnings.push(message),
		rootRetryMs: 20,
		...over,
	})
	try {
		await watcher.ready
		await body(changes, watcher)
	} finally {
		await watcher.close()
	}
}

/** What every way of watching must do. Waits end by mocha's own timeout. */
function contract(way: 'folders' | 'events'): void {
	it('what keeps it from beginning once keeps it from nothing later', () =>
		withTemp((root) => {
			plant(root, {'d/file': 'x'})
			let failures = 1
			const ignore = (): boolean => {
				if (failures-- > 0) throw new Error('no file descriptor is left')
				return false
			}
			return withWatcher(
				root,
				'folders',
				async (changes) => {
					// Told when it cannot begin, and once more when it has.
					await changes.until(null)
					changes.seen.clear()
					await changes.until(null)
					appendFileSync(join(root, 'd/file'), 'more')
					await changes.until('d/file')
				},
				{ignore},
			)
		}))

	const acts: Record<string, {readonly act: (root: string) => void; readonly paths: readonly string[]}> = {
		'a new file': {act: (root) => writeFileSync(join(root, 'd/new'), ''), paths: ['d/new']},
		'an edit': {act: (root) => appendFileSync(join(root, 'd/file'), 'more'), paths: ['d/file']},
		'a deletion': {act: (root) => unlinkSync(join(root, 'd/file')), paths: ['d/file']},
		'an edit in the root': {act: (root) => appendFileSync(join(root, 'top'), 'more'), paths: ['top']},
		'an atomic save': {
			act(root) {
				writeFileSync(join(root, 'd/.file.swp'), 'new content')
				renameSync(join(root, 'd/.file.swp'), join(root, 'd/file'))
			},
			paths: ['d/file'],
		},
		'a name that editors use for temporaries': {
			act: (root) => writeFileSync(join(root, 'd/notes~'), ''),
			paths: ['d/notes~'],
		},
		'a rename': {act: (root) => renameSync(join(root, 'd/file'), join(root, 'e/moved')), paths: ['d/file', 'e/moved']},
		'a deep tree made at once': {
			act: (root) => plant(root, {'n/o/p/q/file': 'x', 'n/o/two': 'y'}),
			paths: ['n', 'n/o', 'n/o/p', 'n/o/p/q', 'n/o/p/q/file', 'n/o/two'],
		},
		'a removed folder': {act: (root) => rmSync(join(root, 'd'), {recursive: true}), paths: ['d']},
	}
	for (const [what, {act, paths}] of Object.entries(acts))
		it(`${what} is reported`, () =>
			withTemp((root) => {
				plant(root, {'d/file': 'x', 'e/': '', top: 'x'})
				return withWatcher(root, way, async (changes) => {
					act(root)
					await changes.until(...paths)
				})
			})).timeout(60_000)

	it('a folder that was moved is watched where it is now', () =>
		withTemp((root) => {
			plant(root, {'d/sub/file': 'x'})
			return withWatcher(root, way, async (changes) => {
				renameSync(join(root, 'd'), join(root, 'moved'))
				await changes.until('d', 'moved', 'moved/sub/file')
				changes.seen.clear()
				appendFileSync(join(root, 'moved/sub/file'), 'more')
				await changes.until('moved/sub/file')
				assert.ok(!changes.seen.has('d/sub/file'))
			})
		})).timeout(60_000)

	it('ignored and own names are not reported, links are not followed', () =>
		withTemp((folder) => {
			plant(folder, {'root/build/': '', 'root/.filesync/': '', 'outside/': ''})
			const root = join(folder, 'root')
			symlinkSync('../outside', join(root, 'link'))
			return withWatcher(root, way, async (changes) => {
				plant(folder, {
					'root/a.tmp': '',
					'root/build/x': '',
					'root/.filesync/y': '',
					'outside/z': '',
					'root/d/b.tmp': '',
					'root/last': '',
				})
				await changes.until('last', 'd')
				// chokidar names the link itself when its target changes: a needless look, but nothing outside is named.
				changes.seen.delete('link')
				assert.deepEqual([...changes.seen].sort(), ['d', 'last'])
			})
		})).timeout(60_000)

	it('a root that goes and comes back is watched again', () =>
		withTemp((folder) => {
			const root = join(folder, 'root')
			plant(folder, {'root/a': ''})
			return withWatcher(root, way, async (changes) => {
				rmSync(root, {recursive: true})
				await changes.until(null)
				changes.seen.clear()
				plant(folder, {'root/': ''})
				await changes.until(null)
				writeFileSync(join(root, 'b'), '')
				await changes.until('b')
			})
		})).timeout(60_000)

	it('a root that is missing at first is watched once it is there', () =>
		withTemp((folder) =>
			withWatcher(join(folder, 'root'), way, async (changes) => {
				changes.seen.clear()
				mkdirSync(join(folder, 'root'))
				await changes.until(null)
				writeFileSync(join(folder, 'root/b'), '')
				await changes.until('b')
			}),
		)).timeout(60_000)

	it('one that is closed before it is ready keeps nobody waiting', () =>
		withTemp(async (root) => {
			for (let i = 0; i < 200; i++) plant(root, {[`d${i}/e/f`]: ''})
			const watcher = watchTree({root, way, ignore: () => false, onChange: () => {}, onWarning: () => {}})
			const closing = watcher.close()
			await watcher.ready
			await closing
		})).timeout(60_000)

	it('after close nothing is reported', () =>
		withTemp(async (root) => {
			const other = new Changes()
			await withWatcher(root, way, async (changes) => {
				await withWatcher(root, way, () => {}, {onChange: (path) => other.add(path)})
				writeFileSync(join(root, 'x'), '')
				await changes.until('x')
			})
			assert.deepEqual([...other.seen], [])
		})).timeout(60_000)
}

const folders = process.platform === 'linux' ? describe : describe.skip
folders('tree/watch by folders', () => {
	contract('folders')

	it('settled: every event of changes made before has been reported', () =>
		withTemp((root) =>
			withWatcher(root, 'folders', async (changes, watcher) => {
				for (let round = 0; round < 20; round++) {
					for (let i = 0; i < 50; i++) writeFileSync(join(root, `f${round}-${i}`), '')
					assert.equal(await watcher.settled(5000), true)
					for (let i = 0; i < 50; i++) assert.ok(changes.seen.has(`f${round}-${i}`))
				}
				assert.ok(![...changes.seen].some((path) => path?.includes('.filesync')))
			}),
		)).timeout(60_000)

	it('a folder that came to be is told of as a whole, once it is watched and before settled answers', () =>
		withTemp((root) => {
			const trees: string[] = []
			return withWatcher(
				root,
				'folders',
				async (changes, watcher) => {
					// More than are watched in one turn.
					for (let i = 0; i < 200; i++) mkdirSync(join(root, 'new/in', `d${i}`), {recursive: true})
					assert.equal(await watcher.settled(5000), true)
					assert.deepEqual(trees, ['new'])
					writeFileSync(join(root, 'new/in/d199/file'), '')
					assert.equal(await watcher.settled(5000), true)
					assert.ok(changes.seen.has('new/in/d199/file'))
					// Gone and made anew: what was in it before is told by nothing else.
					trees.length = 0
					rmSync(join(root, 'new/in'), {recursive: true})
					mkdirSync(join(root, 'new/in'))
					assert.equal(await watcher.settled(5000), true)
					assert.ok(trees.includes('new/in'))
				},
				{onTree: (folder) => trees.push(folder)},
			)
		})).timeout(60_000)

	it('settled is false until the last of several renewals is over, and all is unseen then', () =>
		withTemp((root) => {
			for (let i = 0; i < 300; i++) plant(root, {[`d${i}/`]: ''})
			let unseen = 0
			return withWatcher(
				root,
				'folders',
				async (changes, watcher) => {
					const [first, second] = [watcher.hold(), watcher.hold()]
					assert.equal(await watcher.settled(5000), false)
					second()
					first()
					// The second renewal begins while the first is under way.
					watcher.hold()()
					assert.equal(await watcher.settled(5000), false)
					assert.equal(unseen, 0)
					while (unseen === 0) await new Promise((resolve) => setImmediate(resolve))
					assert.equal(await watcher.settled(5000), true)
					assert.equal(unseen, 1)
					writeFileSync(join(root, 'd299/f'), '')
					await changes.until('d299/f')
				},
				{onUnseen: () => unseen++},
			)
		})).timeout(60_000)

	it('settled is false without a root and after close', () =>
		withTemp(async (folder) => {
			await withWatcher(join(folder, 'gone'), 'folders', async (_, watcher) =>
				assert.equal(await watcher.settled(50), false),
			)
			const watcher = watchTree({root: folder, way: 'folders', ignore: () => false, onChange() {}, onWarning() {}})
			await watcher.ready
			await watcher.close()
			assert.equal(await watcher.settled(50), false)
		}))

	it('a watcher that closes answers who waits, and leaves no cookie', () =>
		withTemp((root) =>
			withWatcher(root, 'folders', async (_, watcher) => {
				assert.equal(await watcher.settled(5000), true)
				const cookies = join(root, '.filesync/watch')
				const waiting = watcher.settled(60_000)
				while (readdirSync(cookies).length === 0) await Promise.resolve()
				// The process may end right after this, before those that wait go on.
				void watcher.close()
				assert.deepEqual(readdirSync(cookies), [])
				assert.equal(await waiting, false)
			}),
		))

	it('a mode change of a folder is reported', () =>
		withTemp((root) => {
			plant(root, {'d/e/': ''})
			return withWatcher(root, 'folders', async (changes) => {
				chmodSync(join(root, 'd/e'), 0o711)
				await changes.until('d/e')
			})
		}))

	const limitable =
		spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 5 > /proc/sys/user/max_inotify_watches']).status === 0
	;(limitable ? it : it.skip)('at the limit it says so, with the command that raises it, and polls', () =>
		withTemp((root) => {
			for (let i = 0; i < 20; i++) plant(root, {[`d${i}/`]: ''})
			const code = `
				import {watchTree} from ${JSON.stringify(new URL('../../src/lib/tree/watch/watch.js', import.meta.url).href)}
				let polls = 0
				const watcher = watchTree({
					root: ${JSON.stringify(root)}, pollMs: 10, ignore: () => false,
					onWarning: (message, advice) => console.log(JSON.stringify([message, advice])),
					onChange: path => { if (path === null && ++polls === 5) watcher.close().then(() => console.log('polled')) },
				})`
			const child = spawnSync(
				'unshare',
				[
					'-Ur',
					'sh',
					'-c',
					'echo 5 > /proc/sys/user/max_inotify_watches; exec "$0" --input-type=module -e "$1"',
					process.execPath,
					code,
				],
				{encoding: 'utf8', timeout: 9000},
			)
			const [warning = '', ...rest] = child.stdout.split('\n')
			const [message, advice] = JSON.parse(warning)
			assert.match(message, /limit of \d+ \(fs\.inotify\.max_user_watches\)/)
			assert.match(advice[0], /sudo sysctl fs\.inotify\.max_user_watches=\d+/)
			assert.deepEqual(rest, ['polled', ''])
			assert.equal(child.status, 0)
		}),
	).timeout(60_000)
})

describe('tree/watch by events', () => contract('events'))
