// Rows of one batch and those of the next, put together, are the rows of both.
import assert from 'node:assert/strict'
import {symlinkSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {ScanColumns} from '../../src/lib/tree/scan/columns.js'
import type {ScanResult} from '../../src/lib/tree/scan/result.js'
import {scan} from '../../src/lib/tree/scan/scan.js'
import {plant, withTemp} from './temp.js'

function portionsOf(root: string, batchRows: number): ScanColumns[] {
	const batches: ScanResult[] = []
	const last = scan({root, ignoreLines: [], batchRows}, (event) => {
		if (!('phase' in event)) batches.push(event.value.rows)
	})
	return [...batches, last.value].map((result) => new ScanColumns(result))
}

describe('tree/scan-columns', () => {
	it('what follows goes on where the rest ends, links too', () =>
		withTemp((root) => {
			plant(root, {'a/1': 'x', 'a/2': 'xy', 'b/': '', 'c/d/e': '', f: 'z'})
			for (const name of ['a/l', 'c/k', 'm']) symlinkSync(`to ${name}`, join(root, name))
			const [all] = portionsOf(root, 1000)
			const rows = [...(all ?? [])]
			fc.assert(
				fc.property(fc.integer({min: 1, max: rows.length + 1}), fc.nat(), (size, chance) => {
					const [first, ...others] = portionsOf(root, size)
					if (first === undefined) throw new Error('a scan without a portion')
					const from = chance % (first.length + 1)
					let columns = first
					let cut = from
					for (const next of others) {
						columns = columns.followedBy(cut, next)
						cut = 0
					}
					assert.deepEqual([...columns].slice(cut), rows.slice(from))
					for (const [i, {path}] of rows.slice(from).entries()) assert.equal(columns.find(path), i + cut)
					assert.deepEqual(columns.rows(cut, columns.length), all?.rows(from, rows.length))
				}),
			)
		}))
})
