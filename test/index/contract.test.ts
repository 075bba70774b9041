import assert from 'node:assert/strict'
import {readdirSync, statSync} from 'node:fs'
import {chmod, mkdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import type {IndexRecord} from '../../src/lib/core/entries/entry.js'
import type {VersionVector} from '../../src/lib/core/entries/versions.js'
import {
	agreementWith,
	collect,
	device,
	file,
	gone,
	openIn,
	record,
	rel,
	series,
	withFolder,
	withIndex,
} from './fixtures.js'

const strange = [
	'__proto__',
	'constructor',
	'a\nb',
	'a,\nb',
	'"],[',
	'😀/ü',
	'\ud800',
	'\\',
	'x'.repeat(4096),
	'ﬀ',
	'\u2028',
	'Z',
	'a',
	'ä',
]

describe('index: contract', () => {
	it('makes a private folder and a device of its own, once', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const {device} = index
			assert.match(device, /^[a-z2-7]{12}$/)
			assert.equal(index.isNew, true)
			if (process.platform !== 'win32') assert.equal((await stat(dir)).mode & 0o777, 0o700)
			await index.close()
			const again = await openIn(dir)
			assert.equal(again.isNew, false)
			assert.equal(again.device, device)
			await again.close()
		}))

	it('takes rights away from a folder that others could read', async function () {
		if (process.platform === 'win32') this.skip()
		await withFolder(async (dir) => {
			await mkdir(dir, {recursive: true})
			await chmod(dir, 0o755)
			const index = await openIn(dir)
			assert.equal((await stat(dir)).mode & 0o777, 0o700)
			await index.close()
		})
	})

	it('gives back each kind of record exactly, also after opening again', () =>
		withFolder(async (dir) => {
			const version: VersionVector = [
				[device(1), 1],
				[device(2), 1_700_000_001],
			]
			const hash = 'g'.repeat(43)
			const disk = {size: 1, mtimeMs: 1_700_000_000_123 + 1 / 3, ctimeMs: -0.001, ino: 2 ** 60, mode: 0o120777}
			const records: IndexRecord[] = [
				{...record('a', 1, file(5), version), racy: true},
				{...record('b', 2, {kind: 'file', size: 2 ** 50, mtime: -5, mode: 0, hash: null}, []), disk: null},
				{...record('c', 3, {kind: 'dir', mtime: 1, mode: 0o755}, version), disk},
				{...record('d', 4, {kind: 'symlink', mtime: 2, target: '../😀\n"'}, [[device(2), 3]]), disk},
				{...record('e', 5, gone(77), version), was: {size: 3, hash}},
			]
			const index = await openIn(dir)
			await index.write({records})
			assert.deepEqual(await collect(index.all()), records)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await collect(again.all()), records)
			assert.deepEqual(again.counts, {files: 2, folders: 1, links: 1, gone: 1, bytes: 2 ** 50 + 5})
			assert.equal(again.seq, 5)
			await again.close()
		}))

	it('keeps strange paths apart and in the order of `<`', () =>
		withIndex(async (index) => {
			await index.write({records: strange.map((path) => record(path, index.takeSeq()))})
			assert.deepEqual(
				(await collect(index.all())).map(({path}) => path),
				[...strange].sort((a, b) => (a < b ? -1 : 1)),
			)
			for (const path of strange) assert.equal((await index.get(rel(path)))?.path, path)
			assert.equal(await index.get(rel('toString')), undefined)
		}))

	it('of two records with one path takes the later; keeps what is both removed and recorded', () =>
		withIndex(async (index) => {
			await index.write({records: [record('b', 1), record('a', 2), record('b', 3)], remove: [rel('a'), rel('x')]})
			assert.deepEqual(
				(await collect(index.all())).map(({path, seq}) => [path, seq]),
				[
					['a', 2],
					['b', 3],
				],
			)
		}))

	it('raises seq to that of a record and keeps it over a reopen', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			assert.equal(index.seq, 0)
			await index.write({records: [record('a', 41)]})
			assert.equal(index.takeSeq(), 42)
			await index.write({})
			await index.close()
			const again = await openIn(dir)
			assert.equal(again.seq, 42)
			await again.close()
		}))

	it('refuses a number that JSON cannot hold and stays usable', () =>
		withIndex(async (index) => {
			await assert.rejects(index.write({records: [record('a', 1), record('b', 2, file(Number.NaN))]}), RangeError)
			assert.deepEqual(await collect(index.all()), [])
			await index.write({records: [record('c', 3)]})
			assert.equal(index.counts.files, 1)
		}))

	it('keeps agreements and the root, replaces and drops them', () =>
		withFolder(async (dir) => {
			const root = {id: 'r', ino: 2 ** 55, ctimeMs: 1.1}
			const index = await openIn(dir)
			assert.equal(index.root, null)
			await index.write({agreement: agreementWith(1, 1), root})
			await index.write({agreement: agreementWith(2, 5)})
			await index.write({agreement: agreementWith(1, 2)})
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(again.root, root)
			assert.deepEqual(again.agreement(device(1)), agreementWith(1, 2))
			assert.deepEqual(new Set(again.agreements()), new Set([agreementWith(1, 2), agreementWith(2, 5)]))
			await again.write({dropAgreements: [device(2)]})
			assert.equal(again.agreement(device(2)), undefined)
			await again.write({dropAgreements: true, agreement: agreementWith(3, 1)})
			await again.close()
			const last = await openIn(dir)
			assert.deepEqual(last.agreements(), [agreementWith(3, 1)])
			await last.close()
		}))

	it('walks what was there when the walk began, while writes go on', () =>
		withIndex(async (index) => {
			const before = series(index, 5000)
			await index.write({records: before})
			const seen: IndexRecord[] = []
			let round = 0
			for await (const records of index.all()) {
				seen.push(...records)
				const changes = before.filter((_, i) => i % 7 === round % 7).map(({path}) => record(path, index.takeSeq()))
				const fresh = [record(`f00${round}new`, index.takeSeq()), record(`zz${round}`, index.takeSeq())]
				await index.write({records: [...changes, ...fresh], remove: [rel(`f00${4999 - round}`)]}, {sync: false})
				round++
			}
			assert.ok(round > 5)
			assert.deepEqual(seen, before)
		}))

	it('lets a walk be left early, and closes with one under way', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await index.write({records: series(index, 5000)})
			for await (const records of index.all()) {
				assert.ok(records.length > 0)
				break
			}
			const walk = index.all()
			await walk.next()
			await index.close()
			await assert.rejects(index.get(rel('a')))
			const again = await openIn(dir)
			assert.equal(again.counts.files, 5000)
			await again.close()
		}))

	it('sees in a read what was asked to be written before it', () =>
		withIndex(async (index) => {
			const writes = Array.from({length: 20}, (_, i) => index.write({records: [record(`p${i}`, i + 1)]}, {sync: false}))
			assert.equal((await index.getMany(writes.map((_, i) => rel(`p${i}`)))).size, 20)
			await Promise.all(writes)
		}))

	it('writes nothing where there is nothing to write', () =>
		withIndex(async (index, dir) => {
			const logged = () =>
				readdirSync(join(dir, 'db'))
					.filter((name) => name.endsWith('.log'))
					.reduce((sum, name) => sum + statSync(join(dir, 'db', name)).size, 0)
			await index.write({records: series(index, 10)})
			const before = logged()
			await index.write({records: []})
			await index.write({})
			assert.equal(logged(), before)
			await index.write({records: [record('one', 11)]})
			assert.ok(logged() > before)
		}))

	it('shares equal version vectors in memory', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await index.write({records: series(index, 2000).map((r) => ({...r, version: [[device(1), 7]] as const}))})
			await index.close()
			const again = await openIn(dir)
			assert.equal(new Set((await collect(again.all())).map(({version}) => version)).size, 1)
			await again.close()
		}))

	it('prunes old tombstones and nothing else', () =>
		withIndex(async (index) => {
			const records = series(index, 40_000).map((r, i) => (i % 3 === 0 ? record(r.path, r.seq, gone(i)) : r))
			await index.write({records}, {sync: false})
			const kept = records.filter(({state}) => state.kind !== 'gone' || state.since >= 20_000)
			assert.equal(await index.pruneGone(20_000), records.length - kept.length)
			assert.deepEqual(await collect(index.all()), kept)
			assert.equal(index.counts.gone, kept.filter(({state}) => state.kind === 'gone').length)
			assert.equal(await index.pruneGone(20_000), 0)
			await index.pruneGone(Number.MAX_SAFE_INTEGER)
			assert.equal(index.counts.gone, 0)
		}))
})
