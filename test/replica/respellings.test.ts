// Which steps of a plan are one entry of the disk under another spelling, and what becomes of them. Tables over pure functions.
import {deepEqual, equal} from 'node:assert/strict'
import type {IndexRecord, State} from '../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {stepTo} from '../../src/lib/core/plan/plan.js'
import {prepare} from '../../src/lib/replica/plan/prepare.js'
import type {Prepared} from '../../src/lib/replica/plan/prepared.js'
import {dir, file, gone, rel, v} from '../core/support.js'

/** What stands here: each path with a record. */
type Held = Readonly<Record<string, State>>

const recordOf = (path: string, state: State): IndexRecord => ({
	path: rel(path),
	state,
	version: v('a1'),
	seq: 1,
	disk: state.kind === 'gone' ? null : {size: 10, mtimeMs: 1, ctimeMs: 1, ino: 1, mode: 0o644},
	racy: false,
	was: null,
})

/** Prepares steps that bring each path to a state, on a disk that says of each pair what `isOne` says. */
async function prepared(
	held: Held,
	wanted: Held,
	isOne: (from: RelPath, to: RelPath) => boolean = () => true,
	isIgnored: (path: string) => boolean = () => false,
): Promise<Prepared & {asked: number}> {
	const records = new Map(Object.entries(held).map(([path, state]) => [rel(path), recordOf(path, state)]))
	const steps = Object.entries(wanted)
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([path, state], i) => stepTo(i + 1, rel(path), state, v('a1 b1'), undefined, null, rel(path)))
	let asked = 0
	const plan = await prepare(steps, records, {
		isIgnored,
		isUnknown: () => false,
		areOneEntry: async (pairs) => {
			asked += pairs.length
			return pairs.map(({from, to}) => isOne(from, to))
		},
	})
	return {...plan, asked}
}

const told = ({steps}: Prepared): Record<string, string> =>
	Object.fromEntries(
		steps.map(({step, disposition, standsAs}) => [
			step.path,
			[
				disposition.how,
				'code' in disposition ? disposition.code : '',
				standsAs === null ? '' : `standing as ${standsAs}`,
			]
				.filter((word) => word !== '')
				.join(' '),
		]),
	)

interface Row {
	readonly held: Held
	readonly wanted: Held
	readonly expect: Readonly<Record<string, string>>
	readonly deletions?: number
	readonly isOne?: (from: RelPath, to: RelPath) => boolean
}

const rows: Readonly<Record<string, Row>> = {
	'a file in case': {
		held: {a: file('x')},
		wanted: {a: gone, A: file('x')},
		expect: {a: 'respelled', A: 'respelled standing as a'},
	},
	'a file in case, and edited': {
		held: {a: file('x')},
		wanted: {a: gone, A: file('y')},
		expect: {a: 'respelled', A: 'whole standing as a'},
	},
	'two names of a disk that folds nothing': {
		held: {a: file('x')},
		wanted: {a: gone, A: file('x')},
		isOne: () => false,
		expect: {a: 'whole', A: 'local'},
	},
	'a folder with all in it': {
		held: {D: dir(), 'D/f': file('x'), 'D/g': file('y')},
		wanted: {D: gone, 'D/f': gone, 'D/g': gone, d: dir(), 'd/f': file('x'), 'd/G': file('y')},
		expect: {
			D: 'respelled',
			'D/f': 'respelled',
			'D/g': 'respelled',
			d: 'respelled standing as D',
			'd/f': 'respelled standing as D/f',
			'd/G': 'respelled standing as D/g',
		},
	},
	'a folder of which one file goes and one comes': {
		held: {D: dir(), 'D/f': file('x')},
		wanted: {D: gone, 'D/f': gone, d: dir(), 'd/h': file('z')},
		expect: {D: 'respelled', 'D/f': 'whole', d: 'respelled standing as D', 'd/h': 'whole'},
		deletions: 1,
	},
	'a folder that stays under its name: nothing of it goes, its twin does not come': {
		held: {D: dir(), 'D/f': file('x')},
		wanted: {'D/f': gone, d: dir(), 'd/f': file('x')},
		expect: {'D/f': 'refused EXISTS', d: 'whole', 'd/f': 'refused EXISTS'},
	},
	'two that want the name: it is that of the content that is here': {
		held: {aa: file('x')},
		wanted: {aa: gone, AA: file('y'), Aa: file('x')},
		expect: {aa: 'respelled', AA: 'whole', Aa: 'respelled standing as aa'},
	},
	'two that stand beside each other are no twins here': {
		held: {a: file('x'), A: file('y')},
		wanted: {a: gone, A: gone, á: file('z')},
		expect: {a: 'whole', A: 'whole', á: 'whole'},
		deletions: 2,
	},
	'a file that becomes a folder goes first': {
		held: {a: file('x')},
		wanted: {a: gone, A: dir()},
		expect: {a: 'whole', A: 'whole standing as a'},
		deletions: 1,
	},
	'a folder that becomes a file goes first': {
		held: {D: dir(), 'D/f': file('x')},
		wanted: {D: gone, 'D/f': gone, d: file('y')},
		expect: {D: 'whole', 'D/f': 'whole', d: 'whole standing as D'},
		deletions: 1,
	},
	'a name that has a tombstone here': {
		held: {a: file('x'), A: gone},
		wanted: {a: gone, A: file('x')},
		expect: {a: 'respelled', A: 'respelled standing as a'},
	},
	'an old name that is edited here stays, and its twin comes by itself': {
		held: {a: file('x')},
		wanted: {A: file('x')},
		expect: {A: 'whole'},
	},
}

describe('replica: respellings', () => {
	for (const [name, {held, wanted, expect, deletions = 0, isOne}] of Object.entries(rows))
		it(name, async () => {
			const plan = await prepared(held, wanted, isOne)
			deepEqual(told(plan), expect)
			equal(plan.deletions, deletions)
		})

	it('the disk is asked only where something goes and something comes', async () => {
		equal((await prepared({a: file('x')}, {a: gone, b: file('x')})).asked, 0)
		equal((await prepared({}, {a: file('x'), A: file('y')})).asked, 0)
		equal((await prepared({a: file('x')}, {a: gone, A: file('x')})).asked, 1)
	})

	it('of what is ignored here nothing takes another spelling', async () => {
		const plan = await prepared({a: file('x')}, {a: gone, A: file('x')}, undefined, (path) => path === 'a')
		deepEqual(told(plan), {a: 'refused IGNORED', A: 'whole'})
	})
})
