import assert from 'node:assert/strict'
import fc from 'fast-check'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import {deviceIdFrom, type VersionVector} from '../../src/lib/core/entries/versions.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import type {Index} from '../../src/lib/index/index.js'
import {collect, file, gone, openIn, record, rel, withFolder} from './fixtures.js'

const versions: readonly VersionVector[] = Array.from({length: 700}, (_, i) => [
	[deviceIdFrom(new Uint8Array(12).fill(i % 5)), i + 1] as const,
])
const path = fc
	.integer({min: 0, max: 4000})
	.map((n) => rel(`${n % 3 === 0 ? '__proto__/' : 'ü/'}${n}${n % 50 === 0 ? '\n😀' : ''}`))
const span = fc.record({
	from: fc.integer({min: 0, max: 4000}),
	count: fc.integer({min: 0, max: 1500}),
	step: fc.integer({min: 1, max: 9}),
})
const operation = fc.oneof(
	{weight: 4, arbitrary: fc.record({kind: fc.constant('spread' as const), span})},
	{weight: 4, arbitrary: fc.record({kind: fc.constant('cut' as const), span})},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant('some' as const),
			put: fc.array(path, {maxLength: 12}),
			cut: fc.array(path, {maxLength: 12}),
		}),
	},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('prune' as const), before: fc.integer({min: 0, max: 60})})},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('over' as const)})},
	{weight: 2, arbitrary: fc.record({kind: fc.constant('reopen' as const)})},
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const pathsOf = ({from, count, step}: {from: number; count: number; step: number}): RelPath[] =>
	Array.from({length: count}, (_, i) => rel(`ü/${from + i * step}`))

function make(index: Index, at: RelPath): IndexRecord {
	const seq = index.takeSeq()
	return record(at, seq, seq % 4 === 0 ? gone(seq % 60) : file(seq), versions[(seq * 31) % versions.length])
}

const byPath = (a: IndexRecord, b: IndexRecord): number => (a.path < b.path ? -1 : 1)

/** Everything that can be read agrees with the model. */
async function compare(index: Index, model: ReadonlyMap<string, IndexRecord>, seq: number): Promise<void> {
	const sorted = [...model.values()].sort(byPath)
	assert.deepEqual(await collect(index.all()), sorted)
	assert.deepEqual(
		await collect(index.since(seq)),
		sorted.filter((r) => r.seq > seq),
	)
	const files = sorted.flatMap(({state}) => (state.kind === 'file' ? [state.size] : []))
	assert.deepEqual(index.counts, {
		files: files.length,
		folders: 0,
		links: 0,
		gone: sorted.length - files.length,
		bytes: files.reduce((sum, size) => sum + size, 0),
	})
	const asked = [
		...sorted
			.filter((_, i) => i % 17 === 0)
			.map((r) => r.path)
			.reverse(),
		rel('absent'),
		rel(''),
	]
	const found = await index.getMany(asked)
	for (const one of asked) assert.deepEqual(found.get(one), model.get(one))
	const one = sorted[Math.floor(sorted.length / 2)]
	if (one !== undefined) assert.deepEqual(await index.get(one.path), one)
}

async function act(index: Index, model: Map<string, IndexRecord>, op: Operation): Promise<void> {
	switch (op.kind) {
		case 'spread':
		case 'some': {
			const records = (op.kind === 'spread' ? pathsOf(op.span) : op.put).map((at) => make(index, at))
			const remove = op.kind === 'some' ? op.cut : []
			for (const at of remove) model.delete(at)
			for (const one of records) model.set(one.path, one)
			return index.write({records, remove}, {sync: false})
		}
		case 'cut':
			for (const at of pathsOf(op.span)) model.delete(at)
			return index.write({remove: pathsOf(op.span)}, {sync: false})
		case 'prune':
			for (const [at, {state}] of model) if (state.kind === 'gone' && state.since < op.before) model.delete(at)
			await index.pruneGone(op.before)
			return
		case 'over': {
			const {device} = index
			const before = index.seq
			await index.startOver()
			assert.notEqual(index.device, device)
			assert.deepEqual(index.agreements(), [])
			for (const [at, {state}] of model) if (state.kind === 'gone') model.delete(at)
			const seqs = new Set<number>()
			for (const now of await collect(index.all())) {
				const was = model.get(now.path)
				assert.ok(was !== undefined && now.seq > before)
				assert.deepEqual(now, {...was, seq: now.seq, version: [[index.device, 1_700_000_000]]})
				seqs.add(now.seq)
				model.set(now.path, now)
			}
			assert.equal(seqs.size, model.size)
			return
		}
		case 'reopen':
	}
}

describe('index: random operations against a Map', () => {
	it('agrees after each', async function () {
		this.timeout(180_000)
		await fc.assert(
			fc.asyncProperty(fc.array(operation, {minLength: 1, maxLength: 14}), (operations) =>
				withFolder(async (dir) => {
					let index = await openIn(dir)
					const model = new Map<string, IndexRecord>()
					try {
						for (const op of operations) {
							const seq = index.seq
							await act(index, model, op)
							if (op.kind === 'reopen') {
								await index.close()
								index = await openIn(dir)
								assert.equal(index.seq, seq)
							}
							await compare(index, model, seq)
						}
					} finally {
						await index.close()
					}
				}),
			),
			{numRuns: 60},
		)
	})
})
