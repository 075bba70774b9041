// An index of format 1, written by the last FileSync that made such, is brought to the present format when it is opened. Nothing of it
// is lost, also when the process is killed meanwhile.
import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {cp, mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {ClassicLevel} from 'classic-level'
import {isBatch} from '../../src/lib/core/entries/batch-bytes.js'
import {unseal} from '../../src/lib/index/store/checks.js'
import {collect, openIn, record, withFolder} from './fixtures.js'
import {oldAgreement, oldDevice, oldIntents, oldRecords, oldRoot} from './old-format.js'

const child = fileURLToPath(new URL('./child.js', import.meta.url))
const written = fileURLToPath(new URL('../../../test/index/format-1', import.meta.url))

async function plant(dir: string): Promise<void> {
	await mkdir(dir, {recursive: true, mode: 0o700})
	await cp(written, join(dir, 'db'), {recursive: true})
}

/** The version of the database, and which forms its pages have. */
async function formsIn(dir: string): Promise<{readonly version: string; readonly forms: ReadonlySet<boolean>}> {
	const level = new ClassicLevel<string, Buffer>(join(dir, 'db'), {valueEncoding: 'buffer'})
	const forms = new Set<boolean>()
	for await (const page of level.values({gte: 'r', lt: 's'})) forms.add(isBatch(page))
	const version = unseal(String(await level.get('format')), 'the format')
	await level.close()
	return {version, forms}
}

async function assertWhole(dir: string): Promise<void> {
	const index = await openIn(dir)
	assert.equal(index.isNew, false)
	assert.equal(index.device, oldDevice)
	assert.deepEqual(index.root, oldRoot)
	assert.deepEqual(index.agreements(), [oldAgreement])
	assert.deepEqual(index.intents, oldIntents)
	assert.deepEqual(await collect(index.all()), oldRecords)
	assert.equal(index.seq, oldRecords.length)
	await index.write({records: [record('a', index.takeSeq())]})
	await index.close()
	const again = await openIn(dir)
	assert.deepEqual((await collect(again.all())).slice(1), oldRecords)
	await again.close()
	assert.deepEqual(await formsIn(dir), {version: '2', forms: new Set([true])})
}

describe('index: format 1', () => {
	it('is what the last FileSync of that format wrote', () =>
		withFolder(async (dir) => {
			await plant(dir)
			assert.deepEqual(await formsIn(dir), {version: '1', forms: new Set([false])})
		}))

	it('is brought to format 2, whole', () =>
		withFolder(async (dir) => {
			await plant(dir)
			await assertWhole(dir)
		}))

	it('killed before any of its batches: the next one goes on', async function () {
		this.timeout(60_000)
		let mixed = 0
		for (let last = 1; ; last++) {
			const ended = await withFolder(async (dir) => {
				await plant(dir)
				const {signal} = spawnSync(process.execPath, [child, 'hold', dir, String(last)], {input: '', timeout: 30_000})
				if (signal === null) return true
				assert.equal(signal, 'SIGKILL')
				const {version, forms} = await formsIn(dir)
				if (forms.size === 2) mixed++
				assert.equal(version, last === 1 ? '1' : '2')
				await assertWhole(dir)
				return false
			})
			if (ended) break
			assert.ok(last < 20)
		}
		assert.ok(mixed > 0, 'at one moment there are pages of both forms')
	})
})
