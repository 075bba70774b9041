// Two-way rule 9: a rename moves no content over the wire, whatever it is that was renamed.
import assert from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {concurrently} from './support/concurrent.js'
import {type Dir, day} from './support/dir.js'
import {withPair} from './support/pair.js'
import {countsOf, noCounts} from './support/result.js'
import {type Row, scenarios} from './support/scenario.js'

const rows: readonly Row[] = [
	{
		name: 'a file gets another name',
		past: (dir) => dir.write('a', 'r1', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		expect: {b: 'r1'},
		counts: {renamed: 1},
	},
	{
		name: 'a file moves to another folder, at the peer',
		past: (dir) => dir.write('a/f', 'r2', day(0)).mkdir('b', 0o755),
		beta: (dir) => dir.mv('a/f', 'b/f'),
		expect: {'a/': '', 'b/': '', 'b/f': 'r2'},
		counts: {renamed: 1},
	},
	{
		name: 'only the case of a name changes',
		past: (dir) => dir.write('Name', 'r3', day(0)).write('Folder/f', 'r3 below', day(0)),
		alpha: (dir) => dir.mv('Name', 'name').mv('Folder', 'folder'),
		expect: {name: 'r3', 'folder/': '', 'folder/f': 'r3 below'},
		counts: {renamed: 3},
	},
	{
		name: 'two files swap their names',
		past: (dir) => dir.write('a', 'r4 one', day(0)).write('b', 'r4 two!', day(1)),
		alpha: (dir) => dir.mv('a', 't').mv('b', 'a').mv('t', 'b'),
		expect: {a: 'r4 two!', b: 'r4 one'},
		counts: {renamed: 2},
	},
	{
		name: 'three files of one size turn in a circle, at the peer',
		past: (dir) => dir.write('a', 'r5 one', day(0)).write('b', 'r5 two', day(1)).write('c', 'r5 six', day(2)),
		beta: (dir) => dir.mv('a', 't').mv('c', 'a').mv('b', 'c').mv('t', 'b'),
		expect: {a: 'r5 six', b: 'r5 one', c: 'r5 two'},
		counts: {renamed: 3},
	},
	{
		name: 'a chain: each takes the name of the next',
		past: (dir) => dir.write('a', 'r6 one', day(0)).write('b', 'r6 two', day(1)),
		alpha: (dir) => dir.mv('b', 'c').mv('a', 'b'),
		expect: {b: 'r6 one', c: 'r6 two'},
		counts: {renamed: 2},
	},
	{
		name: 'two folders swap their names',
		past: (dir) => dir.write('a/f', 'r7 one', day(0)).write('b/g', 'r7 two', day(0)),
		alpha: (dir) => dir.mv('a', 't').mv('b', 'a').mv('t', 'b'),
		expect: {'a/': '', 'a/g': 'r7 two', 'b/': '', 'b/f': 'r7 one'},
		counts: {renamed: 2},
	},
	{
		name: 'a file is renamed and gets another mode',
		past: (dir) => dir.write('a', 'r8', day(0)).chmod('a', 0o644),
		alpha: (dir) => dir.mv('a', 'b').chmod('b', 0o600),
		expect: {b: 'r8'},
		counts: {renamed: 1},
	},
	{
		name: 'a file is renamed and edited: the new one comes, the old one goes',
		past: (dir) => dir.write('a', 'r9 old', day(0)),
		alpha: (dir) => dir.mv('a', 'b').write('b', 'r9 new', day(1)),
		expect: {b: 'r9 new'},
		counts: {pushed: 1, deleted_remote: 1},
	},
	{
		name: 'renamed on both sides to different names: both stay, nothing is lost',
		past: (dir) => dir.write('a', 'r10', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		beta: (dir) => dir.mv('a', 'c'),
		expect: {b: 'r10', c: 'r10'},
		counts: {pushed: 1, pulled: 1},
	},
	{
		name: 'renamed here and edited there: the edit stays under the old name',
		past: (dir) => dir.write('a', 'r11 old', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		beta: (dir) => dir.write('a', 'r11 new', day(1)),
		expect: {a: 'r11 new', b: 'r11 old'},
		counts: {pushed: 1, pulled: 1},
	},
	{
		name: 'a link is renamed',
		past: (dir) => dir.link('a', 'r12', day(0)),
		alpha: (dir) => dir.mv('a', 'b'),
		expect: {b: '-> r12'},
		counts: {pushed: 1, deleted_remote: 1},
	},
]

const folderFiles = 300
const fileBytes = 100_000

const plant = (dir: Dir): void => {
	for (let i = 0; i < folderFiles; i++) dir.write(`old/sub${i % 7}/f${i}`, randomBytes(fileBytes))
}

describe('e2e: rule 9, renames', () => {
	scenarios('renames', {name: 'renames'}, rows)

	concurrently(
		(['alpha', 'beta'] as const).map((side) => ({
			name: `a folder of ${folderFiles} files and 30 MB, renamed at ${side}, costs less than 100 kB`,
			run: () =>
				withPair({name: `rename-${side}`}, async ({alpha, beta, assertSame}) => {
					plant(alpha.dir)
					const first = await alpha.result(['sync'])
					assert.ok(first.bytes_sent > folderFiles * fileBytes)
					const device = side === 'alpha' ? alpha : beta
					device.dir.mv('old', 'new name')
					const {bytes_sent, bytes_received, ...result} = await alpha.result(['sync'])
					assert.ok(bytes_sent + bytes_received < 100_000, `${bytes_sent} + ${bytes_received} bytes`)
					// The folder, its seven folders and their files.
					assert.deepEqual(countsOf(result), {...noCounts, renamed: 1 + 7 + folderFiles})
					assert.deepEqual(alpha.dir.replica, beta.dir.replica)
					assert.ok(!alpha.dir.has('old') && !beta.dir.has('old'))
				}),
		})),
	)
})
