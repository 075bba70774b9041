// Filling an empty index: the same as writing its records, all or nothing, and only while it is empty.
import assert from 'node:assert/strict'
import {ClassicLevel} from 'classic-level'
import {collect, gone, openIn, record, series, withFolder, withIndex} from './fixtures.js'

describe('index: filling', () => {
	for (const count of [0, 1, 255, 256, 257, 600, 17_000]) {
		it(`${count} records are what was filled in, also after opening again and after changes`, () =>
			withFolder(async (dir) => {
				const index = await openIn(dir)
				const records = series(index, count)
				const fill = index.fill()
				assert.ok(fill !== undefined)
				for (const one of records) fill.add(one)
				assert.equal(fill.count, count)
				assert.deepEqual(await collect(index.all()), [])
				await index.finishFill(fill)
				assert.deepEqual(await collect(index.all()), records)
				assert.equal(index.counts.files, count)
				await index.close()
				const again = await openIn(dir)
				assert.equal(again.seq, count === 0 ? 0 : records.at(-1)?.seq)
				const last = record(`f${String(count).padStart(6, '0')}`, again.takeSeq())
				await again.write({records: [last]})
				assert.deepEqual(await collect(again.all()), [...records, last])
				await again.close()
			}))
	}

	it('keeps tombstones and versions, and finds what came since', () =>
		withIndex(async (index) => {
			const fill = index.fill()
			const records = series(index, 300).map((one, i) => (i % 3 === 0 ? record(one.path, one.seq, gone(5 + i)) : one))
			for (const one of records) fill?.add(one)
			assert.ok(fill !== undefined)
			await index.finishFill(fill)
			assert.deepEqual(await collect(index.since(290)), records.slice(290))
			assert.equal(await index.pruneGone(100), 32)
			assert.equal(index.counts.gone, 68)
		}))

	it('leaves an index that was not finished as it was', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const fill = index.fill()
			for (const one of series(index, 1000)) fill?.add(one)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await collect(again.all()), [])
			assert.equal(again.seq, 0)
			await again.close()
		}))

	it('may store its pages before they count', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			const records = series(index, 5000)
			const fill = index.fill()
			assert.ok(fill !== undefined)
			for (const one of records) {
				fill.add(one)
				if (fill.held >= 3) await index.keepFilled(fill)
			}
			assert.ok(fill.held < 3)
			assert.deepEqual(await collect(index.all()), [])
			await index.finishFill(fill)
			assert.deepEqual(await collect(index.all()), records)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await collect(again.all()), records)
			await again.close()
		}))

	for (const next of ['a filling', 'a write'] as const)
		it(`given up with pages stored, it is as if it never was, and ${next} takes their place`, () =>
			withFolder(async (dir) => {
				const index = await openIn(dir)
				const fill = index.fill()
				assert.ok(fill !== undefined)
				for (const one of series(index, 3000, 'lost')) fill.add(one)
				await index.keepFilled(fill)
				await index.close()
				const again = await openIn(dir)
				assert.deepEqual(await collect(again.all()), [])
				const records = series(again, 2000)
				if (next === 'a write') {
					const stale = again.fill()
					await again.write({records})
					assert.ok(stale !== undefined)
					for (const one of series(again, 300, 'stale')) stale.add(one)
					await assert.rejects(again.keepFilled(stale), RangeError)
				} else {
					const second = again.fill()
					assert.ok(second !== undefined)
					for (const one of records) second.add(one)
					await again.keepFilled(second)
					await again.finishFill(second)
				}
				await again.close()
				const last = await openIn(dir)
				assert.deepEqual(await collect(last.all()), records)
				await last.close()
			}))

	it('takes nothing more after pages could not be stored, as after any failed write', () =>
		withIndex(async (index) => {
			const fill = index.fill()
			assert.ok(fill !== undefined)
			for (const one of series(index, 1000)) fill.add(one)
			const {batch} = ClassicLevel.prototype
			Object.assign(ClassicLevel.prototype, {
				batch: () => Promise.reject(Object.assign(new Error('no space'), {code: 'LEVEL_IO_ERROR'})),
			})
			try {
				await assert.rejects(index.keepFilled(fill))
			} finally {
				Object.assign(ClassicLevel.prototype, {batch})
			}
			assert.equal(index.isBroken, true)
			await assert.rejects(index.finishFill(fill))
			await assert.rejects(index.write({records: [record('a', index.takeSeq())]}))
		}))

	it('refuses paths that do not rise, and an index that holds something', () =>
		withIndex(async (index) => {
			const fill = index.fill()
			assert.ok(fill !== undefined)
			fill.add(record('b', index.takeSeq()))
			assert.throws(() => fill.add(record('a', index.takeSeq())), RangeError)
			assert.throws(() => fill.add(record('b', index.takeSeq())), RangeError)
			const kept = [record('c', index.takeSeq())]
			await index.write({records: kept})
			assert.equal(index.fill(), undefined)
			await assert.rejects(index.finishFill(fill), RangeError)
			assert.deepEqual(await collect(index.all()), kept)
		}))
})
