// How long things lie in the trash: by the days on which FileSync ran, whatever the clock says on one of them.
import {deepEqual, equal} from 'node:assert/strict'
import {agedTrash, type TrashAge} from '../../src/lib/core/folder/trash-age.js'

const keep = 30
/** Some day. */
const start = 20_000

/** Looks on those days at a trash with one run from the first on; the day on which it is due, or undefined. */
function dueOn(days: Iterable<number>): number | undefined {
	let age: TrashAge | null = null
	for (const day of days) {
		const looked = agedTrash(age, day, ['run'], keep)
		if (looked.due.length > 0) return day - start
		age = looked.age
	}
	return undefined
}

function* every(step: number, from = start, to = start + 1000): Generator<number, void> {
	for (let day = from; day <= to; day += step) yield day
}

const year = 365
const rows: readonly (readonly [name: string, days: Iterable<number>, due: number | undefined])[] = [
	['used each day', every(1), 31],
	['used several times a day', [...every(1)].flatMap((day) => [day, day, day]), 31],
	['used once a week', every(7), 35],
	['used once a month: a longer gap counts as one day', every(30), 31 * 30],
	['the clock jumps a year ahead once, and stays', [start, ...every(1, start + year, start + year + 20)], undefined],
	['and the days behind it count as they do', [start, ...every(1, start + year)], year + 30],
	['the clock is a year ahead on one day', [...every(1, start, start + 10), start + year, ...every(1, start + 11)], 31],
	['the clock goes a day back and forth', [...every(1)].flatMap((day) => [day, day - 1, day]), 31],
	[
		'the clock jumps to and fro on one day',
		Array.from({length: 29}, (_, i) => (i % 2 === 0 ? start : start + year)),
		undefined,
	],
	['the clock starts at 1970 each time, and is set then', [...every(1)].flatMap((day) => [0, day]), 30],
	['looked at on one day only', [start, start], undefined],
]

describe('core/folder/trash-age', () => {
	for (const [name, days, due] of rows) it(name, () => equal(dueOn(days), due))

	it('each run has an age of its own, and what is gone is forgotten', () => {
		const first = agedTrash(null, start, ['a'], keep).age
		const second = agedTrash(first, start + 5, ['a', 'b'], keep).age
		deepEqual(
			[...second.runs],
			[
				['a', 0],
				['b', 5],
			],
		)
		const third = agedTrash(second, start + 6, ['b'], keep).age
		deepEqual([...third.runs], [['b', 5]])
		let age = second
		const due: (readonly string[])[] = []
		for (const day of every(1, start + 6, start + 36)) {
			const looked = agedTrash(age, day, ['a', 'b'], keep)
			age = looked.age
			due.push(looked.due)
		}
		deepEqual(due.slice(-7), [[], ['a'], ['a'], ['a'], ['a'], ['a'], ['a', 'b']])
	})
})
