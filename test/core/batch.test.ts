// A batch gives back what was put into it, in memory and as bytes; bytes that are none are refused, and nothing else happens.

import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import fc from 'fast-check'
import {EntryBatch, entryKinds} from '../../src/lib/core/entries/batch.js'
import {BatchBuilder, batchOf} from '../../src/lib/core/entries/batch-builder.js'
import {BatchFault, decodeEntryBatch, decodeRecordBatch, encodeBatch} from '../../src/lib/core/entries/batch-bytes.js'
import type {IndexRecord, Seen, State} from '../../src/lib/core/entries/entry.js'
import {deviceIdFrom, type VersionVector} from '../../src/lib/core/entries/versions.js'
import {stateOf} from '../../src/lib/core/folder/observe.js'
import type {RelPath} from '../../src/lib/core/paths.js'

const most = 300
/** With an ordinary prototype. */
const shape = <T>(model: {[K in keyof T]: fc.Arbitrary<T[K]>}): fc.Arbitrary<T> =>
	fc.record<T>(model, {noNullPrototype: true})
const whole = fc.nat(2 ** 31)
const mtime = fc.integer({min: -(2 ** 52), max: 2 ** 52})
const mode = fc.nat(0o777)
const hash = fc.nat(9).map((n) => createHash('sha256').update(`${n}`).digest('base64url'))
const state: fc.Arbitrary<State> = fc.oneof(
	shape({kind: fc.constant('file' as const), size: whole, mtime, mode, hash: fc.option(hash)}),
	shape({kind: fc.constant('dir' as const), mtime, mode}),
	shape({kind: fc.constant('symlink' as const), mtime, target: fc.string({minLength: 1, unit: 'grapheme'})}),
	shape({kind: fc.constant('gone' as const), since: whole}),
)
const vector: fc.Arbitrary<VersionVector> = fc
	.uniqueArray(fc.nat(5), {maxLength: 3})
	.map((bytes) => bytes.sort().map((byte) => [deviceIdFrom(new Uint8Array(12).fill(byte)), 1_700_000_000 + byte]))
const double = fc.double({noNaN: true, min: -1e18, max: 1e18})
const stamp = shape({size: whole, mtimeMs: double, ctimeMs: double, ino: fc.maxSafeNat(), mode: fc.nat(0xffff)})
const record: fc.Arbitrary<Omit<IndexRecord, 'path'>> = shape({
	state,
	version: vector,
	parts: fc.option(shape({content: vector, mode: vector}), {nil: undefined}),
	seq: fc.maxSafeNat(),
	disk: fc.option(stamp),
	racy: fc.boolean(),
	was: fc.option(shape({size: whole, hash})),
})
const path = fc.string({minLength: 1, unit: 'grapheme'}).filter((text) => !text.includes('\0') && text.isWellFormed())
const records: fc.Arbitrary<IndexRecord[]> = fc
	.uniqueArray(path, {maxLength: 40})
	.chain((paths) =>
		fc
			.tuple(...paths.sort().map(() => record))
			.map((rows) => rows.map((row, i) => ({path: (paths[i] ?? '') as RelPath, ...row}))),
	)

