// A content that was looked at so soon after its mtime that a later edit could hide is looked at again, whatever happens between the
// look and the record.
import {deepEqual, equal} from 'node:assert/strict'
import {mkdirSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {DiskStamp, FileState, IndexRecord} from '../../src/lib/core/entries/entry.js'
import {deviceIdFrom} from '../../src/lib/core/entries/versions.js'
import type {AgreeStep} from '../../src/lib/core/plan/plan.js'
import {Index} from '../../src/lib/index/index.js'
import {recordsAgreed} from '../../src/lib/replica/apply/applied-records.js'
import {diffScan} from '../../src/lib/replica/scan/diff.js'
import {GoneEntries} from '../../src/lib/replica/scan/gone-entries.js'
import {IgnoreRules, ScanColumns, Thread} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import {rel} from '../core/model/disk.js'
import {recordsOf} from './support/rescan.js'
import {makeTemp, removeTemp} from './support/temp.js'

const startMs = 1_700_000_000_000
const device = deviceIdFrom(new Uint8Array(12))
const hash = 'g'.repeat(43)

describe('engine: contents looked at too soon', () => {
	it('a hash that was learned racy stays so when the version is agreed late', () => {
		const disk: DiskStamp = {size: 1, mtimeMs: startMs, ctimeMs: startMs, ino: 7, mode: 0o644}
		const state: FileState = {kind: 'file', size: 1, mtime: startMs * 1000, mode: 0o644, hash: null}
		const record: IndexRecord = {path: rel('a'), state, version: [], seq: 1, disk, racy: false, was: null}
		const step: AgreeStep = {
			do: 'agree',
			id: 1,
			path: rel('a'),
			state,
			version: [[device, 5]],
			keepAs: null,
		}
		const item = {step, record, disposition: {how: 'nothing'}, standsAs: null} as const
		const source = {device, nowMs: () => startMs, takeSeq: () => 2}
		const agreed = (current: IndexRecord) => recordsAgreed(item, current, 2, source)[0]
		equal(agreed({...record, state: {...state, hash}, racy: true})?.racy, true)
		equal(agreed({...record, state: {...state, hash}, racy: false})?.racy, false)
		// Another file by now: nothing was learned of this one.
		equal(agreed({...record, disk: {...disk, ino: 8}, state: {...state, hash}, racy: true})?.racy, false)
	})

	it('a file that was hashed at once counts as that, though hashing all of them took long', async () => {
		const home = makeTemp()
		const root = join(home, 'tree')
		mkdirSync(root)
		const reader = new Thread('test')
		const index = await Index.open({
			dir: join(home, 'index'),
			random: (n) => new Uint8Array(n),
			nowSec: () => startMs / 1000,
		})
		let nowMs = startMs
		const look = async (): Promise<IndexRecord[]> => {
			const columns = new ScanColumns(scan({root, ignoreLines: []}).value)
			await diffScan({
				root,
				index,
				// The clock is looked at when the rescan begins, when the first content is about to be read, and for each record.
				reader: () => reader,
				rules: new IgnoreRules([]),
				newcomers: null,
				source: {device, nowMs: () => (nowMs += 1000), takeSeq: () => index.takeSeq()},
				signal: new AbortController().signal,
				batches: (async function* () {
					yield columns
				})(),
				pages: index.known(),
				counts: Promise.resolve(),
				gone: new GoneEntries(() => false),
				keepsModes: true,
				onChange: () => {},
			})
			return recordsOf(index)
		}
		try {
			writeFileSync(join(root, 'gone'), 'content')
			utimesSync(join(root, 'gone'), 1, 1)
			await look()
			await index.learn([{path: rel('gone'), hash, racy: false}])
			// Of the size of one that goes: it may be it, so it is read.
			writeFileSync(join(root, 'gone'), 'another one of another size')
			writeFileSync(join(root, 'new'), 'content')
			const soon = (nowMs + 2000 + 10) / 1000
			utimesSync(join(root, 'new'), soon, soon)
			const racy = (await look()).filter((record) => record.racy).map(({path}) => path)
			deepEqual(racy, ['new'])
		} finally {
			await index.close()
			await reader.close()
			removeTemp(home)
		}
	})
})
