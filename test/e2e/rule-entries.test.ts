// Two-way rule 6: what is an entry, and how much of it arrives. Names, links, modes, times, and what is never synced.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {lstatSync} from 'node:fs'
import {type Dir, day, type Tree} from './support/dir.js'
import {type Row, scenarios} from './support/scenario.js'

/** Names that programs stumble over. */
const names: Readonly<Record<string, string>> = {
	'with blanks': '  two  blanks  ',
	'a line feed': 'line\nfeed',
	quotes: `'single' "double" \`back\``,
	'an emoji': '🦜 parrot 👩‍👩‍👧',
	'a backslash': 'back\\slash\\n',
	'a leading dash': '--config',
	'255 bytes': 'n'.repeat(255),
	'255 bytes of emoji': `${'🦜'.repeat(63)}abc`,
	__proto__: '__proto__',
	constructor: 'constructor',
	'a glob': '*',
	'a glob of brackets': '[a-z]{1,2}?!(x)',
	'an escape': 'esc\u001b[2Jape',
	'a right-to-left override': 'gpj\u202e.exe',
	'three dots': '...',
	'a tilde': '~',
	'a dollar': '$HOME %PATH% `id`',
	composed: 'Ã¶ \u00e9',
	decomposed: 'e\u0301',
	'a hash and a percent': '#1 100%25',
	'a trailing dot': 'dot.',
	'a tab and a delete': 'tab\tdel\u007f',
}

const nameRows: readonly Row[] = [
	...Object.entries(names).map(
		([what, name]): Row => ({
			name: `${what}, as a file, a folder and a link`,
			alpha: (dir) => dir.write(`f/${name}`, `file ${what}`, day(1)).link(`l/${name}`, name, day(1)),
			beta: (dir) => dir.write(`d/${name}/${name}`, `below ${what}`, day(1)),
			expect: {
				'd/': '',
				[`d/${name}/`]: '',
				[`d/${name}/${name}`]: `below ${what}`,
				'f/': '',
				[`f/${name}`]: `file ${what}`,
				'l/': '',
				[`l/${name}`]: `-> ${name}`,
			},
			counts: {pushed: 4, pulled: 3},
		}),
	),
	{
		name: 'odd names are edited and deleted like any other',
		past: (dir) => {
			for (const [what, name] of Object.entries(names))
				dir.write(`e/${name}`, `e ${what}`, day(1)).write(`d/${name}`, what)
		},
		alpha: (dir) => {
			for (const [what, name] of Object.entries(names)) dir.write(`e/${name}`, `edited ${what}`, day(0))
		},
		beta: (dir) => dir.rm('d').mkdir('d', 0o755),
		expect: {
			'd/': '',
			'e/': '',
			...Object.fromEntries(
				Object.entries(names).map(([what, name]): [string, string] => [`e/${name}`, `edited ${what}`]),
			),
		},
		counts: {pushed: Object.keys(names).length, deleted_local: Object.keys(names).length},
	},
]

/** Sets a time that Node cannot set exactly. */
function touch(dir: Dir, path: string, date: string): void {
	const {status, stderr} = spawnSync('touch', ['-h', '-d', date, dir.at(path)], {encoding: 'utf8'})
	assert.equal(status, 0, stderr)
}

const times: Readonly<Record<string, string>> = {
	'1960': '1960-01-02T03:04:05.25Z',
	epoch: '1970-01-01T00:00:00Z',
	nanoseconds: '2024-05-06T07:08:09.123456789Z',
	'a microsecond before a second': '2024-05-06T07:08:09.999999Z',
	'2100': '2100-01-02T03:04:05Z',
}

/** Node's `utimes` cannot be more exact than a quarter of a microsecond; FileSync keeps whole ones. */
function assertTime(dir: Dir, path: string, date: string): void {
	const [, seconds = '', fraction = '0'] = /^(.*?)(?:\.(\d+))?Z$/.exec(date) ?? []
	const wantedNs = BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
	const foundNs = lstatSync(dir.at(path), {bigint: true}).mtimeNs
	const offNs = foundNs > wantedNs ? foundNs - wantedNs : wantedNs - foundNs
	assert.ok(offNs <= 1000n, `${path}: ${date} came as ${foundNs} ns, ${offNs} ns off`)
}

const modes = [0o600, 0o755, 0o444, 0o400, 0o777, 0o001, 0o200] as const

