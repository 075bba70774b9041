// What a running node shows of its rounds, and that nothing it remembers grows without bound.
import assert from 'node:assert/strict'
import type {NodeState} from '../../src/lib/node/status/node-state.js'
import {StatusRecorder} from '../../src/lib/node/status/status-recorder.js'
import type {SyncResult} from '../../src/lib/node/use/sync-result.js'

const noResult: SyncResult = {
	ok: true,
	dry_run: false,
	peer: {host: 'peer', port: 1, name: 'phone', fingerprint: 'AB'},
	pushed: 0,
	pulled: 0,
	deleted_local: 0,
	deleted_remote: 0,
	renamed: 0,
	metadata: 0,
	conflicts: [],
	problems: [],
	bytes_sent: 0,
	bytes_received: 0,
	duration_ms: 1,
}

const many = <T>(count: number, one: (i: number) => T): T[] => Array.from({length: count}, (_, i) => one(i))

function withRecorder(
	act: (recorder: StatusRecorder, time: {nowMs: number}) => void,
	dials: string | null = 'peer:1',
): void {
	const time = {nowMs: Date.UTC(2026, 0, 1)}
	const fixed = {started: '', pid: 1, software: '', folder: '/f', config: '/c', listens: null, dials}
	const counts = {files: 1, folders: 2, links: 3, bytes: 4}
	const recorder = new StatusRecorder({
		fixed: {...fixed, device: {id: 'first', name: 'laptop'}},
		folder: () => ({counts, device: 'now', watching: 'live', pending: {changes: 0, checking: false}}),
		nowMs: () => time.nowMs,
	})
	try {
		act(recorder, time)
	} finally {
		recorder.close()
	}
}

