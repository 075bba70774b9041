// What a sync that was cut off has left of one step, and what the index makes of it.
import {deepEqual, equal} from 'node:assert/strict'
import type {DiskStamp, FileState, IndexRecord, State} from '../../src/lib/core/entries/entry.js'
import type {Intent} from '../../src/lib/core/folder/intent.js'
import {observe} from '../../src/lib/core/folder/observe.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {recoveredRecords} from '../../src/lib/replica/scan/recover.js'
import type {Found, IntentLook} from '../../src/lib/tree/read/stat-intents.js'
import {device, v} from '../core/support.js'

const path = 'a' as RelPath
const copyPath = 'a.copy' as RelPath
const ours = v('a1')
const theirs = v('a1 b1')
const source = {device: device('a'), nowMs: () => 9_000_000, takeSeq: () => 7}
const hash = 'g'.repeat(43)
const stamp = (more: Partial<DiskStamp> = {}): DiskStamp => ({
	size: 3,
	mtimeMs: 2000,
	ctimeMs: 5000,
	ino: 50,
	mode: 0o644,
	...more,
})
const newer: FileState = {kind: 'file', size: 3, mtime: 2_000_000, mode: 0o644, hash}
const old: FileState = {kind: 'file', size: 5, mtime: 1_000_000, mode: 0o600, hash: 'o'.repeat(43)}
const oldStamp = stamp({size: 5, mtimeMs: 1000, mode: 0o600, ino: 40})
const record = (state: State, disk: DiskStamp | null, version = ours): IndexRecord => ({
	path,
	state,
	version,
	seq: 3,
	disk,
	racy: false,
	was: null,
})
const found = (disk: DiskStamp, kind: Found['kind'] = 'file'): Found => ({kind, disk, target: null})
const intent = (more: Partial<Intent> = {}): Intent => ({
	path,
	before: ours,
	state: newer,
	version: theirs,
	keepAs: null,
	staged: 's-1',
	from: null,
	...more,
})
const look = (more: Partial<IntentLook> = {}): IntentLook => ({
	at: null,
	copy: null,
	from: null,
	isStaged: false,
	isExact: true,
	...more,
})

interface Row {
	readonly name: string
	readonly intent?: Partial<Intent>
	/** undefined: none. */
	readonly record?: IndexRecord | undefined
	readonly look?: Partial<IntentLook>
	/** Of each record: its path, and the version it has. */
	readonly found: readonly string[]
}

const told = ({path: at, version, state}: IndexRecord): string =>
	`${at} ${state.kind} ${version.map(([device, counter]) => `${device.charAt(0)}${counter}`).join(' ')}`.trimEnd()

const oldRecord = record(old, oldStamp)
const copyOf = {path: copyPath, version: v('c9')}
const folder = {kind: 'dir', mtime: 1, mode: 0o500} as const
const link = {kind: 'symlink', mtime: 2_000_000, target: 'x'} as const
const meta = {...old, mode: 0o755, mtime: 3_000_000}

