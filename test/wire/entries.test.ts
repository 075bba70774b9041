// Entries and steps as bytes and back; the bytes are those of the layout in docs/PROTOCOL.md, which test/hostile writes by hand.
import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import fc from 'fast-check'
import type {Entry, State} from '../../src/lib/core/entries/entry.js'
import {partsOf} from '../../src/lib/core/entries/parts.js'
import {deviceIdFrom, mergeVersions, type VersionVector} from '../../src/lib/core/entries/versions.js'
import {parseRelPath, type RelPath} from '../../src/lib/core/paths.js'
import {type KeepAs, type PlanStep, stepTo} from '../../src/lib/core/plan/plan.js'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {decodeEntries, encodeEntries} from '../../src/lib/wire/entries.js'
import {decodeSteps, encodeSteps} from '../../src/lib/wire/steps.js'
import {batchBytes, type Row, type StateColumns, stepsBytes} from '../hostile/support/columns.js'

const shape = <T>(model: {[K in keyof T]: fc.Arbitrary<T[K]>}): fc.Arbitrary<T> =>
	fc.record<T>(model, {noNullPrototype: true})
const mtime = fc.integer({min: -62_135_596_800_000_000, max: 2 ** 52})
const mode = fc.nat(0o777)
const size = fc.maxSafeNat()
const hash = fc.nat(9).map((n) => createHash('sha256').update(`${n}`).digest('base64url'))
const state: fc.Arbitrary<State> = fc.oneof(
	shape({kind: fc.constant('file' as const), size, mtime, mode, hash: fc.option(hash)}),
	shape({kind: fc.constant('dir' as const), mtime, mode}),
	shape({
		kind: fc.constant('symlink' as const),
		mtime,
		target: fc.string({minLength: 1}).filter((t) => !t.includes('\0')),
	}),
	shape({kind: fc.constant('gone' as const), since: size}),
)
const vector: fc.Arbitrary<VersionVector> = fc
	.uniqueArray(fc.nat(5), {maxLength: 3})
	.map((bytes) => bytes.sort().map((byte) => [deviceIdFrom(new Uint8Array(12).fill(byte)), 1_700_000_000 + byte]))
const path: fc.Arbitrary<RelPath> = fc.string({minLength: 1, unit: 'grapheme'}).map((text) => {
	const check = parseRelPath(text.replaceAll(/[/\0.\\]/g, 'x'), 'linux')
	assert.ok(check.ok)
	return check.path
})
const versioned: fc.Arbitrary<Pick<Entry, 'version' | 'parts'>> = fc.tuple(vector, vector).map(([content, mode]) => ({
	version: mergeVersions(content, mode),
	parts: partsOf(mergeVersions(content, mode), content, mode),
}))
const entries: fc.Arbitrary<Entry[]> = fc
	.uniqueArray(path, {maxLength: 30})
	.chain((paths) =>
		fc
			.tuple(...paths.sort().map(() => fc.tuple(state, versioned)))
			.map((rows) =>
				rows.map(([state, {version, parts}], i) => ({path: paths[i] ?? ('' as RelPath), state, version, parts})),
			),
	)
const keepAs: fc.Arbitrary<KeepAs | null> = fc.option(shape({path, version: vector}))
const steps: fc.Arbitrary<PlanStep[]> = entries.chain((all) =>
	fc.tuple(...all.map(() => fc.tuple(fc.nat(0xffffffff), fc.boolean(), keepAs))).map((rows) =>
		rows.flatMap(([id, agrees, copy], i): PlanStep[] => {
			const entry = all[i]
			if (entry === undefined) return []
			const {path, state, version, parts} = entry
			if (agrees) return [{id, do: 'agree', path, state, version, parts, keepAs: copy}]
			return [stepTo(id, path, state, version, parts, copy, path)]
		}),
	),
)

function columnsOf(state: State): StateColumns {
	switch (state.kind) {
		case 'file':
			return ['f', state.size, state.mtime, state.mode, state.hash]
		case 'dir':
			return ['d', 0, state.mtime, state.mode, null]
		case 'symlink':
			return ['l', 0, state.mtime, 0, state.target]
		case 'gone':
			return ['g', state.since, 0, 0, null]
	}
}

/** Each vector once, in the order in which the rows bring them. */
class Vectors {
	readonly flat: unknown[][] = []

	at(vector: VersionVector): number {
		const flat = vector.flat()
		const known = this.flat.findIndex((other) => other.join() === flat.join())
		return known >= 0 ? known : this.flat.push(flat) - 1
	}
}

const rowsOf = (all: readonly Entry[], vectors: Vectors): Row[] =>
	all.map(({path, state, version, parts}) => ({
		path,
		state: columnsOf(state),
		version: vectors.at(version),
		parts: parts && [vectors.at(parts.content), vectors.at(parts.mode)],
	}))

const isProtocol = (error: unknown): boolean => error instanceof FileSyncError && error.code === 'PROTOCOL'
const isTombstoneOrTaken = ({path, state}: Entry): boolean => state.kind === 'gone' || parseRelPath(path).ok
const device = deviceIdFrom(new Uint8Array(12))
const other = deviceIdFrom(new Uint8Array(12).fill(1))

