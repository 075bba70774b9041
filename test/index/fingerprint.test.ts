// The fingerprint of records is that of a look that finds them as recorded, and of no other.

import {equal, notEqual} from 'node:assert/strict'
import fc from 'fast-check'
import {entryKinds} from '../../src/lib/core/entries/batch.js'
import {batchOf} from '../../src/lib/core/entries/batch-builder.js'
import type {DiskStamp, IndexRecord, LiveState, Seen} from '../../src/lib/core/entries/entry.js'
import {observe} from '../../src/lib/core/folder/observe.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {fingerprintOfRecords, fingerprintOfRows} from '../../src/lib/index/pages/fingerprint.js'

const small = fc.integer({min: 0, max: 3})
const stamp: fc.Arbitrary<DiskStamp> = fc.record({size: small, mtimeMs: small, ctimeMs: small, ino: small, mode: small})
const target = fc.constantFrom('', 'a', 'a\0b', 'b')
const seen: fc.Arbitrary<Omit<Seen, 'path'>> = fc.oneof(
	fc.record({kind: fc.constantFrom('file' as const, 'dir' as const), disk: stamp, target: fc.constant(null)}),
	fc.record({kind: fc.constant('symlink' as const), disk: stamp, target}),
)
const path = (name: string): RelPath => name as RelPath

function stateOf({kind, disk, target}: Omit<Seen, 'path'>): LiveState {
	if (kind === 'file') return {kind, size: disk.size, mtime: 0, mode: 0, hash: null}
	return kind === 'dir' ? {kind, mtime: 0, mode: 0} : {kind, mtime: 0, target: target ?? ''}
}

const recordOf = (at: string, look: Omit<Seen, 'path'>): IndexRecord => ({
	path: path(at),
	state: stateOf(look),
	version: [],
	seq: 1,
	disk: look.disk,
	racy: false,
	was: null,
})

const gone = (at: string): IndexRecord => ({
	...recordOf(at, {kind: 'dir', disk: {size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, mode: 0}, target: null}),
	state: {kind: 'gone', since: 1},
	disk: null,
})

function sightOfLook(rows: readonly Seen[]): string {
	const column = (of: keyof DiskStamp) => Float64Array.from(rows, ({disk}) => disk[of])
	return fingerprintOfRows({
		paths: rows.map(({path}) => path).join('\0'),
		kinds: Uint8Array.from(rows, ({kind}) => entryKinds[kind]),
		mode: Uint16Array.from(rows, ({disk}) => disk.mode),
		size: column('size'),
		mtimeMs: column('mtimeMs'),
		ctimeMs: column('ctimeMs'),
		ino: column('ino'),
		targets: rows.flatMap(({target}, row) => (target === null ? [] : [[row, target] as const])),
	})
}

const named = (looks: readonly Omit<Seen, 'path'>[], letter = 'p'): Seen[] =>
	looks.map((look, i) => ({...look, path: path(`${letter}${i}`)}))

describe('index: the sight', () => {
	it('of records is that of what shows them, tombstones or none between them', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(seen, fc.boolean()), {maxLength: 8}), (items) => {
				const rows = named(items.map(([look]) => look))
				const records = rows.flatMap((look, i) =>
					items[i]?.[1] === true ? [recordOf(look.path, look), gone(`${look.path}!`)] : [recordOf(look.path, look)],
				)
				equal(fingerprintOfRecords(batchOf(records)), sightOfLook(rows))
			}),
		)
	})

	it('of records is never that of a look in which something is new', () => {
		let same = 0
		fc.assert(
			fc.property(fc.array(fc.tuple(seen, fc.option(seen)), {minLength: 1, maxLength: 4}), (items) => {
				const recorded = named(items.map(([look]) => look))
				const shown = named(items.map(([look, other]) => other ?? look))
				const records = recorded.map((look) => recordOf(look.path, look))
				if (fingerprintOfRecords(batchOf(records)) !== sightOfLook(shown)) return
				same++
				for (const [i, record] of records.entries()) {
					const row = shown[i]
					if (row === undefined) throw new Error('a row is missing')
					equal(observe(record, row).is, 'same')
				}
			}),
			{numRuns: 2000},
		)
		notEqual(same, 0)
	})

	it('tells other paths, fewer and more of them', () => {
		const look = {kind: 'file', disk: {size: 1, mtimeMs: 1, ctimeMs: 1, ino: 1, mode: 1}, target: null} as const
		const records = named([look, look]).map((row) => recordOf(row.path, row))
		for (const rows of [named([look, look], 'q'), named([look]), named([look, look, look])])
			notEqual(fingerprintOfRecords(batchOf(records)), sightOfLook(rows))
	})

	it('of a folder shows its mode alone, as it is compared', () => {
		const [folder] = named([{kind: 'dir', disk: {size: 1, mtimeMs: 1, ctimeMs: 1, ino: 1, mode: 0o755}, target: null}])
		if (folder === undefined) throw new Error('no folder')
		const records = [recordOf(folder.path, folder)]
		equal(
			fingerprintOfRecords(batchOf(records)),
			sightOfLook([{...folder, disk: {size: 9, mtimeMs: 9, ctimeMs: 9, ino: 9, mode: 0o755}}]),
		)
		notEqual(fingerprintOfRecords(batchOf(records)), sightOfLook([{...folder, disk: {...folder.disk, mode: 0o700}}]))
	})

	it('is not known of records of which one is to be looked into', () => {
		const look = {kind: 'file', disk: {size: 1, mtimeMs: 1, ctimeMs: 1, ino: 1, mode: 1}, target: null} as const
		const [first, second] = named([look, look]).map((row) => recordOf(row.path, row))
		if (first === undefined || second === undefined) throw new Error('no records')
		notEqual(fingerprintOfRecords(batchOf([first, second])), undefined)
		equal(fingerprintOfRecords(batchOf([first, {...second, racy: true}])), undefined)
		equal(fingerprintOfRecords(batchOf([{...first, disk: null}, second])), undefined)
	})
})
