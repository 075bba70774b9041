// What a scan noted is there after a close and an open; what is damaged counts as never noted, and harms nothing else.
import assert from 'node:assert/strict'
import {join} from 'node:path'
import {ClassicLevel} from 'classic-level'
import {openIn, series, withFolder} from './fixtures.js'

const notes = {
	scope: {rules: 'a hash', count: 3, settled: true},
	mounts: [
		{path: 'usb', names: ['a', 'ü\n"']},
		{path: 'usb/empty', names: []},
	],
}

describe('index: notes of the last scan', () => {
	it('are none at first, and outlive the process', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			assert.equal(await index.scanNotes(), null)
			await index.noteScan({...notes, mounts: []})
			await index.noteScan(notes)
			assert.deepEqual(await index.scanNotes(), notes)
			await index.close()
			const again = await openIn(dir)
			assert.deepEqual(await again.scanNotes(), notes)
			await again.close()
		}))

	it('that are damaged are none, and the records stand', () =>
		withFolder(async (dir) => {
			const index = await openIn(dir)
			await index.write({records: series(index, 10)})
			await index.noteScan(notes)
			await index.close()
			const level = new ClassicLevel<string, string>(join(dir, 'db'))
			await level.put('n', `${await level.get('n')}x`)
			await level.close()
			const again = await openIn(dir)
			assert.equal(await again.scanNotes(), null)
			assert.equal(again.counts.files, 10)
			await again.close()
		}))
})
