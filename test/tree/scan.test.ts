import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {chmodSync, linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {ScanColumns} from '../../src/lib/tree/scan/columns.js'
import {type ScanArgs, type ScanProgress, scan} from '../../src/lib/tree/scan/scan.js'
import {plant, withTemp} from './temp.js'

const look = (root: string, over: Partial<ScanArgs> = {}): ScanColumns =>
	new ScanColumns(scan({root, ignoreLines: [], ...over}).value)
const pathsOf = (columns: ScanColumns): string[] => [...columns].map((seen) => seen.path)
const onPosix = process.platform === 'win32' ? it.skip : it
const onLinux = process.platform === 'linux' ? it : it.skip

describe('tree/scan', () => {
	it('sees files, empty folders, dot names and links, sorted by code unit', () =>
		withTemp((root) => {
			plant(root, {'b.txt': 'bb', 'a/x': '1', 'a-b': '', 'a.b/y': '', '.dot/.file': '', 'empty/': ''})
			symlinkSync('nowhere/at all', join(root, 'link'))
			symlinkSync('..', join(root, 'a', 'up'))
			const columns = look(root)
			const paths = pathsOf(columns)
			assert.deepEqual(paths, [
				'.dot',
				'.dot/.file',
				'a',
				'a-b',
				'a.b',
				'a.b/y',
				'a/up',
				'a/x',
				'b.txt',
				'empty',
				'link',
			])
			assert.deepEqual(paths, [...paths].sort())
			const row = columns.find('link')
			assert.ok(row !== undefined)
			assert.equal(columns.seenAt(row).kind, 'symlink')
			assert.equal(columns.seenAt(row).target, 'nowhere/at all')
			assert.equal(columns.find('nothing'), undefined)
			assert.deepEqual(columns.problems, [])
		}))

	it('gives the stamp that lstat gives', () =>
		withTemp((root) => {
			plant(root, {'d/file': 'four'})
			chmodSync(join(root, 'd/file'), 0o640)
			for (const seen of look(root)) {
				const stats = lstatSync(join(root, seen.path))
				assert.deepEqual(seen.disk, {
					size: stats.size,
					mtimeMs: stats.mtimeMs,
					ctimeMs: stats.ctimeMs,
					ino: stats.ino,
					mode: stats.mode & 0o777,
				})
			}
		}))

	it('an empty root has no rows', () =>
		withTemp((root) => {
			assert.deepEqual(pathsOf(look(root)), [])
			plant(root, {'.filesync/root.json': '{}', '.filesync/staging/x': ''})
			assert.deepEqual(pathsOf(look(root)), [])
		}))

	it('leaves out its own names at any depth and in any case', () =>
		withTemp((root) => {
			plant(root, {
				'a/.filesync/x': '',
				'a/.FileSync/y': '',
				'.filesync.tmp-1': '',
				'a/.filesyncignore': '',
				'.filesyncignore': '',
			})
			assert.deepEqual(pathsOf(look(root)), ['.filesyncignore', 'a', 'a/.filesyncignore'])
		}))

	const strange = [
		'a\nb',
		'\n',
		'cr\r',
		'\u2028x',
		'\u2029',
		'"q"',
		"'s'",
		'*',
		'**',
		'[x]',
		'{a,b}',
		'(p)',
		'!neg',
		'!(a)',
		'+(x)',
		'@(y)',
		'b\\c',
		'.\\lead',
		'..dots',
		'...',
		'trail  ',
		' lead',
		'😀\n🐊',
		'🐊',
		'__proto__',
		'constructor',
		'\t',
		'-rf',
		'#h',
		'~',
		'\\',
		'a\\',
		'\ufffd',
		'?',
		'$x',
		'r',
		'\u0001',
	]
	onPosix('finds every strange name, as file and as folder', () =>
		withTemp((root) => {
			for (const name of strange) {
				mkdirSync(join(root, name))
				writeFileSync(`${root}/${name}/${name}`, '')
			}
			const columns = look(root)
			assert.deepEqual(pathsOf(columns), strange.flatMap((name) => [name, `${name}/${name}`]).sort())
			assert.deepEqual(columns.problems, [])
		}),
	)

	onPosix('a root with special characters in its path is only a path', () =>
		withTemp((folder) => {
			const root = join(folder, 'a*[b]{c}(d)!\\ \n')
			plant(root, {'x/y': ''})
			assert.deepEqual(pathsOf(look(root)), ['x', 'x/y'])
		}),
	)

	onLinux('reports names that are not UTF-8, and keeps a real U+FFFD beside them', () =>
		withTemp((root) => {
			const inRoot = (bytes: number[]) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(bytes)])
			writeFileSync(inRoot([0x61, 0xff]), 'one')
			writeFileSync(inRoot([0x61, 0xfe]), 'two')
			writeFileSync(inRoot([0xed, 0xa0, 0x80]), 'a lone surrogate')
			mkdirSync(inRoot([0xff]))
			writeFileSync(inRoot([0xff, 0x2f, 0x78]), 'below an undecodable folder')
			mkdirSync(join(root, '\ufffd'))
			plant(root, {'\ufffd/in': '', plain: ''})
			const columns = look(root)
			assert.deepEqual(pathsOf(columns), ['plain', '\ufffd', '\ufffd/in'])
			assert.deepEqual(columns.problems.map(({path, code}) => [path, code]).sort(), [
				['\\xed\\xa0\\x80', 'EILSEQ'],
				['\\xff', 'EILSEQ'],
				['a\\xfe', 'EILSEQ'],
				['a\\xff', 'EILSEQ'],
			])
		}),
	)

	onPosix('skips FIFOs and sockets without opening them', () =>
		withTemp((root) => {
			plant(root, {'d/file': ''})
			execFileSync('mkfifo', [join(root, 'd/fifo'), join(root, 'fifo')])
			const columns = look(root)
			assert.deepEqual(pathsOf(columns), ['d', 'd/file'])
			assert.equal(columns.skipped, 2)
		}),
	)

	it('leaves out what the rules say and counts a folder once', () =>
		withTemp((root) => {
			plant(root, {'keep/a.tmp': '', 'keep/b': '', 'build/x/y': '', 'c/build': 'a file', 'd/e.tmp': ''})
			const columns = look(root, {ignoreLines: ['*.tmp', 'build/']})
			assert.deepEqual(pathsOf(columns), ['c', 'c/build', 'd', 'keep', 'keep/b'])
			assert.equal(columns.ignored, 3)
		}))

	it('a link to a folder is a link, and nothing is found through it', () =>
		withTemp((root) => {
			plant(root, {'real/a': ''})
			symlinkSync('real', join(root, 'alias'))
			symlinkSync('.', join(root, 'self'))
			assert.deepEqual(pathsOf(look(root)), ['alias', 'real', 'real/a', 'self'])
		}))

	onPosix('both names of a hard-linked file are seen', () =>
		withTemp((root) => {
			plant(root, {a: 'x'})
			linkSync(join(root, 'a'), join(root, 'b'))
			const [a, b] = [...look(root)]
			assert.equal(a?.disk.ino, b?.disk.ino)
		}),
	)

	it('a missing root is an error, never an empty tree', () =>
		withTemp((folder) => {
			const root = join(folder, 'gone')
			assert.throws(
				() => look(root),
				(error: unknown) =>
					error instanceof FileSyncError &&
					error.code === 'ROOT_MISSING' &&
					error.message.includes(root) &&
					error.advice.length > 0,
			)
			plant(folder, {file: ''})
			assert.throws(() => look(join(folder, 'file')), {code: 'ROOT_MISSING'})
		}))

	onLinux('folders too deep or too long to name are problems, and nothing below counts as deleted', () =>
		withTemp((root) => {
			const deepest = Array.from({length: 256}, () => 'd').join('/')
			mkdirSync(join(root, deepest, 'e/f'), {recursive: true})
			const columns = look(root)
			assert.equal(columns.length, 256)
			assert.deepEqual(
				columns.problems.map((problem) => [problem.path, problem.code]),
				[[deepest, 'ENAMETOOLONG']],
			)
			assert.deepEqual(columns.unreadable, [deepest])
			assert.ok(columns.isUnknown(`${deepest}/e`))
			assert.ok(!columns.isUnknown('d/d'))
		}),
	)

	it('tells how far it is', () =>
		withTemp((root) => {
			for (let i = 0; i < 40; i++) plant(root, {[`d${i}/f`]: ''})
			const events: ScanProgress[] = []
			const started = performance.now()
			scan({root, ignoreLines: []}, (event) => {
				if ('entries' in event) events.push(event)
			})
			// One event per 100 ms at most; a scan this small may need none.
			assert.ok(events.length <= (performance.now() - started) / 100 + 1)
			for (const event of events) assert.ok(event.entries <= 80)
		}))

	/** Runs `body` with the rights of the user nobody: root may read everything. */
	function asNobody<T>(body: () => T): T {
		process.setegid?.(65_534)
		process.seteuid?.(65_534)
		try {
			return body()
		} finally {
			process.seteuid?.(0)
			process.setegid?.(0)
		}
	}
	const asRoot = process.getuid?.() === 0
	onPosix('a folder without rights is a problem and its content unknown', () =>
		withTemp((root) => {
			plant(root, {'shut/a': '', 'names/b': '', 'open/c': ''})
			chmodSync(root, 0o755)
			chmodSync(join(root, 'shut'), asRoot ? 0o700 : 0)
			chmodSync(join(root, 'names'), asRoot ? 0o744 : 0o400)
			const columns = asRoot ? asNobody(() => look(root)) : look(root)
			chmodSync(join(root, 'shut'), 0o700)
			chmodSync(join(root, 'names'), 0o700)
			assert.deepEqual(pathsOf(columns), ['names', 'open', 'open/c', 'shut'])
			assert.deepEqual(
				columns.problems.map(({path, code}) => [path, code]),
				[
					['names/b', 'EACCES'],
					['shut', 'EACCES'],
				],
			)
			assert.deepEqual(columns.unreadable, ['names/b', 'shut'])
			assert.ok(columns.isUnknown('shut/a'))
			assert.ok(!columns.isUnknown('shutter'))
		}),
	)
	;(asRoot ? it : it.skip)('a root without rights is an error, never an empty tree', () =>
		withTemp((root) => {
			plant(root, {a: ''})
			chmodSync(root, 0o700)
			asNobody(() => assert.throws(() => look(root), {code: 'ROOT_MISSING'}))
		}),
	)
})
