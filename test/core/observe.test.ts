// Tables of looks at the disk: every branch of observe and observeContent, and what equal contents and metadata are.
import {deepEqual, equal} from 'node:assert/strict'
import type {DiskStamp, FileState, IndexRecord, Seen, State} from '../../src/lib/core/entries/entry.js'
import {
	isRacy,
	microseconds,
	observe,
	observeContent,
	sameContent,
	sameMetadata,
	sameStamp,
	stateOf,
} from '../../src/lib/core/folder/observe.js'
import {dir, file, gone, link, rel, v} from './support.js'

const path = rel('a')
const stamp: DiskStamp = {size: 10, mtimeMs: 100_000, ctimeMs: 7, ino: 3, mode: 0o644}
const record = (state: State, disk: DiskStamp | null = stamp, racy = false): IndexRecord => ({
	path,
	state,
	version: v('a1'),
	seq: 1,
	disk,
	racy,
	was: null,
})
const seen = (kind: Seen['kind'], disk: Partial<DiskStamp> = {}, target: string | null = null): Seen => ({
	path,
	kind,
	disk: {...stamp, ...disk},
	target,
})
const hashed = file('one')
const unhashed: FileState = {...hashed, hash: null}

type Row = readonly [name: string, record: IndexRecord | undefined, seen: Seen, answer: string]
const rows: readonly Row[] = [
	['never seen', undefined, seen('file'), 'changed content'],
	['came back after its deletion', record(gone, null), seen('file'), 'changed content'],
	['a record that no look confirmed', record(hashed, null), seen('file'), 'changed content'],
	['a tombstone with a stamp', record(gone), seen('file'), 'changed content'],
	['nothing new', record(hashed), seen('file'), 'same'],
	['a folder became a file', record(dir()), seen('file'), 'changed content'],
	['a file became a folder', record(hashed), seen('dir'), 'changed content'],
	['a file became a link', record(hashed), seen('symlink', {}, 'x'), 'changed content'],
	['a folder with new children', record(dir()), seen('dir', {mtimeMs: 5, ctimeMs: 9, size: 4096}), 'same'],
	['a folder with another mode', record(dir(), {...stamp, mode: 0o755}), seen('dir', {mode: 0o700}), 'changed'],
	['a folder on a disk that cannot keep its mode', record(dir(0o700)), seen('dir'), 'same'],
	['a link as it was', record(link('x')), seen('symlink', {ctimeMs: 9}, 'x'), 'same'],
	['a link to elsewhere', record(link('x')), seen('symlink', {}, 'y'), 'changed content'],
	['a link made again', record(link('x')), seen('symlink', {mtimeMs: 5}, 'x'), 'changed'],
	['another size', record(hashed), seen('file', {size: 11}), 'changed content'],
	['another size, racy', record(hashed, stamp, true), seen('file', {size: 11}), 'changed content'],
	['another mtime', record(hashed), seen('file', {mtimeMs: 5}), 'unclear'],
	['same size, mtime restored: the ctime tells', record(hashed), seen('file', {ctimeMs: 9}), 'unclear'],
	['same size, mtime and ctime: the inode tells', record(hashed), seen('file', {ino: 4}), 'unclear'],
	['another mode', record(hashed), seen('file', {mode: 0o600}), 'unclear'],
	['racy and nothing new', record(hashed, stamp, true), seen('file'), 'unclear'],
	['no hash yet and nothing new', record(unhashed), seen('file'), 'same'],
	['no hash yet, racy, nothing new', record(unhashed, stamp, true), seen('file'), 'same'],
	['no hash yet and another mtime', record(unhashed), seen('file', {mtimeMs: 5}), 'changed content'],
	['no hash yet and another mode', record(unhashed), seen('file', {mode: 0o600}), 'changed content'],
]

type ContentRow = readonly [
	name: string,
	record: IndexRecord & {readonly state: FileState},
	seen: Seen,
	hash: string,
	answer: string,
	mtime: number | null,
	mode: number | null,
]
const fileRecord = (state: FileState, disk: DiskStamp | null = stamp): IndexRecord & {readonly state: FileState} => ({
	path,
	state,
	version: v('a1'),
	seq: 1,
	disk,
	racy: false,
	was: null,
})
const contentRows: readonly ContentRow[] = [
	['other bytes', fileRecord(hashed), seen('file'), 'two', 'changed content', 100e6, 0o644],
	['same bytes, no stamp', fileRecord(hashed, null), seen('file'), 'one', 'changed content', 100e6, 0o644],
	['same bytes, only the inode is new', fileRecord(hashed), seen('file', {ino: 4}), 'one', 'restamped', null, null],
	['touched', fileRecord(hashed), seen('file', {mtimeMs: 5}), 'one', 'changed', 5000, 0o644],
	['chmod', fileRecord(hashed), seen('file', {mode: 0o600}), 'one', 'changed', 100e6, 0o600],
	[
		'a disk that cut the mtime: what was asked for stays',
		fileRecord({...hashed, mtime: 100_000_001}),
		seen('file', {ino: 4}),
		'one',
		'restamped',
		null,
		null,
	],
	[
		'a disk that cut the mtime, and a chmod',
		fileRecord({...hashed, mtime: 100_000_001}),
		seen('file', {mode: 0o600}),
		'one',
		'changed',
		100_000_001,
		0o600,
	],
	[
		'a disk that has no modes, and a touch',
		fileRecord({...hashed, mode: 0o600}),
		seen('file', {mtimeMs: 5}),
		'one',
		'changed',
		5000,
		0o600,
	],
]