const rows: readonly Row[] = [
	{name: 'a content that has its name', record: oldRecord, look: {at: found(stamp())}, found: ['a file a1 b1']},
	{name: 'a new file that has its name', intent: {before: []}, look: {at: found(stamp())}, found: ['a file a1 b1']},
	{name: 'a content that lies in staging', record: oldRecord, look: {at: found(oldStamp), isStaged: true}, found: []},
	{name: 'a new file in staging', intent: {before: []}, look: {isStaged: true}, found: []},
	{
		name: 'a new file that was put there and deleted since: the scan finds it gone',
		intent: {before: []},
		found: ['a file a1 b1'],
	},
	{
		name: 'the old file stands as the index knows it',
		record: oldRecord,
		look: {at: found(oldStamp)},
		found: [],
	},
	{
		name: 'a record that was written since tells more',
		record: record(newer, stamp(), v('a4 b1')),
		look: {at: found(stamp())},
		found: [],
	},
	{
		name: 'a deletion that was carried out',
		intent: {state: {kind: 'gone', since: 1}, staged: null},
		record: oldRecord,
		found: ['a gone a1 b1'],
	},
	{
		name: 'a deletion that was not',
		intent: {state: {kind: 'gone', since: 1}, staged: null},
		record: oldRecord,
		look: {at: found(oldStamp)},
		found: [],
	},
	{
		name: 'a folder with the mode it keeps',
		intent: {before: [], state: folder, staged: null},
		look: {at: found(stamp({mode: 0o500}), 'dir')},
		found: ['a dir a1 b1'],
	},
	{
		name: 'a folder that was being filled: any version comes after it',
		intent: {before: [], state: folder, staged: null},
		look: {at: found(stamp({mode: 0o700}), 'dir')},
		found: ['a dir'],
	},
	{name: 'a folder that was not made', intent: {before: [], state: folder, staged: null}, found: []},
	{
		name: 'mode and time that were set',
		intent: {state: meta, staged: null},
		record: oldRecord,
		look: {at: found({...oldStamp, mode: 0o755, mtimeMs: 3000})},
		found: ['a file a1 b1'],
	},
	{
		name: 'only the mode was set: the next sync sets both',
		intent: {state: meta, staged: null},
		record: oldRecord,
		look: {at: found({...oldStamp, mode: 0o755})},
		found: ['a file a1'],
	},
	{
		name: 'neither was set',
		intent: {state: meta, staged: null},
		record: oldRecord,
		look: {at: found(oldStamp)},
		found: [],
	},
	{
		name: 'a mode that nobody asked for is an edit',
		intent: {state: meta, staged: null},
		record: oldRecord,
		look: {at: found({...oldStamp, mode: 0o640})},
		found: [],
	},
	{
		name: 'a new link that has its name, and not its time: any version comes after it',
		intent: {before: [], state: link},
		look: {at: {kind: 'symlink', disk: stamp(), target: 'x'}, isStaged: true},
		found: ['a symlink'],
	},
	{
		name: 'a link that leads elsewhere than what is staged',
		intent: {before: [], state: link},
		look: {at: {kind: 'symlink', disk: stamp(), target: 'y'}, isStaged: true},
		found: [],
	},
	{
		name: 'the conflict copy has its name, the winner has not',
		intent: {keepAs: copyOf},
		record: oldRecord,
		look: {at: found({...oldStamp, ctimeMs: 6000}), copy: found({...oldStamp, ctimeMs: 6000}), isStaged: true},
		found: ['a.copy file c9'],
	},
	{
		name: 'both have their names',
		intent: {keepAs: copyOf},
		record: oldRecord,
		look: {at: found(stamp()), copy: found({...oldStamp, ctimeMs: 6000})},
		found: ['a file a1 b1', 'a.copy file c9'],
	},
	{
		name: 'something else stands under the name of the copy',
		intent: {keepAs: copyOf},
		record: oldRecord,
		look: {at: found(stamp()), copy: found(stamp({size: 9}))},
		found: ['a file a1 b1'],
	},
	{
		name: 'a folder that moved brought it',
		intent: {before: [], staged: null, from: 'old/a' as RelPath},
		look: {at: found(stamp())},
		found: ['a file a1 b1'],
	},
	{
		name: 'the folder did not move',
		intent: {before: [], staged: null, from: 'old/a' as RelPath},
		look: {from: found(stamp())},
		found: [],
	},
]

describe('replica/recover', () => {
	for (const row of rows)
		it(row.name, () => {
			const records = recoveredRecords(intent(row.intent), row.record, undefined, look(row.look), source)
			deepEqual(records.map(told), row.found)
		})

	it('has the scan read what was put there, so that an edit since is found', () => {
		const [one] = recoveredRecords(intent(), oldRecord, undefined, look({at: found(stamp())}), source)
		equal(observe(one, {path, kind: 'file', disk: stamp(), target: null}).is, 'unclear')
	})

	it('knows a link by what the disk shows of it, so that it can be removed', () => {
		const at = {kind: 'symlink', disk: stamp(), target: 'x'} as const
		const [one] = recoveredRecords(intent({before: [], state: link}), undefined, undefined, look({at}), source)
		deepEqual(one?.disk, stamp())
	})

	it('takes what a disk without modes shows for what was asked for', () => {
		const shown = stamp({mode: 0o777, mtimeMs: 1998})
		const [one] = recoveredRecords(intent(), oldRecord, undefined, look({at: found(shown), isExact: false}), source)
		deepEqual([one?.state, one?.disk?.mode, one?.disk?.mtimeMs], [newer, 0o777, 1998])
	})
})
