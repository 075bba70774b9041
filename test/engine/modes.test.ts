// On a disk that keeps no modes what it shows is how it is mounted: what was asked for stays through edits and renames there.
import {deepEqual} from 'node:assert/strict'
import {chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Index} from '../../src/lib/index/index.js'
import {ScanColumns} from '../../src/lib/tree/index.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import {Thread} from '../../src/lib/tree/worker/thread.js'
import {hashOf} from '../../src/lib/tree/write/staging.js'
import {recordsOf, rescanOnce} from './support/rescan.js'
import {makeTemp, removeTemp} from './support/temp.js'

const shown = 0o777

async function* one<T>(value: T): AsyncGenerator<T, void> {
	yield value
}

/** Path and mode, octal, of what the index holds after the edits, with a look after each. A sync asked for 0600 (files) and 0700 (folders) before. */
async function modesAfter(...edits: ((root: string) => void)[]): Promise<Record<string, string>> {
	const home = makeTemp()
	const root = join(home, 'tree')
	const reader = new Thread('test')
	const index = await Index.open({
		dir: join(home, 'index'),
		random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
		nowSec: () => 1_700_000_000,
	})
	const look = async (): Promise<void> => {
		for (const path of new ScanColumns(scan({root, ignoreLines: []}).value)) chmodSync(join(root, path.path), shown)
		const columns = new ScanColumns(scan({root, ignoreLines: []}).value)
		await rescanOnce({root, index, reader: () => reader, batches: one(columns), keepsModes: false})
	}
	try {
		mkdirSync(join(root, 'private/deep'), {recursive: true})
		for (const path of ['key', 'private/deep/a', 'private/b']) writeFileSync(join(root, path), `content of ${path}`)
		await look()
		const asked = (await recordsOf(index)).map((record) => {
			const {state, path} = record
			if (state.kind === 'file')
				return {...record, state: {...state, mode: 0o600, hash: hashOf(readFileSync(join(root, path)))}}
			return state.kind === 'dir' ? {...record, state: {...state, mode: 0o700}} : record
		})
		await index.write({records: asked})
		for (const edit of edits) {
			edit(root)
			await look()
		}
		return Object.fromEntries(
			(await recordsOf(index)).flatMap(({path, state}) => ('mode' in state ? [[path, state.mode.toString(8)]] : [])),
		)
	} finally {
		await index.close()
		await reader.close()
		removeTemp(home)
	}
}

const asked = {key: '600', private: '700', 'private/b': '600', 'private/deep': '700', 'private/deep/a': '600'}

describe('engine: a disk without modes', () => {
	it('nothing done: all is as it was asked for', async () => deepEqual(await modesAfter(() => {}), asked))

	it('an edit keeps the mode', async () =>
		deepEqual(await modesAfter((root) => writeFileSync(join(root, 'key'), 'edited')), asked))

	it('an edit of equal length keeps it, too', async () =>
		deepEqual(await modesAfter((root) => writeFileSync(join(root, 'key'), 'CONTENT of key')), asked))

	it('a renamed file keeps it', async () => {
		const {key, ...rest} = asked
		deepEqual(await modesAfter((root) => renameSync(join(root, 'key'), join(root, 'private/KEY'))), {
			...rest,
			'private/KEY': key,
		})
	})

	it('a renamed folder keeps its own and those of the folders in it', async () =>
		deepEqual(await modesAfter((root) => renameSync(join(root, 'private'), join(root, 'Private'))), {
			Private: '700',
			'Private/b': '600',
			'Private/deep': '700',
			'Private/deep/a': '600',
			key: '600',
		}))

	it('what is renamed back keeps its mode, though its name has a tombstone', async () =>
		deepEqual(
			await modesAfter(
				(root) => renameSync(join(root, 'private'), join(root, 'x')),
				(root) => renameSync(join(root, 'x'), join(root, 'private')),
			),
			asked,
		))

	it('new files and folders have ordinary modes, not those of the mount', async () => {
		const modes = await modesAfter((root) => {
			mkdirSync(join(root, 'new'))
			writeFileSync(join(root, 'new/file'), 'new')
			writeFileSync(join(root, 'new/empty'), '')
		})
		deepEqual(modes, {...asked, new: '755', 'new/file': '644', 'new/empty': '644'})
	})
})
