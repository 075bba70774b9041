// What was seen of a run stands for it until it is written, over a close and an open, and is worth nothing once damaged.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {ClassicLevel} from 'classic-level'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {Index, WalkedPage} from '../../src/lib/index/index.js'
import {fingerprintOfRecords} from '../../src/lib/index/pages/fingerprint.js'
import {agreementWith, collect, file, openIn, record, series, withFolder} from './fixtures.js'

async function runsOf(index: Index): Promise<WalkedPage[]> {
	const pages: WalkedPage[] = []
	for await (const page of index.known()) pages.push(page)
	return pages
}
const sightsOf = async (index: Index) => (await runsOf(index)).map(({fingerprint}) => fingerprint)
const seeAll = async (index: Index) =>
	index.see((await runsOf(index)).map(({entry}, i) => [entry, `seen ${i}`] as const))

/** Leaves an index with the fingerprints of all its runs in `dir`; its records. */
async function leaveSeen(dir: string): Promise<IndexRecord[]> {
	const index = await openIn(dir)
	const records = series(index, 1500)
	await index.write({records})
	await seeAll(index)
	await index.close()
	return records
}

describe('index: scan fingerprints', () => {
	it('stand for their runs until one is written, and longer than the process', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await index.write({records: series(index, 1500)})
			const pages = await runsOf(index)
			assert.ok(pages.length >= 4)
			assert.deepEqual(new Set(pages.map(({fingerprint}) => fingerprint)), new Set([undefined]))
			await seeAll(index)
			const all = pages.map((_, i) => `seen ${i}`)
			assert.deepEqual(await sightsOf(index), all)
			await index.write({records: [record('f000700', index.takeSeq(), file(5))]})
			const written = pages.findIndex(({end}) => end === undefined || end > 'f000700')
			const rest = all.map((fingerprint, i) => (i === written ? undefined : fingerprint))
			assert.deepEqual(await sightsOf(index), rest)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await sightsOf(again), rest)
			await again.close()
		}))

	it('are those of the records as they were written, and of hashes that were learned', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const records = series(index, 3000).map((one, i) => ({
				...one,
				racy: i === 2000,
				state: {...file(i), hash: null} as IndexRecord['state'],
			}))
			await index.write({records: records.slice(0, 1500)})
			await index.write({records: records.slice(1500)})
			const lookedAt = async () => {
				const looked = []
				for await (const page of index.known()) {
					looked.push(fingerprintOfRecords(await page.read()))
				}
				return looked
			}
			const written = await sightsOf(index)
			assert.deepEqual(written, await lookedAt())
			assert.equal(written.filter((fingerprint) => fingerprint === undefined).length, 1, 'the one to look into')
			const hash = 'g'.repeat(43)
			await index.learn(records.slice(0, 1000).map(({path}, i) => ({path, hash, racy: i === 700})))
			const learned = await sightsOf(index)
			assert.deepEqual(learned, await lookedAt())
			assert.equal(learned.filter((fingerprint) => fingerprint === undefined).length, 2)
			await index.write({agreement: agreementWith(1, 1)})
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await sightsOf(again), learned)
			await again.close()
		}))

	it('a few new ones are not worth to store all of them again', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const records = series(index, 6000).map((one) => ({...one, racy: false}))
			await index.write({records})
			await index.write({agreement: agreementWith(1, 1)})
			const before = await sightsOf(index)
			// Enough of one run that it is made anew.
			await index.write({records: records.slice(0, 100).map((one) => ({...one, seq: index.takeSeq()}))})
			const after = await sightsOf(index)
			assert.notEqual(after[0], undefined)
			await index.write({agreement: agreementWith(1, 1)})
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await sightsOf(again), [undefined, ...before.slice(1)])
			await again.close()
		}))

	it('their runs give their records when asked', () =>
		withFolder(async (dir) => {
			const records = await leaveSeen(dir)
			const index = await openIn(dir)
			const read = []
			for await (const page of index.known()) read.push(...(await page.read()).records())
			assert.deepEqual(read, records)
			for await (const page of index.known()) {
				assert.equal(page.live, (await page.read()).count)
				break
			}
			await index.close()
		}))

	it('one of a run that was written meanwhile is left out', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await index.write({records: series(index, 1500)})
			const before = await runsOf(index)
			await index.write({records: [record('f000000', index.takeSeq(), file(5))]})
			await index.see(before.map(({entry}) => [entry, 'old'] as const))
			assert.deepEqual((await sightsOf(index))[0], undefined)
			assert.deepEqual((await sightsOf(index))[1], 'old')
			await index.close()
		}))

	for (const [what, damage] of [
		['a bit of them is another', (value: string) => `${value.slice(0, 20)}X${value.slice(21)}`],
		['they are cut off', (value: string) => value.slice(0, 30)],
		['they are empty', () => ''],
	] as const)
		it(`are worth nothing where ${what}; the index is whole`, () =>
			withFolder(async (dir) => {
				const records = await leaveSeen(dir)
				const level = new ClassicLevel<string, string>(join(dir, 'db'))
				await level.put('s', damage((await level.get('s')) ?? ''))
				await level.close()
				const again = await openIn(dir)
				assert.deepEqual(new Set(await sightsOf(again)), new Set([undefined]))
				assert.deepEqual(await collect(again.all()), records)
				await again.close()
			}))

	/** Runs `task` while that method of the database fails where `when` says so. */
	async function failing(method: 'batch' | 'getMany', when: (args: string) => boolean, task: () => Promise<void>) {
		const real = ClassicLevel.prototype[method] as (...args: unknown[]) => unknown
		Object.assign(ClassicLevel.prototype, {
			[method](this: unknown, ...args: unknown[]) {
				if (when(JSON.stringify(args[0])))
					return Promise.reject(Object.assign(new Error('IO error: no more'), {code: 'LEVEL_IO_ERROR'}))
				return real.apply(this, args)
			},
		})
		try {
			await task()
		} finally {
			Reflect.deleteProperty(ClassicLevel.prototype, method)
		}
	}

	it('that cannot be written spoil no scan; the next write says so, and the index is whole after', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const records = series(index, 1500)
			await index.write({records})
			await failing(
				'batch',
				(args) => args.includes('"key":"s"'),
				() => seeAll(index),
			)
			assert.deepEqual(new Set(await sightsOf(index)), new Set([undefined]), 'none counts')
			await assert.rejects(index.write({records: [record('new', index.takeSeq())]}), /no more/)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await collect(again.all()), records)
			await seeAll(again)
			assert.notEqual((await sightsOf(again))[0], undefined)
			await again.close()
		}))

	it('that cannot be read are as good as none', () =>
		withFolder(async (dir) => {
			const records = await leaveSeen(dir)
			const again = await openIn(dir)
			await failing(
				'getMany',
				(args) => args === '["s"]',
				async () => {
					assert.deepEqual(new Set(await sightsOf(again)), new Set([undefined]))
				},
			)
			assert.deepEqual(await collect(again.all()), records)
			await again.close()
		}))
})
