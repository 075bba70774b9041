// A rename that two scans met: the first found the old name gone, the second the new one.
import {equal} from 'node:assert/strict'
import type {DiskStamp, IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {GoneEntries} from '../../src/lib/replica/scan/gone-entries.js'

const disk: DiskStamp = {size: 7, mtimeMs: 1000, ctimeMs: 1500, ino: 42, mode: 0o644}
const hash = 'g'.repeat(43)
const record = (path: string): IndexRecord => ({
	path: path as RelPath,
	state: {kind: 'file', size: 7, mtime: 1_000_000, mode: 0o644, hash},
	version: [],
	seq: 1,
	disk,
	racy: false,
	was: null,
})
const seen = {path: 'new/a' as RelPath, kind: 'file', disk, target: null} as const

describe('replica/gone-entries', () => {
	it('knows what the scan before found gone, and only that one', () => {
		const first = new GoneEntries(() => true)
		first.note(record('old/a'))
		const second = new GoneEntries(() => true, first.kept())
		equal(second.hasSize(7), true)
		equal(second.movedHash(seen), hash)
		equal(second.originOf(seen.path, hash)?.path, 'old/a')
		const third = new GoneEntries(() => true, second.kept())
		equal(third.hasSize(7), false)
		equal(third.movedHash(seen), undefined)
		equal(third.originOf(seen.path, hash), undefined)
	})

	it('keeps no more than a bounded number for the next scan', () => {
		const first = new GoneEntries(() => true)
		for (let i = 0; i <= 10_000; i++) {
			const one = record(`old/${i}`)
			first.note({...one, state: {kind: 'file', size: 7, mtime: 1, mode: 0o644, hash: String(i).padEnd(43, 'g')}})
		}
		equal(first.kept(), undefined)
	})
})
