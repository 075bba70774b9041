// A folder that was renamed is known by the inodes in it: nothing is read. Whatever shows an inode otherwise than before is.
import {deepEqual, equal} from 'node:assert/strict'
import {chmodSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Index} from '../../src/lib/index/index.js'
import {ScanColumns} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import {type MethodArgs, type MethodName, Thread} from '../../src/lib/tree/worker/thread.js'
import {hashOf} from '../../src/lib/tree/write/staging.js'
import {recordsOf, rescanOnce} from './support/rescan.js'
import {makeTemp, removeTemp} from './support/temp.js'

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))
const long = 1_600_000_000

async function* one<T>(value: T): AsyncGenerator<T, void> {
	yield value
}

/** Notes what it is asked to hash. */
class NotingThread extends Thread {
	readonly hashed: string[] = []

	override call<K extends MethodName>(...args: Parameters<typeof Thread.prototype.call<K>>) {
		const [name, values] = args
		if (name === 'hashFiles') {
			const {items} = values as MethodArgs<'hashFiles'>
			this.hashed.push(...items.map(({path}) => path))
		}
		return super.call<K>(...args)
	}
}

interface Site {
	readonly root: string
	/** Scans, compares; the paths that were read for it. */
	readonly look: (keepsInodes?: boolean) => Promise<string[]>
	readonly index: Index
}

async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
	const home = makeTemp()
	const root = join(home, 'tree')
	const reader = new NotingThread('test')
	const index = await Index.open({dir: join(home, 'index'), random, nowSec: () => 1_700_000_000})
	try {
		mkdirSync(join(root, 'old'), {recursive: true})
		for (const name of ['a', 'b', 'c']) {
			writeFileSync(join(root, 'old', name), `content ${name}`)
			utimesSync(join(root, 'old', name), long, long)
		}
		const look = async (keepsInodes = true): Promise<string[]> => {
			reader.hashed.length = 0
			const columns = new ScanColumns(scan({root, ignoreLines: []}).value)
			await rescanOnce({root, index, reader: () => reader, batches: one(columns), keepsInodes: () => keepsInodes})
			return reader.hashed.toSorted()
		}
		await look()
		// What a first sync learns.
		const records = await recordsOf(index)
		const hashes = records.flatMap((record) =>
			record.state.kind === 'file'
				? [{...record, state: {...record.state, hash: hashOf(readFileSync(join(root, record.path)))}}]
				: [],
		)
		await index.write({records: hashes})
		await body({root, look, index})
	} finally {
		await index.close()
		await reader.close()
		removeTemp(home)
	}
}

const hashesIn = async (index: Index): Promise<Record<string, string | null>> =>
	Object.fromEntries(
		(await recordsOf(index)).flatMap(({path, state}) => (state.kind === 'file' ? [[path, state.hash]] : [])),
	)

const hashed = (text: string): string => hashOf(Buffer.from(text))
const wanted = {
	'new/a': hashed('content a'),
	'new/b': hashed('content b'),
	'new/c': hashed('content c'),
}

describe('engine: a folder that was renamed', () => {
	it('is read nothing of, and known all the same', () =>
		withSite(async ({root, look, index}) => {
			renameSync(join(root, 'old'), join(root, 'new'))
			deepEqual(await look(), [])
			deepEqual(await hashesIn(index), wanted)
		}))

	it('is read where inodes do not keep their numbers', () =>
		withSite(async ({root, look, index}) => {
			renameSync(join(root, 'old'), join(root, 'new'))
			deepEqual(await look(false), ['new/a', 'new/b', 'new/c'])
			deepEqual(await hashesIn(index), wanted)
		}))

	it('is read in what was written since, though size and mtime are those of before', () =>
		withSite(async ({root, look, index}) => {
			renameSync(join(root, 'old'), join(root, 'new'))
			writeFileSync(join(root, 'new/b'), 'CONTENT b')
			utimesSync(join(root, 'new/b'), long, long)
			chmodSync(join(root, 'new/c'), 0o600)
			deepEqual(await look(), ['new/b', 'new/c'])
			deepEqual(await hashesIn(index), {...wanted, 'new/b': hashed('CONTENT b')})
		}))

	it('is read where a file was copied to, or renamed by itself', () =>
		withSite(async ({root, look, index}) => {
			mkdirSync(join(root, 'new'))
			for (const name of ['a', 'b']) renameSync(join(root, 'old', name), join(root, 'new', name))
			writeFileSync(join(root, 'new/c'), 'content c')
			utimesSync(join(root, 'new/c'), long, long)
			rmSync(join(root, 'old'), {recursive: true})
			deepEqual(await look(), ['new/a', 'new/b', 'new/c'])
			deepEqual(await hashesIn(index), wanted)
		}))

	it("two folders that take each other's names are told apart", () =>
		withSite(async ({root, look, index}) => {
			mkdirSync(join(root, 'other'))
			writeFileSync(join(root, 'other/a'), 'another and longer one')
			utimesSync(join(root, 'other/a'), long, long)
			await look()
			equal((await hashesIn(index))['other/a'], null)
			renameSync(join(root, 'old'), join(root, 'third'))
			renameSync(join(root, 'other'), join(root, 'old'))
			renameSync(join(root, 'third'), join(root, 'other'))
			// Of that one no hash was known.
			deepEqual(await look(), ['old/a'])
			deepEqual(await hashesIn(index), {
				'old/a': hashed('another and longer one'),
				'other/a': wanted['new/a'],
				'other/b': wanted['new/b'],
				'other/c': wanted['new/c'],
			})
		}))
})
