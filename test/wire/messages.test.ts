// Rows that are checked by hand are refused as a schema would refuse them, and one that brings more than is known is taken.
import {deepEqual, throws} from 'node:assert/strict'
import {FileSyncError} from '../../src/lib/errors/index.js'
import {wireLimits} from '../../src/lib/wire/codes.js'
import {toJson} from '../../src/lib/wire/json.js'
import {Applied, decode, Fetch, Prepared} from '../../src/lib/wire/messages.js'

const prepared = (steps: unknown) =>
	decode(Prepared, toJson({last: true, deletions: 0, held: 0, steps}), 'prepared').steps
const fetched = (items: unknown) => decode(Fetch, toJson({items}), 'fetch').items
const applied = (results: unknown) => decode(Applied, toJson({results}), 'applied').results
const long = 'x'.repeat(5000)

const kinds = {
	prepared: {
		read: prepared,
		good: [
			[1, 'nothing', '', ''],
			[2, 'local', 'a/b', 'CODE: why'],
		],
		bad: [
			[1],
			[-1, 'meta', '', ''],
			[1, 'else', '', ''],
			[1, 'meta', long, ''],
			[1, 'meta', '', 7],
			[1.5, 'meta', '', ''],
		],
	},
	fetch: {
		read: fetched,
		good: [[1, 'a', 'b']],
		bad: [
			[1, 'a'],
			['1', 'a', 'b'],
			[1, null, 'b'],
			[1, 'a', long],
		],
	},
	applied: {
		read: applied,
		good: [
			[1, null],
			[2, {code: 'EACCES', message: 'may not'}],
		],
		bad: [[1], [null, null], [1, 'fault'], [1, {code: 'E'}], [1, {code: long, message: ''}], [2 ** 60, null]],
	},
}

const isProtocol = (error: unknown): boolean => error instanceof FileSyncError && error.code === 'PROTOCOL'

describe('wire: rows of messages', () => {
	for (const [name, {read, good, bad}] of Object.entries(kinds)) {
		it(`${name}: takes what is right, and what a later version may add`, () => {
			deepEqual(read(good), good)
			deepEqual(read([]), [])
			const longer = good.map((row) => [...row, 'more'])
			deepEqual(read(longer), longer)
		})
		it(`${name}: refuses what is wrong`, () => {
			for (const row of [...bad, null, 7, {0: 1}, 'row'])
				throws(() => read([...good, row]), isProtocol, JSON.stringify(row))
			for (const rows of [null, {}, 'rows', {length: 0}]) throws(() => read(rows), isProtocol)
			throws(() => read(new Array(wireLimits.rows + 1).fill(good[0])), isProtocol)
		})
	}
})