describe('wire: entries and steps', () => {
	it('entries come back as they were, from the bytes of the layout', () => {
		fc.assert(
			fc.property(entries, (all) => {
				const bytes = encodeEntries(all)
				const vectors = new Vectors()
				const rows = rowsOf(all, vectors)
				assert.deepEqual(Buffer.from(bytes), batchBytes(rows, vectors.flat))
				const decoded = decodeEntries(bytes)
				assert.deepEqual(
					decoded.entries,
					all.filter(({path}) => parseRelPath(path).ok),
				)
				assert.equal(decoded.entries.length + decoded.refused.length, all.filter(isTombstoneOrTaken).length)
				assert.equal(decoded.batch.count, all.length)
			}),
		)
	})

	it('steps come back as they were, from the bytes of the layout', () => {
		fc.assert(
			fc.property(steps, (all) => {
				const bytes = encodeSteps(all)
				const vectors = new Vectors()
				const rows = rowsOf(all, vectors)
				const copies = all.flatMap(({keepAs}, row) =>
					keepAs === null ? [] : [{row, version: vectors.at(keepAs.version), path: keepAs.path}],
				)
				const ids = all.map(({id}) => id)
				const doing = all.map((step) => (step.do === 'agree' ? 1 : 0))
				assert.deepEqual(Buffer.from(bytes), stepsBytes({batch: batchBytes(rows, vectors.flat), ids, doing, copies}))
				const decoded = decodeSteps(bytes)
				const fits = ({path, keepAs}: PlanStep): boolean =>
					parseRelPath(path).ok && (keepAs === null || parseRelPath(keepAs.path).ok)
				assert.deepEqual(decoded.steps, all.filter(fits))
				assert.deepEqual(
					decoded.refused.map(({id}) => id),
					all.filter((step) => !fits(step)).map(({id}) => id),
				)
			}),
		)
	})

	it('a body at any place of its memory is read', () => {
		const state = {kind: 'file', size: 3, mtime: 5, mode: 0o644, hash: null} as const
		const bytes = encodeEntries([{path: 'a' as RelPath, state, version: []}])
		for (const at of [1, 2, 3, 8]) {
			const moved = new Uint8Array(bytes.byteLength + at + 5)
			moved.set(bytes, at)
			assert.deepEqual(decodeEntries(moved.subarray(at, at + bytes.byteLength)).entries[0]?.state, state)
		}
	})

	it('changed bytes are taken for what they are, or end the connection', () => {
		fc.assert(
			fc.property(steps, fc.nat(), fc.nat(255), (all, at, byte) => {
				const bytes = encodeSteps(all)
				assert.throws(() => decodeSteps(bytes.subarray(0, at % bytes.byteLength)), isProtocol)
				bytes[at % bytes.byteLength] = byte
				try {
					const {steps, refused} = decodeSteps(bytes)
					assert.equal(steps.length + refused.length, all.length)
				} catch (error) {
					assert.ok(isProtocol(error), String(error))
				}
			}),
			{numRuns: 2000},
		)
	})

	it('bad paths are refused by their rows, tombstones of them are dropped, and bits beyond 0o777 are not taken', () => {
		const gone: StateColumns = ['g', 9, 0, 0o7777, null]
		const rows: Row[] = [
			{path: '../gone', state: gone},
			{path: '../x', state: ['d', 7, 1, 0o755, null]},
			{path: 'dir', state: ['d', 7, 1, 0xffff, null]},
			{path: 'link', state: ['l', 7, 1, 0xffff, 'target']},
		]
		const {entries, refused, batch} = decodeEntries(batchBytes(rows, [[device, 1]]))
		assert.deepEqual(
			entries.map(({state}) => state),
			[
				{kind: 'dir', mtime: 1, mode: 0o777},
				{kind: 'symlink', mtime: 1, target: 'target'},
			],
		)
		assert.deepEqual(
			refused.map(({path}) => path),
			['../x'],
		)
		assert.deepEqual([...batch.columns.modes], [0, 0o755, 0o777, 0])
	})

	it('parts that are not at or before the version, or count too high, are dropped; a version that does is refused', () => {
		const vectors = [
			[device, 5],
			[device, 4],
			[device, 6],
			[other, 1],
			[device, 2 ** 48 + 1],
		]
		const parts = [
			[1, 0],
			[2, 0],
			[0, 3],
			[4, 0],
		]
		const rows = parts.map((pair, i): Row => ({path: `${i}`, state: ['d', 0, 1, 0, null], parts: pair}))
		const high: Row = {path: 'high', state: ['g', 0, 0, 0, null], version: 4, parts: [0, 0]}
		const {entries, refused, batch} = decodeEntries(batchBytes([...rows, high], vectors))
		assert.deepEqual(
			entries.map(({parts}) => parts?.content),
			[[[device, 4]], undefined, undefined, undefined],
		)
		assert.deepEqual([...batch.columns.parts.keys()].includes(1), false)
		assert.deepEqual(refused, [{path: 'high', fault: 'has a version that counts too high', id: null}])
	})
})
