// Hashes learned later stand in the records as if they had been written with them, and nothing else of a record changes.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import {collect, gone, openIn, record, rel, withFolder, withIndex} from './fixtures.js'

const hash = (letter: string): string => letter.repeat(43)
const unhashed = (path: string, seq: number): IndexRecord => ({
	...record(path, seq, {kind: 'file', size: seq, mtime: seq, mode: 0o644, hash: null}),
	racy: false,
})

describe('index: learn', () => {
	it('writes the hash of a file that has none, and whether to look again', () =>
		withFolder(async (dir) => {
			const records = [unhashed('a', 1), unhashed('b\n",', 2), unhashed('c', 3), record('d', 4)]
			const index = await openIn(dir)
			await index.write({records})
			const counts = index.counts
			await index.learn([
				{path: rel('c'), hash: hash('c'), racy: true},
				{path: rel('b\n",'), hash: hash('k'), racy: false},
				{path: rel('d'), hash: hash('w'), racy: true},
				{path: rel('nowhere'), hash: hash('w'), racy: false},
			])
			const wanted = [
				records[0],
				{...records[1], state: {...records[1]?.state, hash: hash('k')}},
				{...records[2], state: {...records[2]?.state, hash: hash('c')}, racy: true},
				records[3],
			]
			assert.deepEqual(await collect(index.all()), wanted)
			assert.deepEqual(index.counts, counts)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await collect(again.all()), wanted)
			await again.close()
		}))

	it('leaves folders, links and tombstones alone', () =>
		withIndex(async (index) => {
			const records = [
				record('dir', 1, {kind: 'dir', mtime: 1, mode: 0}),
				record('gone', 2, gone(0)),
				record('link', 3, {kind: 'symlink', mtime: 1, target: ',0]'}),
			]
			await index.write({records})
			await index.learn(records.map(({path}) => ({path, hash: hash('w'), racy: true})))
			assert.deepEqual(await collect(index.all()), records)
		}))

	it('does over many runs what writing the records would do', async () => {
		const paths = Array.from({length: 2000}, (_, i) => `f${String(i).padStart(5, '0')}`)
		await fc.assert(
			fc.asyncProperty(fc.subarray(paths), fc.subarray(paths), (there, learned) =>
				withIndex(async (index) => {
					const records = there.map((path, i) => unhashed(path, i + 1))
					await index.write({records})
					await index.learn(learned.map((path) => ({path: rel(path), hash: hash('o'), racy: false})))
					const known = new Set(learned)
					const wanted = records.map((one) =>
						known.has(one.path) && one.state.kind === 'file' ? {...one, state: {...one.state, hash: hash('o')}} : one,
					)
					assert.deepEqual(await collect(index.all()), wanted)
				}),
			),
			{numRuns: 15},
		)
	})
})
