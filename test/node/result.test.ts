// What a round comes to in the contract's words: counts, renames, conflicts, problems.
import assert from 'node:assert/strict'
import type {Disposition, Plan, PlanStep} from '../../src/lib/core/plan/plan.js'
import {type ResultFrame, resultOf, type SyncAction} from '../../src/lib/node/use/sync-result.js'
import {SyncTally} from '../../src/lib/node/use/sync-tally.js'
import type {RoundEnd} from '../../src/lib/sync/events.js'
import {dir, file, gone, link, rel} from '../core/support.js'
import {agree, step} from '../replica/steps.js'

const frame: ResultFrame = {
	dryRun: false,
	verbose: true,
	peer: {host: 'peer', port: 1, name: 'phone', fingerprint: 'AB'},
	bytesSent: 5,
	bytesReceived: 6,
	durationMs: 7,
}
const noPlan: Plan = {local: [], remote: [], conflicts: [], leftAlone: [], heldBack: [], unknown: []}

interface Round extends Partial<Omit<RoundEnd, 'plan' | 'local'>> {
	readonly plan?: Partial<Plan>
	/** How this side carries out its steps, by id; else whole. */
	readonly how?: Readonly<Record<number, Disposition>>
}

function outcome({plan = {}, how = {}, ...rest}: Round): RoundEnd {
	const whole = {...noPlan, ...plan}
	const found = {remote: new Map(), faults: new Map(), problems: [], tooManyDeletions: null, agreed: true}
	return {...found, ...rest, plan: whole, local: new Map(Object.entries(how).map(([id, one]) => [Number(id), one]))}
}

/** `push a`, `rename_local new < old`. */
const told = ({action, path, from, winner, copy}: SyncAction): string =>
	`${action} ${path}${from === undefined ? '' : ` < ${from}`}${copy === undefined ? '' : ` > ${copy} (${winner} keeps the name)`}`

const local = (...steps: readonly PlanStep[]): Partial<Plan> => ({local: steps})
const remote = (...steps: readonly PlanStep[]): Partial<Plan> => ({remote: steps})
const moves = (from: string): Disposition => ({how: 'local', from: rel(from)})