describe('node: status recorder', () => {
	const rounds: readonly [
		string,
		(recorder: StatusRecorder) => void,
		Partial<NonNullable<NodeState['round']>> | null,
	][] = [
		['begins with a scan', () => {}, {phase: 'scan', files_done: 0, files_total: 0, bytes_done: 0, bytes_total: 0}],
		['shows the phase', (recorder) => recorder.onRoundEvent({kind: 'phase', phase: 'compare'}), {phase: 'compare'}],
		[
			'adds up what is planned and what has moved',
			(recorder) => {
				recorder.onRoundEvent({kind: 'planned', files: 3, bytes: 30})
				recorder.onRoundEvent({kind: 'planned', files: 2, bytes: 20})
				recorder.onRoundEvent({kind: 'moved', way: 'up', files: 1, bytes: 10})
				recorder.onRoundEvent({kind: 'moved', way: 'up', files: 1, bytes: 15})
			},
			{files_done: 2, files_total: 5, bytes_done: 25, bytes_total: 50},
		],
		['is over when it ends', (recorder) => recorder.endRound(), null],
	]
	for (const [name, act, wanted] of rounds)
		it(`a round ${name}`, () =>
			withRecorder((recorder) => {
				recorder.beginRound()
				act(recorder)
				const {round} = recorder.state()
				assert.equal(recorder.isInRound, wanted !== null)
				if (wanted === null) assert.equal(round, null)
				else assert.deepEqual({...round, ...wanted}, round)
			}))

	it('events outside of a round change nothing', () =>
		withRecorder((recorder) => {
			recorder.onRoundEvent({kind: 'planned', files: 3, bytes: 30})
			recorder.onRoundEvent({kind: 'file', path: 'a', way: 'up', done: 1, total: 2})
			assert.deepEqual([recorder.state().round, recorder.state().transfers], [null, []])
		}))

	it('a large file shows from its first piece to its last, since when it began', () =>
		withRecorder((recorder, time) => {
			const piece = (done: number): void => recorder.onRoundEvent({kind: 'file', path: 'a', way: 'up', done, total: 9})
			recorder.beginRound()
			piece(1)
			const began = recorder.now()
			time.nowMs += 5000
			piece(4)
			const shown = {path: 'a', way: 'up', bytes_done: 4, bytes_total: 9, since: began}
			assert.deepEqual(recorder.state().transfers, [shown])
			piece(9)
			assert.deepEqual(recorder.state().transfers, [])
		}))

	it('a round that breaks off leaves no file under way', () =>
		withRecorder((recorder) => {
			recorder.beginRound()
			recorder.onRoundEvent({kind: 'file', path: 'a', way: 'down', done: 1, total: 2})
			recorder.endRound()
			assert.deepEqual([recorder.state().transfers, recorder.state().last_sync], [[], null])
		}))

	it('a result becomes the last sync', () =>
		withRecorder((recorder) => {
			assert.equal(recorder.state().last_sync, null)
			const conflicts = [{path: 'a', winner: 'local', copy: 'a.copy'}] as const
			recorder.noteResult({...noResult, pushed: 2, pulled: 3, conflicts})
			const {last_sync: last, totals, conflicts: shown} = recorder.state()
			assert.deepEqual([last?.pushed, last?.pulled, last?.conflicts, totals.syncs], [2, 3, 1, 1])
			assert.deepEqual(shown, [{...conflicts[0], at: recorder.now()}])
		}))

	it('problems are those of the last sync', () =>
		withRecorder((recorder) => {
			const problem = {path: 'a', side: 'local', code: 'EIO', message: 'broken'} as const
			const failed = {...noResult, ok: false, problems: [problem]}
			assert.deepEqual(recorder.noteResult(failed).begun, [problem])
			assert.deepEqual(recorder.noteResult(failed).begun, [], 'it was told before')
			assert.deepEqual(recorder.state().problems, [problem])
			assert.equal(recorder.noteResult(noResult).over.length, 1)
			assert.deepEqual(recorder.state().problems, [])
		}))

	const bounds: readonly [string, (recorder: StatusRecorder) => void, (state: NodeState) => number, number][] = [
		['lines of the log', (recorder) => many(700, (i) => recorder.log('info', `line ${i}`)), ({log}) => log.length, 500],
		[
			'conflicts of many syncs',
			(recorder) =>
				many(150, (i) =>
					recorder.noteResult({...noResult, conflicts: [{path: String(i), winner: 'local', copy: 'copy'}]}),
				),
			({conflicts}) => conflicts.length,
			100,
		],
		[
			'conflicts of one sync',
			(recorder) =>
				recorder.noteResult({
					...noResult,
					conflicts: many(150, (i) => ({path: String(i), winner: 'local' as const, copy: 'copy'})),
				}),
			({conflicts}) => conflicts.length,
			100,
		],
		[
			'problems',
			(recorder) =>
				recorder.noteResult({
					...noResult,
					problems: many(1500, (i) => ({path: String(i), side: 'local' as const, code: 'EIO', message: ''})),
				}),
			({problems}) => problems.length,
			1000,
		],
	]
	for (const [name, act, size, most] of bounds)
		it(`keeps at most ${most} ${name}`, () =>
			withRecorder((recorder) => {
				act(recorder)
				assert.equal(size(recorder.state()), most)
			}))

	it('numbers its lines through, also after the log was cleared', () =>
		withRecorder((recorder) => {
			recorder.log('info', 'first')
			recorder.clearLog()
			recorder.log('warn', 'second')
			assert.deepEqual(
				recorder.state().log.map(({id, text}) => [id, text]),
				[[2, 'second']],
			)
		}))

	it('bytes of a channel count while it is open and after it, once', () =>
		withRecorder((recorder) => {
			const wire = {bytesSent: 3, bytesReceived: 4}
			const over = recorder.addWire(wire)
			const totals = (): number[] => [recorder.state().totals.sent_bytes, recorder.state().totals.received_bytes]
			assert.deepEqual(totals(), [3, 4])
			wire.bytesSent = 10
			over()
			over()
			assert.deepEqual(totals(), [10, 4])
		}))

	it('a node that dials begins with connecting, one that only listens with waiting', () => {
		withRecorder((recorder) => assert.equal(recorder.link.state, 'connecting'))
		withRecorder((recorder) => assert.equal(recorder.link.state, 'waiting'), null)
	})

	it('shows the device id that the index has now, under the name of the node', () =>
		withRecorder((recorder) => assert.deepEqual(recorder.state().device, {id: 'now', name: 'laptop'})))
})