describe('core: observe', () => {
	for (const [name, known, look, answer] of rows)
		it(`${name}: ${answer}`, () => {
			const found = observe(known, look)
			equal(found.is === 'changed' && found.content ? 'changed content' : found.is, answer)
			if (found.is === 'changed') deepEqual(found.state, stateOf(look, null, known))
		})
	for (const [name, known, look, hash, answer, mtime, mode] of contentRows)
		it(`by content: ${name}: ${answer}`, () => {
			const found = observeContent(known, look, hash)
			equal(found.is === 'changed' && found.content ? 'changed content' : found.is, answer)
			const state = found.is === 'changed' && found.state.kind === 'file' ? found.state : null
			equal(state?.mtime ?? null, mtime)
			equal(state?.mode ?? null, mode)
			if (state !== null) equal(state.hash, hash)
		})
	it('makes states of what was seen', () => {
		deepEqual(stateOf(seen('file'), 'h'), file('h'))
		deepEqual(stateOf(seen('dir', {mode: 0o755, mtimeMs: 0})), dir())
		deepEqual(stateOf(seen('symlink', {}, '../x')), link('../x'))
	})
	it('an edit on a disk that keeps no modes or fine times leaves those that were asked for', () => {
		const private_ = {...hashed, mode: 0o600, mtime: 100_000_001}
		deepEqual(stateOf(seen('file', {size: 11, mtimeMs: 5}), 'two', record(private_)), {
			kind: 'file',
			size: 11,
			mtime: 5000,
			mode: 0o600,
			hash: 'two',
		})
		deepEqual(stateOf(seen('file', {size: 11, mode: 0o640}), 'two', record(private_)), {
			kind: 'file',
			size: 11,
			mtime: 100_000_001,
			mode: 0o640,
			hash: 'two',
		})
	})
	it('of another kind, or gone, nothing was asked for', () => {
		for (const before of [record(dir(0o700)), record(gone, null), record(link('x'))])
			deepEqual(stateOf(seen('file'), 'one', before), stateOf(seen('file'), 'one'))
	})
	it('where the disk keeps no modes, one that shows says nothing', () => {
		deepEqual(stateOf(seen('file', {mode: 0o777}), 'h', undefined, false), file('h'))
		deepEqual(stateOf(seen('dir', {mode: 0o777, mtimeMs: 0}), null, undefined, false), dir())
		deepEqual(stateOf(seen('file', {mode: 0o777}), 'one', record({...hashed, mode: 0o600}), false), {
			...hashed,
			mode: 0o600,
		})
		equal(observe(record(dir(0o700)), seen('dir', {mode: 0o777}), false).is, 'restamped')
		equal(observeContent(fileRecord(hashed), seen('file', {mode: 0o777}), 'one', false).is, 'restamped')
	})
	it('reads the microsecond that was written, in every year, before 1970 too', () => {
		for (const us of [
			1_120_000_000_000_003, 1_100_000_000_000_003, 550_000_000_000_017, 1_750_000_000_123_457, -549_999_999_999_983,
			-1, 0, 1, 2_200_000_000_000_010,
		])
			equal(microseconds(us / 1000), us)
	})
	const racy: readonly (readonly [name: string, mtimeMs: number, atMs: number, answer: boolean])[] = [
		['just written, fine times', 1000.5, 1010, true],
		['written a while ago, fine times', 1000.5, 1051, false],
		['from the near future', 1040.5, 1010, true],
		['written a second ago on a coarse disk', 1000, 2500, true],
		['written two seconds ago on a coarse disk', 1000, 3000, false],
	]
	for (const [name, mtimeMs, atMs, answer] of racy)
		it(`racy: ${name}: ${answer}`, () => equal(isRacy(mtimeMs, atMs), answer))
	it('compares stamps by every field', () => {
		equal(sameStamp(stamp, {...stamp}), true)
		for (const other of [{size: 1}, {mtimeMs: 1}, {ctimeMs: 1}, {ino: 1}, {mode: 1}])
			equal(sameStamp(stamp, {...stamp, ...other}), false)
	})
	const contents: readonly (readonly [
		name: string,
		a: State,
		b: State,
		content: boolean | undefined,
		metadata: boolean,
	])[] = [
		['folders', dir(), dir(), true, true],
		['folders of other times', dir(), {...dir(), mtime: 5}, true, true],
		['folders of other modes', dir(), dir(0o700), true, false],
		['a folder and a file', dir(), hashed, false, false],
		['tombstones', gone, {kind: 'gone', since: 9}, true, true],
		['a tombstone and a file', gone, hashed, false, false],
		['links', link('x'), link('x'), true, true],
		['links of other times', link('x'), link('x', 5), true, false],
		['links to elsewhere', link('x'), link('y'), false, true],
		['a link and a file', link('x'), hashed, false, false],
		['files', hashed, file('one'), true, true],
		['files of other times', hashed, file('one', 5), true, false],
		['files of other modes', hashed, file('one', 100, 10, 0o600), true, false],
		['files of other bytes', hashed, file('two'), false, true],
		['files of other sizes', hashed, file('one', 100, 11), false, true],
		['files, one hash missing', hashed, unhashed, undefined, true],
		['files, both hashes missing', unhashed, unhashed, undefined, true],
		['files of other sizes, hashes missing', unhashed, {...unhashed, size: 11}, false, true],
		['empty files, hashes missing', {...unhashed, size: 0}, {...unhashed, size: 0}, true, true],
	]
	for (const [name, a, b, content, metadata] of contents)
		it(`same or not: ${name}`, () => {
			for (const [x, y] of [
				[a, b],
				[b, a],
			] as const) {
				equal(sameContent(x, y), content)
				equal(sameMetadata(x, y), metadata)
			}
		})
})