const rows: readonly {readonly name: string; readonly round: Round; readonly actions: readonly string[]}[] = [
	{name: 'nothing', round: {}, actions: []},
	{name: 'a file comes', round: {plan: local(step(1, 'a', file('x')))}, actions: ['pull a']},
	{name: 'a file goes', round: {plan: remote(step(1, 'a', file('x')))}, actions: ['push a']},
	{
		name: 'a folder and a link come',
		round: {plan: local(step(1, 'd', dir()), step(2, 'l', link('t')))},
		actions: ['pull d', 'pull l'],
	},
	{name: 'a file is removed here', round: {plan: local(step(1, 'a', gone))}, actions: ['delete_local a']},
	{name: 'a file is removed there', round: {plan: remote(step(1, 'a', gone))}, actions: ['delete_remote a']},
	{
		name: 'metadata here',
		round: {plan: local(step(1, 'a', file('x'))), how: {1: {how: 'meta'}}},
		actions: ['metadata_local a'],
	},
	{
		name: 'metadata there',
		round: {plan: remote(step(1, 'a', file('x'))), remote: new Map([[1, {how: 'meta'}]])},
		actions: ['metadata_remote a'],
	},
	{name: 'what stands already', round: {plan: local(step(1, 'a', file('x'))), how: {1: {how: 'nothing'}}}, actions: []},
	{name: 'agreement', round: {plan: local(agree(1, 'a', file('x')))}, actions: []},
	{
		name: 'a file renamed here is one action',
		round: {plan: local(step(1, 'new', file('x')), step(2, 'old', gone)), how: {1: moves('old')}},
		actions: ['rename_local new < old'],
	},
	{
		name: 'a file renamed there is one action',
		round: {
			plan: remote(step(1, 'new', file('x')), step(2, 'old', gone)),
			remote: new Map([[1, {how: 'local', from: rel('old')}]]),
		},
		actions: ['rename_remote new < old'],
	},
	{
		name: 'two names that change places are two renames',
		round: {plan: local(step(1, 'a', file('x')), step(2, 'b', file('y'))), how: {1: moves('b'), 2: moves('a')}},
		actions: ['rename_local a < b', 'rename_local b < a'],
	},
	{
		name: 'a folder renamed with what is in it',
		round: {
			plan: local(step(1, 'new', dir()), step(2, 'new/a', file('x')), step(3, 'old', gone), step(4, 'old/a', gone)),
			how: {2: moves('old/a')},
		},
		actions: ['rename_local new < old', 'rename_local new/a < old/a'],
	},
	{
		name: 'a folder of which one file moved to a folder that stood already',
		round: {
			plan: local(step(2, 'new/a', file('x')), step(3, 'old', gone), step(4, 'old/a', gone)),
			how: {2: moves('old/a')},
		},
		actions: ['rename_local new/a < old/a', 'delete_local old'],
	},
	{
		name: 'a rename whose step failed is none, and its old name goes',
		round: {
			plan: local(step(1, 'new', file('x')), step(2, 'old', gone)),
			how: {1: moves('old')},
			faults: new Map([[1, {side: 'local', fault: {code: 'EIO', message: 'broken'}}]]),
		},
		actions: ['delete_local old'],
	},
	{
		name: 'a conflict stands first',
		round: {
			plan: {
				local: [step(1, 'a', file('x'), {keep: 'a.copy'})],
				conflicts: [{path: rel('a'), winner: 'remote', copy: rel('a.copy')}],
			},
		},
		actions: ['conflict a > a.copy (remote keeps the name)', 'pull a'],
	},
	{
		name: 'a conflict whose step failed is not settled',
		round: {
			plan: {
				local: [step(1, 'a', file('x'), {keep: 'a.copy'})],
				conflicts: [{path: rel('a'), winner: 'remote', copy: rel('a.copy')}],
			},
			faults: new Map([[1, {side: 'local', fault: {code: 'EIO', message: 'broken'}}]]),
		},
		actions: [],
	},
]

const problems: readonly {readonly name: string; readonly round: Round; readonly problems: readonly string[]}[] = [
	{
		name: 'a step that failed here',
		round: {
			plan: local(step(1, 'a', file('x'))),
			faults: new Map([[1, {side: 'local', fault: {code: 'ENOSPC', message: 'full'}}]]),
		},
		problems: ['local a ENOSPC: full'],
	},
	{
		name: 'a step there whose cause lies here',
		round: {
			plan: remote(step(1, 'a', file('x'))),
			faults: new Map([[1, {side: 'local', fault: {code: 'CHANGED', message: 'it grew'}}]]),
		},
		problems: ['local a CHANGED: it grew'],
	},
	{
		name: 'a step refused here',
		round: {plan: local(step(1, 'a', file('x'))), how: {1: {how: 'refused', code: 'STALE'}}},
		problems: ['local a STALE: it could not be taken up in this sync; the next one tries again'],
	},
	{
		name: 'a step refused there, with its own words',
		round: {
			plan: remote(step(1, 'a', file('x'))),
			remote: new Map([[1, {how: 'refused', code: 'NAME: cannot stand there'}]]),
		},
		problems: ['remote a NAME: cannot stand there'],
	},
	{
		name: 'a step that is refused and failed is told once',
		round: {
			plan: local(step(1, 'a', file('x'))),
			how: {1: {how: 'refused', code: 'STALE'}},
			faults: new Map([[1, {side: 'local', fault: {code: 'STALE', message: 'changed since'}}]]),
		},
		problems: ['local a STALE: changed since'],
	},
	{
		name: 'what a side ignores is none',
		round: {
			plan: {...local(step(1, 'a', file('x'))), ...remote(step(2, 'b', file('y')))},
			how: {1: {how: 'refused', code: 'IGNORED'}},
			remote: new Map([[2, {how: 'refused', code: 'IGNORED'}]]),
		},
		problems: [],
	},
	{
		name: 'what a scan could not read',
		round: {problems: [{path: 'a', side: 'remote', code: 'EACCES', message: 'no right to read'}]},
		problems: ['remote a EACCES: no right to read'],
	},
	{
		name: 'a conflict that a push leaves alone',
		round: {plan: {leftAlone: [rel('a')]}},
		problems: [
			'local a CONFLICT: it changed on both sides; filesync sync settles it, --force lets this command decide',
		],
	},
]

