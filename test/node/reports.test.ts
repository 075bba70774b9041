// What a leader tells of a round, as the follower shows it: every fact, seen from the other side.
import assert from 'node:assert/strict'
import {type Led, ledByPeer, reportOf} from '../../src/lib/node/connections/round-reports.js'
import {StandingProblems} from '../../src/lib/node/status/problem-news.js'
import type {PeerResult, SyncResult} from '../../src/lib/node/use/sync-result.js'
import {toJson} from '../../src/lib/wire/json.js'
import {decode} from '../../src/lib/wire/messages.js'
import {Report} from '../../src/lib/wire/report.js'

const peer: PeerResult = {host: '10.0.0.1', port: 5, name: 'leader', fingerprint: 'AB'}

const result: SyncResult = {
	ok: false,
	dry_run: false,
	peer,
	pushed: 1,
	pulled: 2,
	deleted_local: 3,
	deleted_remote: 4,
	renamed: 5,
	metadata: 6,
	conflicts: [{path: 'c', winner: 'local', copy: 'c.copy'}],
	problems: [{path: 'p', side: 'remote', code: 'EACCES', message: 'it cannot be read'}],
	actions: [
		{action: 'conflict', path: 'c', winner: 'local', copy: 'c.copy'},
		{action: 'push', path: 'a'},
		{action: 'rename_local', path: 'new', from: 'old'},
	],
	bytes_sent: 7,
	bytes_received: 8,
	duration_ms: 9,
}
const led: Led = {result, heldBack: 10, unforeseen: 'more to come'}

/** As it arrives at the follower. */
const told = (from: Led, wantsActions: boolean): Led => {
	const {request, rows, sums} = decode(Report, toJson(reportOf(from, {id: 1, wantsActions})), 'report')
	assert.ok(sums !== null)
	return ledByPeer({kind: 'round', request, rows, sums}, peer)
}

describe('node/reports', () => {
	it('both sides change places, and nothing else changes', () =>
		assert.deepEqual(told(led, true), {
			...led,
			result: {
				...result,
				pushed: 2,
				pulled: 1,
				deleted_local: 4,
				deleted_remote: 3,
				conflicts: [{path: 'c', winner: 'remote', copy: 'c.copy'}],
				problems: [{path: 'p', side: 'local', code: 'EACCES', message: 'it cannot be read'}],
				actions: [
					{action: 'conflict', path: 'c', winner: 'remote', copy: 'c.copy'},
					{action: 'pull', path: 'a'},
					{action: 'rename_remote', path: 'new', from: 'old'},
				],
				bytes_sent: 8,
				bytes_received: 7,
			},
		}))

	it('told back, it is what it was', () => assert.deepEqual(told(told(led, true), true), led))

	it('of many actions all are told to whom wants them, else some', () => {
		const actions = Array.from({length: 300}, (_, i) => ({action: 'push', path: `${i}`}) as const)
		const many = {...led, result: {...result, actions}}
		assert.equal(told(many, true).result.actions?.length, 300)
		assert.equal(told(many, false).result.actions?.length, 50)
	})
})

describe('node/problem-news', () => {
	it('a problem is news when it begins and when it is over, for each peer', () => {
		const standing = new StandingProblems()
		const [one, two] = ['one', 'two'].map((path) => ({path, side: 'local', code: 'EACCES', message: 'no'}) as const)
		assert.ok(one !== undefined && two !== undefined)
		const other = {...peer, fingerprint: 'CD'}
		assert.deepEqual(standing.note({peer, problems: [one]}), {begun: [one], over: []})
		assert.deepEqual(standing.note({peer, problems: [one]}), {begun: [], over: []})
		assert.deepEqual(standing.note({peer: other, problems: []}), {begun: [], over: []})
		assert.deepEqual(standing.note({peer, problems: [two]}), {begun: [two], over: [one]})
		assert.deepEqual(standing.note({peer, problems: []}), {begun: [], over: [two]})
	})
})