const metadataRows: readonly Row[] = [
	{
		name: 'mtimes of new files and links: 1960 to 2100',
		alpha: (dir) => {
			for (const [what, date] of Object.entries(times)) {
				dir.write(`f ${what}`, `time ${what}`).link(`l ${what}`, what)
				touch(dir, `f ${what}`, date)
				touch(dir, `l ${what}`, date)
			}
		},
		expect: (dir) => {
			for (const [what, date] of Object.entries(times)) {
				assertTime(dir, `f ${what}`, date)
				assertTime(dir, `l ${what}`, date)
			}
		},
		counts: {pushed: 10},
	},
	{
		name: 'a new mtime alone is metadata',
		past: (dir) => dir.write('f', 'm1', day(1)).link('l', 'm1', day(1)),
		beta: (dir) => {
			touch(dir, 'f', '1960-01-02T03:04:05Z')
			touch(dir, 'l', '2001-01-02T03:04:05Z')
		},
		expect: (dir) => {
			assertTime(dir, 'f', '1960-01-02T03:04:05Z')
			assertTime(dir, 'l', '2001-01-02T03:04:05Z')
		},
		counts: {metadata: 2},
	},
	{
		name: 'permission bits of new files and folders',
		alpha: (dir) => {
			for (const mode of modes) dir.write(`f${mode.toString(8)}`, `mode ${mode}`).chmod(`f${mode.toString(8)}`, mode)
			dir.mkdir('d700', 0o700).mkdir('d750', 0o750).mkdir('d555').write('d555/f', 'mode below').chmod('d555', 0o555)
		},
		expect: (dir) => {
			for (const mode of modes) assert.equal(lstatSync(dir.at(`f${mode.toString(8)}`)).mode & 0o7777, mode)
			for (const mode of [0o700, 0o750, 0o555])
				assert.equal(lstatSync(dir.at(`d${mode.toString(8)}`)).mode & 0o7777, mode)
			assert.equal(dir.read('d555/f'), 'mode below')
		},
		counts: {pushed: modes.length + 4},
	},
	{
		name: 'new permission bits alone are metadata',
		past: (dir) => dir.write('f', 'm2', day(1)).chmod('f', 0o644).mkdir('d', 0o755),
		alpha: (dir) => dir.chmod('f', 0o700).chmod('d', 0o711),
		expect: (dir) => {
			assert.equal(lstatSync(dir.at('f')).mode & 0o7777, 0o700)
			assert.equal(lstatSync(dir.at('d')).mode & 0o7777, 0o711)
		},
		counts: {metadata: 2},
	},
	{
		name: 'a chmod here and a touch there: the edit of the later mtime wins, content stays',
		past: (dir) => dir.write('f', 'm3', day(1)).chmod('f', 0o644),
		alpha: (dir) => dir.chmod('f', 0o600),
		beta: (dir) => dir.touch('f', day(2)),
		expect: {f: 'm3'},
		counts: {metadata: 1},
	},
	{
		name: 'setuid, setgid and sticky bits stay at home',
		past: (dir) => dir.write('f', 'm4', day(1)).chmod('f', 0o755),
		alpha: (dir) => dir.chmod('f', 0o4755).write('new', 'm4 new', day(1)).chmod('new', 0o2700),
		expect: (dir) => {
			const bits = [dir.at('f'), dir.at('new')].map((path) => (lstatSync(path).mode & 0o7777).toString(8))
			assert.deepEqual(bits, isAlpha(dir) ? ['4755', '2700'] : ['755', '700'])
		},
		counts: {pushed: 1},
	},
	{
		name: 'an edit in a read-only file and below a read-only folder',
		past: (dir) =>
			dir.write('f', 'm5 old', day(1)).chmod('f', 0o444).write('d/f', 'm5 below old', day(1)).chmod('d', 0o555),
		alpha: (dir) =>
			dir
				.chmod('f', 0o644)
				.write('f', 'm5 new', day(0))
				.chmod('f', 0o444)
				.chmod('d', 0o755)
				.write('d/f', 'm5 below new', day(0))
				.write('d/g', 'm5 added', day(0))
				.chmod('d', 0o555),
		expect: {f: 'm5 new', 'd/': '', 'd/f': 'm5 below new', 'd/g': 'm5 added'},
		counts: {pushed: 3},
	},
]

const linkTree: Tree = {
	absolute: '-> /nonexistent/absolute',
	dangling: '-> nowhere',
	'dir/': '',
	'dir/f': 'link f',
	loop: '-> loop',
	long: `-> ${'t/'.repeat(200)}`,
	'to-dir': '-> dir',
	'to-file': '-> dir/f',
	'to-parent': '-> ..',
	'to-self': '-> .',
}

const kindRows: readonly Row[] = [
	{
		name: 'links of every sort are synced as links',
		alpha: (dir) => {
			for (const [path, content] of Object.entries(linkTree))
				if (content.startsWith('-> ')) dir.link(path, content.slice(3), day(1))
			dir.write('dir/f', 'link f', day(1))
		},
		expect: linkTree,
		counts: {pushed: Object.keys(linkTree).length},
	},
	{
		name: 'a link with a new target is an edit',
		past: (dir) => dir.link('l', 'old', day(1)),
		beta: (dir) => dir.rm('l').link('l', 'new', day(0)),
		expect: {l: '-> new'},
		counts: {pulled: 1},
	},
	{
		name: 'empty files and empty folders',
		alpha: (dir) => dir.write('empty', '', day(1)).mkdir('a/b/c'),
		expect: {empty: '', 'a/': '', 'a/b/': '', 'a/b/c/': ''},
		counts: {pushed: 4},
	},
	{
		name: 'a path of 100 folders',
		beta: (dir) => dir.write(`${'d/'.repeat(100)}f`, 'deep', day(1)),
		expect: (dir) => assert.equal(dir.read(`${'d/'.repeat(100)}f`), 'deep'),
		counts: {pulled: 101},
	},
	{
		name: 'hard links arrive as files of their own',
		alpha: (dir) => {
			dir.write('one', 'hard link', day(1))
			assert.equal(spawnSync('ln', [dir.at('one'), dir.at('two')]).status, 0)
		},
		expect: {one: 'hard link', two: 'hard link'},
		counts: {pushed: 2},
	},
]

const isAlpha = (dir: Dir): boolean => dir.path.includes('/alpha/')

describe('e2e: rule 6, entries', () => {
	before(function () {
		// Modes, links and such names exist on POSIX systems only.
		if (process.platform === 'win32') this.skip()
	})
	scenarios('names', {name: 'names'}, nameRows)
	scenarios('metadata', {name: 'metadata'}, metadataRows)
	scenarios('kinds of entries', {name: 'entries'}, kindRows)
})
