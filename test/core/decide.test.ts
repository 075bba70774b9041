// The table of the two-way rules, every cell: local state x remote state x order x direction x force.
import {deepEqual, equal} from 'node:assert/strict'
import type {State} from '../../src/lib/core/entries/entry.js'
import {compareVersions, type Ordering} from '../../src/lib/core/entries/versions.js'
import {otherSide, type Side} from '../../src/lib/core/plan/conflict.js'
import {type DecideOptions, type Decision, decide, needsHash} from '../../src/lib/core/plan/decide.js'
import {dir, file, gone, link, options, pair, v} from './support.js'

// F, G: files of other bytes, F newer. T: F's bytes, touched later. D, E: folders of other modes. L: a link, between G and F. X: a tombstone.
const states = {
	F: file('one', 300),
	G: file('two', 200),
	T: file('one', 400),
	D: dir(0o755),
	E: dir(0o700),
	L: link('x', 250),
	X: gone,
} as const satisfies Record<string, State>
type Letter = keyof typeof states
const letters = ['F', 'G', 'T', 'D', 'E', 'L', 'X'] as const satisfies readonly Letter[]

// Rows: local, columns: remote. `-` nothing, `=` versions merge, `>` local flows, `<` remote flows, `c`: and the loser is kept, `x` left alone.
const tables = {
	after: `
		F = > > > > > >
		G > = > > > > >
		T > > = > > > >
		D > > > = > > >
		E > > > > = > >
		L > > > > > = >
		X > > > > > > =`,
	before: `
		F = < < < < < <
		G < = < < < < <
		T < < = < < < <
		D < < < = < < <
		E < < < < = < <
		L < < < < < = <
		X < < < < < < =`,
	equal: `
		F -  >c <  <c <c >c >
		G <c -  <c <c <c <c >
		T >  >c -  <c <c >c >
		D >c >c >c -  >  >c >
		E >c >c >c <  -  >c >
		L <c >c <c <c <c -  >
		X <  <  <  <  <  <  -`,
	concurrent: `
		F =  >c <  <c <c >c >
		G <c =  <c <c <c <c >
		T >  >c =  <c <c >c >
		D >c >c >c =  >  >c >
		E >c >c >c <  =  >c >
		L <c >c <c <c <c =  >
		X <  <  <  <  <  <  =`,
	'concurrent push': `
		F = x < x x x >
		G x = x x x x >
		T > x = x x x >
		D x x x = > x >
		E x x x < = x >
		L x x x x x = >
		X x x x x x x =`,
	'concurrent pull': `
		F = x < x x x x
		G x = x x x x x
		T > x = x x x x
		D x x x = > x x
		E x x x < = x x
		L x x x x x = x
		X < < < < < < =`,
	'concurrent push force': `
		F =  >c >  <c <c >c >
		G >c =  >c <c <c >c >
		T >  >c =  <c <c >c >
		D >c >c >c =  >  >c >
		E >c >c >c >  =  >c >
		L >c >c >c <c <c =  >
		X >c >c >c >  >  >c =`,
	'concurrent pull force': `
		F =  <c <  <c <c <c <c
		G <c =  <c <c <c <c <c
		T <  <c =  <c <c <c <c
		D >c >c >c =  <  >c <
		E >c >c >c <  =  >c <
		L <c <c <c <c <c =  <c
		X <  <  <  <  <  <  =`,
} as const

const versions: Record<Ordering, readonly [string, string]> = {
	after: ['a2', 'a1'],
	before: ['a1', 'a2'],
	equal: ['a1', 'a1'],
	concurrent: ['a2 b1', 'a1 b2'],
}

function symbol(decision: Decision): string {
	if (decision === 'nothing') return '-'
	if (decision === 'left-alone') return 'x'
	if (decision.from === 'both') return '='
	return `${decision.from === 'local' ? '>' : '<'}${decision.loser === null ? '' : 'c'}`
}

interface Cell {
	readonly local: Letter
	readonly remote: Letter
	readonly expected: string
}

const cells = (table: string): Cell[] =>
	table
		.trim()
		.split('\n')
		.flatMap((line, row) => {
			const [, ...expected] = line.trim().split(/\s+/)
			return expected.map((one, column) => ({
				local: letters[row] ?? 'F',
				remote: letters[column] ?? 'F',
				expected: one,
			}))
		})

const check = (
	order: Ordering,
	name: keyof typeof tables,
	choice: Pick<DecideOptions, 'direction' | 'force'>,
): void => {
	const list = cells(tables[name])
	equal(list.length, 49)
	for (const {local, remote, expected} of list)
		it(`${order}, ${choice.direction}${choice.force ? ' --force' : ''}: ${local} against ${remote}: ${expected}`, () => {
			const [mine, theirs] = versions[order]
			const one = pair('p', [states[local], mine], [states[remote], theirs])
			const decision = decide(one, {...options, ...choice})
			equal(symbol(decision), expected)
			if (typeof decision === 'string') return
			for (const entry of [one.local, one.remote]) {
				if (entry === null || entry === 'agreed') continue
				equal(['after', 'equal'].includes(compareVersions(decision.version, entry.version)), true)
			}
			if (decision.from === 'both') return
			const [winner, loser] = decision.from === 'local' ? [local, remote] : [remote, local]
			deepEqual(decision.state, states[winner])
			if (decision.loser !== null) deepEqual(decision.loser, states[loser])
		})
}

