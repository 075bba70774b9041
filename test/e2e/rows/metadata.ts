// Rows of the two-way rule 6: modes and times.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {lstatSync} from 'node:fs'
import {type Dir, day} from '../support/dir.js'
import type {Row} from '../support/scenario.js'

const isAlpha = (dir: Dir): boolean => dir.path.includes('/alpha/')

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

export const metadataRows: readonly Row[] = [
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
		name: 'a chmod here and a touch there: both stay, and so does the content',
		past: (dir) => dir.write('f', 'm3', day(1)).chmod('f', 0o644),
		alpha: (dir) => dir.chmod('f', 0o600),
		beta: (dir) => dir.touch('f', day(2)),
		expect: (dir) => {
			const {mode, mtimeMs} = lstatSync(dir.at('f'))
			assert.deepEqual([dir.read('f'), mode & 0o777, mtimeMs], ['m3', 0o600, day(2) * 1000])
		},
		counts: {metadata: 2},
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
