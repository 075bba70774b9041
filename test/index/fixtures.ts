// Owns what the tests of the index share: a folder of their own, an open index in it, records. Not a test.
import {randomBytes} from 'node:crypto'
import {mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {IndexRecord, State} from '../../src/lib/core/entries/entry.js'
import {type DeviceId, deviceIdFrom, type VersionVector} from '../../src/lib/core/entries/versions.js'
import type {Agreement} from '../../src/lib/core/folder/agreement.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {Index} from '../../src/lib/index/index.js'

export const nowSec = 1_700_000_000
export const options = (dir: string) => ({
	dir,
	random: (bytes: number): Uint8Array => randomBytes(bytes),
	nowSec: (): number => nowSec,
})
export const openIn = (dir: string): Promise<Index> => Index.open(options(dir))

/** A path without the check of `parseRelPath`: to the index paths are opaque, and these tests want strange ones. */
export const rel = (text: string): RelPath => text as RelPath

/** Runs `task` with the path of an index folder that does not exist yet, in a folder that is removed afterwards. */
export async function withFolder<T>(task: (dir: string) => Promise<T>): Promise<T> {
	const parent = await realpath(await mkdtemp(join(tmpdir(), 'filesync-index-')))
	try {
		return await task(join(parent, 'state', 'index'))
	} finally {
		await rm(parent, {recursive: true, force: true})
	}
}

/** Runs `task` with a new index and closes it. */
export const withIndex = <T>(task: (index: Index, dir: string) => Promise<T>): Promise<T> =>
	withFolder(async (dir) => {
		const index = await openIn(dir)
		try {
			return await task(index, dir)
		} finally {
			await index.close()
		}
	})

export const file = (size: number): State => ({
	kind: 'file',
	size,
	mtime: 1_700_000_000_123_456 + size,
	mode: 0o644,
	// Of 43 characters the last holds four bits.
	hash: String(size).padEnd(43, 'g'),
})
export const gone = (since: number): State => ({kind: 'gone', since})

export function record(path: string, seq: number, state: State = file(seq), version: VersionVector = []): IndexRecord {
	const disk =
		state.kind === 'gone'
			? null
			: {size: seq, mtimeMs: 1_700_000_000_123.4565 + seq, ctimeMs: 0.1 + 0.2, ino: 2 ** 52 + seq, mode: 0o100644}
	return {path: rel(path), state, version, parts: undefined, seq, disk, racy: seq % 3 === 0, was: null}
}

/** `count` records `f000000`, … with seqs from the index. */
export const series = (index: Index, count: number, prefix = 'f'): IndexRecord[] =>
	Array.from({length: count}, (_, i) => record(prefix + String(i).padStart(6, '0'), index.takeSeq()))

export const device = (byte: number): DeviceId => deviceIdFrom(new Uint8Array(12).fill(byte))

export const agreementWith = (byte: number, generation: number): Agreement => ({
	peer: device(byte),
	last: {generation, token: 't', mine: 7, theirs: 9, pending: [rel('__proto__'), rel('a\nb')], rules: ['x', 'y']},
	before:
		generation > 1 ? {generation: generation - 1, token: 's', mine: 1, theirs: 0, pending: [], rules: ['', '']} : null,
	confirmed: generation % 2 === 1,
	atSec: 1_700_000_000.5,
})

export async function collect(pages: AsyncIterable<readonly IndexRecord[]>): Promise<IndexRecord[]> {
	const all: IndexRecord[] = []
	for await (const records of pages) all.push(...records)
	return all
}

/** True for a FileSyncError-like with that code whose message names `text`. For `assert.rejects`. */
export const failsWith =
	(code: string, ...texts: readonly string[]) =>
	(error: unknown): boolean => {
		if (!(error instanceof Error) || !('code' in error) || error.code !== code) throw error
		for (const text of texts)
			if (!error.message.includes(text)) throw new Error(`"${error.message}" does not name ${text}`)
		return true
	}