describe('core: decide', () => {
	for (const direction of ['both', 'push', 'pull'] as const)
		for (const force of [false, true])
			for (const order of ['after', 'before'] as const) check(order, order, {direction, force})
	for (const force of [false, true]) {
		check('equal', 'equal', {direction: 'both', force})
		check('concurrent', 'concurrent', {direction: 'both', force})
	}
	for (const direction of ['push', 'pull'] as const) {
		check('concurrent', `concurrent ${direction}`, {direction, force: false})
		check('concurrent', `concurrent ${direction} force`, {direction, force: true})
	}

	type Half = readonly [State, string] | null
	const oneSided: readonly (readonly [name: string, local: Half, remote: Half | 'agreed', expected: string])[] = [
		['nothing anywhere', null, null, '-'],
		['nothing here, nothing new there', null, 'agreed', '-'],
		['a file there', null, [states.F, 'b1'], '<'],
		['a folder there', null, [states.D, 'b1'], '<'],
		['a tombstone there is learned', null, [gone, 'b1'], '='],
		['a file here', [states.F, 'a1'], null, '>'],
		['a tombstone here is learned there', [gone, 'a1'], null, '='],
		['changed here', [states.F, 'a2'], 'agreed', '>'],
		['deleted here', [gone, 'a2'], 'agreed', '>'],
	]
	for (const [name, local, remote, expected] of oneSided)
		for (const direction of ['both', 'push', 'pull'] as const)
			for (const force of [false, true])
				it(`${name}, ${direction}${force ? ' --force' : ''}: ${expected}`, () =>
					equal(symbol(decide(pair('p', local, remote), {...options, direction, force})), expected))

	it('merged versions tell who is behind', () => {
		const behind = (mine: string, theirs: string): readonly Side[] => {
			const decision = decide(pair('p', [states.F, mine], [states.F, theirs]), options)
			return typeof decision === 'string' ? [] : decision.behind
		}
		deepEqual(behind('a1', 'b1'), ['local', 'remote'])
		deepEqual(behind('a1 b1', 'b1'), ['remote'])
		deepEqual(behind('b1', 'a1 b1'), ['local'])
		deepEqual(behind('a1', 'a1'), [])
	})
	it('a conflict takes the merged vector, so that the same decision made twice is the same version', () => {
		const decision = decide(pair('p', [states.F, 'a2 b1'], [states.G, 'a1 b2']), options)
		deepEqual(typeof decision === 'string' ? null : decision.version, v('a2 b2'))
	})
	for (const [a, b] of [
		['F', 'T'],
		['D', 'E'],
		['F', 'G'],
		['F', 'D'],
		['L', 'G'],
		['X', 'F'],
	] as const)
		it(`${a} against ${b}: it does not matter who leads`, () => {
			const mine = decide(pair('p', [states[a], 'a1'], [states[b], 'b1']), options)
			const theirs = decide(pair('p', [states[b], 'b1'], [states[a], 'a1']), options)
			if (typeof mine === 'string' || typeof theirs === 'string' || mine.from === 'both')
				throw new TypeError('decided nothing')
			equal(theirs.from, otherSide(mine.from))
			deepEqual([theirs.state, theirs.version, theirs.loser], [mine.state, mine.version, mine.loser])
		})

	const unhashed = {...states.F, hash: null}
	const hashes: readonly (readonly [name: string, local: Half, remote: Half | 'agreed', expected: boolean])[] = [
		['concurrent, same size', [unhashed, 'a1'], [states.G, 'b1'], true],
		['one after the other, same size', [unhashed, 'a2'], [states.G, 'a1'], true],
		['the same version', [unhashed, 'a1'], [unhashed, 'a1'], false],
		['other sizes', [unhashed, 'a1'], [file('x', 1, 11), 'b1'], false],
		['hashes known', [states.F, 'a1'], [states.G, 'b1'], false],
		['agreed', [unhashed, 'a2'], 'agreed', false],
		['one side only', [unhashed, 'a1'], null, false],
		['empty files', [{...unhashed, size: 0}, 'a1'], [{...unhashed, size: 0}, 'b1'], false],
		['a file and a folder', [unhashed, 'a1'], [states.D, 'b1'], false],
	]
	for (const [name, local, remote, expected] of hashes)
		it(`needs a hash: ${name}: ${expected}`, () => equal(needsHash(pair('p', local, remote)), expected))
	it('without the hash that it asked for it takes contents as different', () => {
		equal(symbol(decide(pair('p', [unhashed, 'a1'], [states.T, 'b1']), options)), '<c')
	})
})