describe('node: result', () => {
	for (const {name, round, actions} of rows)
		it(name, () => {
			const result = resultOf(outcome(round), frame)
			assert.deepEqual(result.actions?.map(told), actions)
			const count = (...words: readonly string[]): number =>
				actions.filter((action) => words.includes(action.split(' ')[0] ?? '')).length
			assert.deepEqual(
				[result.pushed, result.pulled, result.deleted_local, result.deleted_remote],
				[count('push'), count('pull'), count('delete_local'), count('delete_remote')],
			)
			assert.equal(result.renamed, count('rename_local', 'rename_remote'))
			assert.equal(result.metadata, count('metadata_local', 'metadata_remote'))
			assert.equal(result.conflicts.length, count('conflict'))
		})

	for (const {name, round, problems: wanted} of problems)
		it(`problem: ${name}`, () => {
			const result = resultOf(outcome(round), frame)
			assert.deepEqual(
				result.problems.map(({path, side, code, message}) => `${side} ${path} ${code}: ${message}`),
				wanted,
			)
			assert.equal(result.ok, wanted.length === 0)
		})

	it('tells of actions only in a dry run, or when asked to', () => {
		const round = outcome({plan: local(step(1, 'a', file('x')))})
		const shows = (dryRun: boolean, verbose: boolean): boolean =>
			resultOf(round, {...frame, dryRun, verbose}).actions !== undefined
		assert.deepEqual([shows(false, false), shows(false, true), shows(true, false)], [false, true, true])
	})

	it('sums the rounds of one sync; problems are those of the last', () => {
		const first = outcome({
			plan: local(step(1, 'a', file('x'))),
			problems: [{path: 'a', side: 'local', code: 'CHANGED', message: 'it changed'}],
		})
		const last = outcome({plan: {...local(step(1, 'b', file('y'))), heldBack: [rel('c'), rel('d')]}})
		const tally = new SyncTally(frame)
		tally.endRound(first)
		assert.equal(tally.heldBack, 0)
		tally.endRound(last)
		const result = tally.result(frame)
		assert.deepEqual([result.pulled, result.ok, result.problems.length], [2, true, 0])
		assert.deepEqual(result.actions?.map(told), ['pull a', 'pull b'])
		assert.equal(tally.heldBack, 2)
	})

	it('sums the parts of one round; problems are those of all', () => {
		const problem = (path: string) => ({path, side: 'local', code: 'CHANGED', message: 'it changed'}) as const
		const tally = new SyncTally(frame)
		tally.addPart(outcome({plan: local(step(1, 'a', file('x'))), problems: [problem('a')]}))
		tally.addPart(outcome({plan: {...local(step(2, 'b', file('x'))), heldBack: [rel('d'), rel('e')]}}))
		tally.endRound(outcome({plan: {...local(step(3, 'c', file('y'))), heldBack: [rel('f')]}, problems: [problem('c')]}))
		assert.equal(tally.heldBack, 3)
		const result = tally.result({...frame, bytesSent: 5})
		assert.deepEqual([result.pulled, result.ok, result.bytes_sent], [3, false, 5])
		assert.deepEqual(
			result.problems.map(({path}) => path),
			['a', 'c'],
		)
		assert.deepEqual(result.actions?.map(told), ['pull a', 'pull b', 'pull c'])
	})
})
