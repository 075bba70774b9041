import assert from 'node:assert/strict'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import {type DeviceId, deviceIdFrom} from '../../src/lib/core/entries/versions.js'
import type {Agreement} from '../../src/lib/core/folder/agreement.js'
import {Unsent} from '../../src/lib/node/folder/unsent.js'
import {rel} from '../core/model/disk.js'

const [here, there] = [1, 2].map((byte) => deviceIdFrom(new Uint8Array(12).fill(byte))) as [DeviceId, DeviceId]

const record = (path: string, seq: number, version: IndexRecord['version']): IndexRecord => ({
	path: rel(path),
	state: {kind: 'gone', since: 0},
	version,
	seq,
	disk: null,
	racy: false,
	was: null,
})

const agreement = (mine: number, atSec: number): Agreement => ({
	peer: there,
	last: {generation: 1, token: 't', mine, theirs: 0, pending: [], rules: ['', '']},
	before: null,
	confirmed: true,
	atSec,
})

/** An index with these records and agreements. */
const unsentOf = (records: readonly IndexRecord[], agreements: readonly Agreement[]): Unsent =>
	new Unsent({
		device: here,
		seq: Math.max(0, ...records.map(({seq}) => seq)),
		agreements: () => agreements,
		async *recordsSince(since) {
			yield records.filter(({seq}) => seq > since)
		},
	})

const rows: readonly [what: string, unsent: Unsent, changes: number][] = [
	['before the first sync', unsentOf([record('a', 1, [[here, 1]])], []), 0],
	['all is agreed', unsentOf([record('a', 1, [[here, 1]])], [agreement(1, 5)]), 0],
	[
		'two edits of here',
		unsentOf(
			[record('a', 1, [[here, 1]]), record('b', 2, [[here, 2]]), record('c', 3, [[here, 3]])],
			[agreement(1, 5)],
		),
		2,
	],
	['what came from the peer in a sync that broke off', unsentOf([record('a', 2, [[there, 7]])], [agreement(1, 5)]), 0],
	[
		'an edit of here of what came from the peer',
		unsentOf(
			[
				record('a', 2, [
					[here, 8],
					[there, 7],
				]),
			],
			[agreement(1, 5)],
		),
		1,
	],
	['the newest agreement counts', unsentOf([record('a', 4, [[here, 1]])], [agreement(1, 5), agreement(4, 6)]), 0],
]

describe('node/unsent', () => {
	for (const [what, unsent, changes] of rows)
		it(`${what}: ${changes}`, async () => {
			// The first answer begins the count.
			const first = unsent.changes
			assert.ok(first >= changes || first === 1)
			await new Promise((resolve) => setImmediate(resolve))
			assert.equal(unsent.changes, changes)
		})
})
