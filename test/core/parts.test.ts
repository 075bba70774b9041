// Content and mode are decided each for itself: an edit here and a chmod or touch there are no conflict.
import {deepEqual, equal} from 'node:assert/strict'
import type {Entry, State} from '../../src/lib/core/entries/entry.js'
import {editedParts, haveCommonPast} from '../../src/lib/core/entries/parts.js'
import {type Decision, decide, needsHash} from '../../src/lib/core/plan/decide.js'
import {reconcile} from '../../src/lib/core/plan/reconcile.js'
import {dir, entry, file, gone, link, options, rel, story, v} from './support.js'

/** State, version, and the versions of content and mode. */
type Side = readonly [state: State, version: string, content?: string, mode?: string]

const sideOf = ([state, version, content, mode]: Side): Entry =>
	content === undefined || mode === undefined
		? entry('p', state, version)
		: {...entry('p', state, version), parts: {content: v(content), mode: v(mode)}}

interface Row {
	readonly name: string
	readonly local: Side
	readonly remote: Side
	/** What both sides come to hold; null: a conflict. */
	readonly found: State | null
	readonly localSteps: readonly string[]
	readonly remoteSteps: readonly string[]
}

const base = file('one', 100, 10, 0o644)
const edited = file('two', 200, 12, 0o644)
const script = file('one', 100, 10, 0o755)
const touched = file('one', 900, 10, 0o644)

const rows: readonly Row[] = [
	{
		name: 'a chmod here, an edit there',
		local: [script, 'a1 b2', 'a1', 'a1 b2'],
		remote: [edited, 'a1 c3', 'a1 c3', 'a1'],
		found: {...edited, mode: 0o755},
		localSteps: ['put p'],
		remoteSteps: ['put p'],
	},
	{
		name: 'an edit here, a chmod there',
		local: [edited, 'a1 b2', 'a1 b2', 'a1'],
		remote: [script, 'a1 c3', 'a1', 'a1 c3'],
		found: {...edited, mode: 0o755},
		localSteps: ['put p'],
		remoteSteps: ['put p'],
	},
	{
		name: 'a later touch here, an edit there',
		local: [touched, 'a1 b2', 'a1', 'a1'],
		remote: [edited, 'a1 c3', 'a1 c3', 'a1'],
		found: edited,
		localSteps: ['put p'],
		remoteSteps: ['agree p'],
	},
	{
		name: 'a chmod here, an edit with a chmod there: the mode of the edit',
		local: [script, 'a1 b2', 'a1', 'a1 b2'],
		remote: [{...edited, mode: 0o600}, 'a1 c3', 'a1 c3', 'a1 c3'],
		found: {...edited, mode: 0o600},
		localSteps: ['put p'],
		remoteSteps: ['agree p'],
	},
	{
		name: 'edits on both sides are a conflict, whatever the modes',
		local: [{...edited, mode: 0o755}, 'a1 b2', 'a1 b2', 'a1 b2'],
		remote: [file('three', 100, 14), 'a1 c3', 'a1 c3', 'a1'],
		found: null,
		localSteps: ['agree p'],
		remoteSteps: ['put p keep p.sync-conflict-19700101-000140-phone'],
	},
	{
		name: 'a chmod here, a touch there',
		local: [script, 'a1 b2', 'a1', 'a1 b2'],
		remote: [touched, 'a1 c3', 'a1', 'a1'],
		found: {...touched, mode: 0o755},
		localSteps: ['put p'],
		remoteSteps: ['put p'],
	},
	{
		name: 'two modes of a folder: the one that was changed from the other',
		local: [dir(0o700), 'a1 b2', 'a1', 'a1 b2'],
		remote: [dir(0o755), 'a1 c3', 'a1', 'a1'],
		found: dir(0o700),
		localSteps: ['agree p'],
		remoteSteps: ['mkdir p'],
	},
	{
		name: 'a link that was touched here and leads elsewhere there',
		local: [link('x', 900), 'a1 b2', 'a1', 'a1'],
		remote: [link('y', 200), 'a1 c3', 'a1 c3', 'a1'],
		found: link('y', 200),
		localSteps: ['link p'],
		remoteSteps: ['agree p'],
	},
	{
		name: 'versions without parts are edits of all of it',
		local: [script, 'a1 b2'],
		remote: [edited, 'a1 c3'],
		found: null,
		localSteps: ['put p keep p.sync-conflict-19700101-000140-laptop'],
		remoteSteps: ['agree p'],
	},
	{
		name: 'an empty file that is newer, without a common past',
		local: [file('one', 100), 'a1'],
		remote: [file('', 900, 0), 'b1'],
		found: null,
		localSteps: ['agree p'],
		remoteSteps: ['put p keep p.sync-conflict-19700101-001500-phone'],
	},
	{
		name: 'a file that was emptied, with a common past: the newer',
		local: [file('one', 100), 'a1 b2', 'a1 b2', 'a1'],
		remote: [file('', 900, 0), 'a1 c1', 'a1 c1', 'a1'],
		found: null,
		localSteps: ['put p keep p.sync-conflict-19700101-000140-laptop'],
		remoteSteps: ['agree p'],
	},
]

