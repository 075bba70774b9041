// A note is there after a close and an open; one that is damaged counts as never noted, and harms nothing else.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {ClassicLevel} from 'classic-level'
import type {Index} from '../../src/lib/index/index.js'
import {scanNotes} from '../../src/lib/index/notes/scan-notes.js'
import {trashNotes} from '../../src/lib/index/notes/trash-notes.js'
import {openIn, series, withFolder} from './fixtures.js'

const scan = {
	scope: {rules: 'a hash', count: 3, settled: true},
	mounts: [
		{path: 'usb', names: ['a', 'ü\n"']},
		{path: 'usb/empty', names: []},
	],
}
const trash = {day: 20_000, days: 40, runs: new Map([['20260102-030405.2', 12]])}

const writeAll = async (index: Index): Promise<void> => {
	await index.writeNote(scanNotes, {...scan, mounts: []})
	await index.writeNote(scanNotes, scan)
	await index.writeNote(trashNotes, trash)
}
const readAll = async (index: Index) => [await index.readNote(scanNotes), await index.readNote(trashNotes)]

describe('index: notes', () => {
	it('are none at first, and outlive the process', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			assert.deepEqual(await readAll(index), [null, null])
			await writeAll(index)
			assert.deepEqual(await readAll(index), [scan, trash])
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await readAll(again), [scan, trash])
			await again.close()
		}))

	const damages: readonly (readonly [name: string, (stored: string) => string])[] = [
		['a letter more', (stored) => `${stored}x`],
		['another one', (stored) => stored.replace('[', '{')],
		['nothing', () => ''],
	]
	for (const [name, bend] of damages)
		it(`that are damaged (${name}) are none, and the records stand`, () =>
			withFolder(async (dir) => {
				const index = await openIn(dir)
				await index.write({records: series(index, 10)})
				await writeAll(index)
				await index.close()
				const level = new ClassicLevel<string, string>(join(dir, 'db'))
				for (const key of ['n', 't']) await level.put(key, bend((await level.get(key)) ?? ''))
				await level.close()
				const again = await openIn(dir)
				assert.deepEqual(await readAll(again), [null, null])
				assert.equal(again.counts.files, 10)
				await again.close()
			}))

	it('of a form that nobody writes are none', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			for (const bad of [
				null,
				{},
				[],
				['r'],
				['r', -1, 1, []],
				['r', 1, 1, {}],
				['r', 1, 1, [[1, []]]],
				[1.5, 0, []],
				[1, 0, [['r']]],
			]) {
				for (const {key, what} of [scanNotes, trashNotes]) {
					await index.writeNote({key, what, encode: () => bad, decode: () => bad}, null)
				}
				assert.deepEqual(await readAll(index), [null, null], JSON.stringify(bad))
			}
			await index.close()
		}))
})