describe('core: batch', () => {
	it('of records, as bytes and back', () => {
		fc.assert(
			fc.property(records, (rows) => {
				const batch = decodeRecordBatch(encodeBatch(batchOf(rows)), {mostRows: most})
				assert.deepEqual(batch.records(), rows)
				for (const [row, {path}] of rows.entries()) assert.equal(batch.rowOf(path), row)
			}),
		)
	})

	it('of entries: nothing of this device goes with them', () => {
		fc.assert(
			fc.property(records, (rows) => {
				const builder = new BatchBuilder(rows.length)
				for (const row of rows) builder.addEntry(row)
				const batch = decodeEntryBatch(encodeBatch(builder.entries()), {mostRows: most})
				assert.deepEqual(
					batch.entries(),
					rows.map(({path, state, version, parts}) => ({path, state, version, parts})),
				)
			}),
		)
	})

	it('made of runs of other batches is as if it were made of their records', () => {
		fc.assert(
			fc.property(records, records, fc.nat(40), fc.nat(40), (a, b, from, to) => {
				const rows = [...a.slice(from, to), ...b]
				const builder = new BatchBuilder(rows.length)
				builder.copy(batchOf(a), Math.min(from, a.length), Math.min(Math.max(from, to), a.length))
				builder.copy(batchOf(b), 0, b.length)
				assert.deepEqual(builder.records().records(), rows)
			}),
		)
	})

	it('of what a look at the disk shows is as if each row were made a record', () => {
		const kind = fc.constantFrom('file', 'dir', 'symlink')
		const look = shape({kind, disk: stamp, target: fc.string({minLength: 1})})
		const looks = fc.uniqueArray(path, {maxLength: 20}).chain((paths) =>
			fc.tuple(...paths.sort().map(() => look)).map((rows) =>
				rows.map(({kind, disk, target}, i): Seen => {
					const path = (paths[i] ?? '') as RelPath
					return {path, kind, disk: {...disk, mode: disk.mode & 0o777}, target: kind === 'symlink' ? target : null}
				}),
			),
		)
		fc.assert(
			fc.property(looks, vector, fc.boolean(), (seen, version, keepsModes) => {
				const builder = new BatchBuilder(seen.length)
				const column = (of: (one: Seen) => number): Float64Array => Float64Array.from(seen, of)
				builder.addSeen(
					{
						paths: seen.map(({path}) => path).join('\0'),
						kinds: Uint8Array.from(seen, ({kind}) => entryKinds[kind]),
						mode: Uint16Array.from(seen, ({disk}) => disk.mode),
						size: column(({disk}) => disk.size),
						mtimeMs: column(({disk}) => disk.mtimeMs),
						ctimeMs: column(({disk}) => disk.ctimeMs),
						ino: column(({disk}) => disk.ino),
						targets: seen.flatMap(({target}, row) => (target === null ? [] : [[row, target] as const])),
					},
					{version, firstSeq: 7, keepsModes},
				)
				const records = seen.map((one, i): IndexRecord => {
					const state = stateOf(one, null, undefined, keepsModes)
					return {path: one.path, state, version, parts: undefined, seq: 7 + i, disk: one.disk, racy: false, was: null}
				})
				assert.deepEqual(builder.records().records(), records)
			}),
		)
	})

	it('says where a path would stand', () => {
		const {state, version, seq, disk, racy, was} = {
			state: {kind: 'gone', since: 1} as const,
			version: [],
			seq: 1,
			disk: null,
			racy: false,
			was: null,
		}
		const rows = ['b', 'd'].map((path) => ({path: path as RelPath, state, version, seq, disk, racy, was}))
		const batch = batchOf(rows)
		assert.deepEqual(
			['a', 'b', 'c', 'd', 'e'].map((path) => batch.rowOf(path)),
			[~0, 0, ~1, 1, ~2],
		)
	})

	it('refuses bytes that were cut off, and takes changed ones for what they are or refuses them', () => {
		fc.assert(
			fc.property(records, fc.nat(), fc.nat(255), (rows, at, byte) => {
				const bytes = encodeBatch(batchOf(rows))
				const cut = bytes.subarray(0, at % bytes.byteLength)
				assert.throws(() => decodeRecordBatch(cut, {mostRows: most}), BatchFault)
				bytes[at % bytes.byteLength] = byte
				try {
					const batch = decodeRecordBatch(bytes, {mostRows: most})
					assert.equal(batch.records().length, rows.length)
				} catch (error) {
					assert.ok(error instanceof BatchFault, String(error))
				}
			}),
			{numRuns: 2000},
		)
	})

	it('keeps its versions apart however many there are; as bytes it has no more than fit', () => {
		const rows = 70_000
		const device = deviceIdFrom(new Uint8Array(12).fill(1))
		const builder = new BatchBuilder(rows)
		for (let i = 0; i < rows; i++)
			builder.addEntry({
				path: String(i).padStart(6, '0') as RelPath,
				state: {kind: 'gone', since: i},
				version: [[device, i + 1]],
			})
		const batch = builder.entries()
		for (const row of [0, 65_535, 65_536, rows - 1]) assert.deepEqual(batch.versionAt(row), [[device, row + 1]])
		assert.throws(() => encodeBatch(batch), RangeError)
	})

	it('refuses more rows than may be, and what belongs to the other kind', () => {
		const batch = batchOf([])
		assert.throws(() => decodeEntryBatch(encodeBatch(batch), {mostRows: most}), BatchFault)
		assert.throws(() => decodeRecordBatch(encodeBatch(new BatchBuilder(0).entries()), {mostRows: most}), BatchFault)
		const builder = new BatchBuilder(2)
		for (const path of ['a', 'b'])
			builder.addEntry({path: path as RelPath, state: {kind: 'gone', since: 1}, version: []})
		assert.throws(() => decodeEntryBatch(encodeBatch(builder.entries()), {mostRows: 1}), BatchFault)
		assert.ok(builder.entries() instanceof EntryBatch)
	})

	it('takes no number that is not finite, and no row too many', () => {
		const entry = {path: 'a' as RelPath, version: []}
		for (const state of [
			{kind: 'file', size: Number.NaN, mtime: 0, mode: 0, hash: null},
			{kind: 'dir', mtime: Number.POSITIVE_INFINITY, mode: 0},
		] as const)
			assert.throws(() => new BatchBuilder(1).addEntry({...entry, state}), RangeError)
		assert.throws(() => new BatchBuilder(0).addEntry({...entry, state: {kind: 'gone', since: 1}}), RangeError)
	})
})