const stateIn = (decision: Decision): State | null =>
	decision === 'nothing' || decision === 'left-alone' || decision.loser !== null ? null : decision.state

const mirrored = (row: Row): Row => ({...row, local: row.remote, remote: row.local})

describe('core/entries/parts', () => {
	for (const row of rows)
		it(row.name, () => {
			const pair = {path: rel('p'), local: sideOf(row.local), remote: sideOf(row.remote)}
			deepEqual(stateIn(decide(pair, options)), row.found)
			const plan = story(reconcile([pair], {...options, standing: () => []}))
			const isOwn = (text: string): boolean => !text.includes('p.sync-conflict') || text.includes('keep')
			deepEqual([plan.local.filter(isOwn), plan.remote.filter(isOwn)], [row.localSteps, row.remoteSteps])
		})

	for (const row of rows)
		it(`${row.name}: the same from the other side`, () => {
			const {local, remote, found} = mirrored(row)
			const decision = decide({path: rel('p'), local: sideOf(local), remote: sideOf(remote)}, options)
			deepEqual(stateIn(decision), found)
		})

	it('both sides know afterwards what they hold: the next sync has nothing to do', () => {
		for (const row of rows.filter(({found}) => found !== null)) {
			const pair = {path: rel('p'), local: sideOf(row.local), remote: sideOf(row.remote)}
			const plan = reconcile([pair], {...options, standing: () => []})
			const after = [plan.local, plan.remote].map(([step]) => step && {...step, state: row.found ?? gone})
			const [local = null, remote = null] = after
			equal(decide({path: rel('p'), local, remote}, options), 'nothing', row.name)
		}
	})

	it('what stands here with an unknown hash is hashed before its mode is sent', () => {
		const unknown = {...edited, hash: null}
		const local = sideOf([script, 'a1 b2', 'a1', 'a1 b2'])
		const remote = sideOf([unknown, 'a1 c3', 'a1 c3', 'a1'])
		equal(needsHash({path: rel('p'), local, remote}), true)
		equal(needsHash({path: rel('p'), local, remote: {...remote, state: edited}}), false)
	})

	it('an edit keeps the version of what it did not change', () => {
		const before = sideOf([base, 'a1'])
		deepEqual(editedParts(before, edited, true, v('a1 b2')), {content: v('a1 b2'), mode: v('a1')})
		deepEqual(editedParts(before, script, false, v('a1 b2')), {content: v('a1'), mode: v('a1 b2')})
		deepEqual(editedParts(before, touched, false, v('a1 b2')), {content: v('a1'), mode: v('a1')})
		equal(editedParts(before, {...edited, mode: 0o600}, true, v('a1 b2')), undefined)
		equal(editedParts(before, dir(), true, v('a1 b2')), undefined)
		equal(editedParts(undefined, edited, true, v('b2')), undefined)
	})

	it('a common past is a device that both have seen; a decision is none', () => {
		equal(haveCommonPast(v('a1 b2'), v('a3')), true)
		equal(haveCommonPast(v('a1'), v('b1')), false)
	})
})
