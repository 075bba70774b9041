// Intents outlive the process that noted them, until the records of what they speak of are written.
import {deepEqual} from 'node:assert/strict'
import type {Intent} from '../../src/lib/core/folder/intent.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import type {Index} from '../../src/lib/index/index.js'
import {v} from '../core/support.js'
import {openIn, withFolder} from './fixtures.js'

const intent = (path: string, more: Partial<Intent> = {}): Intent => ({
	path: path as RelPath,
	before: [],
	state: {kind: 'file', size: 3, mtime: 5, mode: 0o644, hash: 'g'.repeat(43)},
	version: v('a1 b2'),
	parts: undefined,
	keepAs: null,
	staged: 's-1',
	from: null,
	...more,
})
const all: readonly Intent[] = [
	intent('a'),
	intent('b', {before: v('a1'), keepAs: {path: 'b.copy' as RelPath, version: v('c3')}, staged: null}),
	intent('b2', {parts: {content: v('a1'), mode: v('a1 b2')}}),
	intent('c', {state: {kind: 'dir', mtime: 1, mode: 0o700}, staged: null}),
	intent('d', {state: {kind: 'gone', since: 9}, staged: null, before: v('a1')}),
	intent('e', {state: {kind: 'symlink', mtime: 3, target: 'x'}, from: 'old/e' as RelPath}),
]

describe('index: intents', () => {
	const opened = async (dir: string, act: (index: Index) => Promise<void>): Promise<void> => {
		const index = await openIn(dir)
		try {
			await act(index)
		} finally {
			await index.close()
		}
	}

	it('stand as they were noted, in the next process too', () =>
		withFolder(async (dir) => {
			await opened(dir, async (index) => {
				await index.write({intend: {key: index.takeIntentKey(), intents: all.slice(0, 2)}})
				await index.write({intend: {key: index.takeIntentKey(), intents: all.slice(2)}})
			})
			await opened(dir, async (index) => deepEqual(index.intents, all))
		}))

	it('go with the records of what they speak of, those of other calls stay', () =>
		withFolder(async (dir) => {
			await opened(dir, async (index) => {
				const first = index.takeIntentKey()
				await index.write({intend: {key: first, intents: all.slice(0, 2)}})
				await index.write({intend: {key: index.takeIntentKey(), intents: all.slice(2)}})
				await index.write({settled: [first]})
			})
			await opened(dir, async (index) => {
				deepEqual(index.intents, all.slice(2))
				await index.write({intend: {key: index.takeIntentKey(), intents: all.slice(0, 1)}})
				deepEqual(index.intents, [...all.slice(2), ...all.slice(0, 1)])
				await index.write({settled: 'all'})
			})
			await opened(dir, async (index) => deepEqual(index.intents, []))
		}))

	it('are worth nothing to a new device', () =>
		withFolder(async (dir) => {
			await opened(dir, async (index) => {
				await index.write({intend: {key: index.takeIntentKey(), intents: all}})
				await index.startOver()
				deepEqual(index.intents, [])
			})
			await opened(dir, async (index) => deepEqual(index.intents, []))
		}))
})
