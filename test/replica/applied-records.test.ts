// What the index learns of a step that was done, that failed, or on which both sides agree.
import assert from 'node:assert/strict'
import type {FileState, IndexRecord} from '../../src/lib/core/entries/entry.js'
import {ById} from '../../src/lib/core/plan/by-id.js'
import {recordsAgreed, recordsDone, recordsFailed} from '../../src/lib/replica/apply/applied-records.js'
import {ExpectedContents} from '../../src/lib/replica/apply/expected-contents.js'
import type {PreparedStep} from '../../src/lib/replica/plan/prepared.js'
import type {TaskResult} from '../../src/lib/tree/index.js'
import {dir, file, gone, link} from '../core/support.js'
import {agree, prepared, record, source, stamp, step} from './steps.js'

const scope = {source, isIgnored: (path: string) => path === 'ignored.copy'}
const done = (more: Partial<TaskResult> = {}): TaskResult => ({id: 1, fault: null, disk: stamp(), kept: null, ...more})
const unhashed = {...file('x'), hash: null}

/** `a file x a1 b1`: path, kind, content and version of a record. */
function told({path, state, version}: IndexRecord): string {
	const content = state.kind === 'file' ? ` ${state.hash ?? '?'}` : ''
	return `${path} ${state.kind}${content} ${version.map(([device, counter]) => `${device.charAt(0)}${counter}`).join(' ')}`
}

describe('replica: outcomes', () => {
	const rows: readonly [
		name: string,
		item: PreparedStep,
		result: TaskResult,
		came: FileState | undefined,
		told: string[],
	][] = [
		['a content that came', prepared(step(1, 'a', file('x'))), done(), file('x'), ['a file x a1 b1']],
		['a content hashed on its way', prepared(step(1, 'a', unhashed)), done(), file('h'), ['a file h a1 b1']],
		[
			'metadata of a file whose hash only this side knows',
			prepared(step(1, 'a', unhashed), {how: 'meta'}, record('a', file('known'))),
			done(),
			undefined,
			['a file known a1 b1'],
		],
		[
			'another content does not inherit the hash of the old one',
			prepared(step(1, 'a', unhashed), {how: 'whole'}, record('a', file('known'))),
			done(),
			undefined,
			['a file ? a1 b1'],
		],
		['a folder', prepared(step(1, 'a', dir())), done(), undefined, ['a dir a1 b1']],
		['a link', prepared(step(1, 'a', link('t'))), done(), undefined, ['a symlink a1 b1']],
		[
			'a removal',
			prepared(step(1, 'a', gone), {how: 'whole'}, record('a', file('x'))),
			done({disk: null}),
			undefined,
			['a gone a1 b1'],
		],
		['what is not there after all', prepared(step(1, 'a', file('x'))), done({disk: null}), file('x'), []],
		[
			'a conflict copy of what stood there',
			prepared(step(1, 'a', file('y'), {keep: 'a.copy'}), {how: 'whole'}, record('a', file('x'))),
			done({kept: stamp()}),
			file('y'),
			['a file y a1 b1', 'a.copy file x b1'],
		],
		[
			'a conflict copy that did not come to be',
			prepared(step(1, 'a', file('y'), {keep: 'a.copy'}), {how: 'whole'}, record('a', file('x'))),
			done(),
			file('y'),
			['a file y a1 b1'],
		],
		[
			'a conflict copy whose name is ignored here',
			prepared(step(1, 'a', file('y'), {keep: 'ignored.copy'}), {how: 'whole'}, record('a', file('x'))),
			done({kept: stamp()}),
			file('y'),
			['a file y a1 b1'],
		],
	]
	for (const [name, item, result, came, wanted] of rows)
		it(`done: ${name}`, () => assert.deepEqual(recordsDone(item, result, came, scope).map(told), wanted))

	it('done: a file changed so late that an edit could hide is looked at again', () => {
		const [late] = recordsDone(
			prepared(step(1, 'a', file('x'))),
			done({disk: stamp({mtimeMs: 8_999_999})}),
			file('x'),
			scope,
		)
		const [early] = recordsDone(prepared(step(1, 'a', file('x'))), done(), file('x'), scope)
		assert.deepEqual([late?.racy, early?.racy], [true, false])
	})

	const agreements: readonly [string, PreparedStep, IndexRecord | undefined, string[]][] = [
		[
			'the same file',
			prepared(agree(1, 'a', file('x')), {how: 'nothing'}, record('a', file('x'))),
			undefined,
			['a file x a1 b1'],
		],
		[
			'a hash that only the plan knows',
			prepared(agree(1, 'a', file('x')), {how: 'nothing'}, record('a', unhashed)),
			undefined,
			['a file x a1 b1'],
		],
		[
			'a hash learned since, of the file that still stands',
			prepared(agree(1, 'a', unhashed), {how: 'nothing'}, record('a', unhashed)),
			record('a', file('learned')),
			['a file learned a1 b1'],
		],
		[
			'a hash learned since, of another file',
			prepared(agree(1, 'a', unhashed), {how: 'nothing'}, record('a', unhashed)),
			record('a', file('learned'), 'a1', stamp({ino: 6})),
			['a file ? a1 b1'],
		],
		['a folder', prepared(agree(1, 'a', dir()), {how: 'nothing'}, record('a', dir())), undefined, ['a dir a1 b1']],
		[
			'that it is gone',
			prepared(agree(1, 'a', gone), {how: 'nothing'}, record('a', gone)),
			undefined,
			['a gone a1 b1'],
		],
		['a path that this side does not hold', prepared(agree(1, 'a', file('x')), {how: 'nothing'}), undefined, []],
	]
	for (const [name, item, current, wanted] of agreements)
		it(`agreed: ${name}`, () => {
			const records = recordsAgreed(item, current, 12, source)
			assert.deepEqual(records.map(told), wanted)
			for (const {seq} of records) assert.equal(seq, 12)
		})

	it('failed: what could not be done leaves no record', () => {
		const item = prepared(step(1, 'a', gone), {how: 'whole'}, record('a', file('x')))
		assert.deepEqual(recordsFailed(item, {code: 'EACCES', message: ''}, source), [])
	})
})

describe('replica: contents still expected', () => {
	const items = [
		prepared(step(1, 'a', file('x', 100, 10))),
		prepared(step(2, 'b', file('y', 100, 20), {from: 'there/b'})),
		prepared(step(3, 'c', file('z')), {how: 'meta'}),
		prepared(step(4, 'd', dir())),
		prepared(step(5, 'e', file('x', 100, 40))),
	]
	const expected = (): ExpectedContents => new ExpectedContents(items, new ById(items, ({step: {id}}) => id))

	it('are those of files that come whole', () => {
		const contents = expected()
		assert.deepEqual([contents.count, contents.bytes], [3, 70])
		assert.deepEqual(
			contents.wanted.map(({id, source: from}) => `${id} ${from}`),
			['1 a', '2 there/b', '5 e'],
		)
	})

	it('are taken once each', () => {
		const contents = expected()
		assert.equal(contents.take(2)?.step.path, 'b')
		assert.equal(contents.take(2), undefined)
		assert.equal(contents.find(2), undefined)
		assert.deepEqual([contents.count, contents.bytes], [2, 50])
	})

	it('are none of an id that the plan does not have, or that needs no content', () => {
		for (const id of [0, 3, 4, 6, 1000]) assert.equal(expected().take(id), undefined, String(id))
	})
})
