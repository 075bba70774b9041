// How entries are called on a disk that folds case and form, and that nothing is done to one under another name. Over the folding layer.
import assert from 'node:assert/strict'
import {readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {areOneEntry, otherNameOf} from '../../src/lib/tree/disk/spelling.js'
import {peek, stampAt} from '../../src/lib/tree/disk/stat.js'
import {lookAtIntents} from '../../src/lib/tree/read/stat-intents.js'
import {scanPart} from '../../src/lib/tree/scan/part.js'
import type {RespellTask} from '../../src/lib/tree/tasks.js'
import {makeFolders, makeRest, removeAll} from '../../src/lib/tree/write/apply.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {respell} from '../../src/lib/tree/write/respell.js'
import {fold} from '../folding/layer.js'
import {put, rel} from './somebody.js'
import {plant, withTemp} from './temp.js'

describe('tree/spelling', () => {
	let root = ''
	const at = (path: string): string => join(root, path)
	const onFolding =
		(planted: Readonly<Record<string, string>>, body: () => void, renames = true) =>
		() =>
			withTemp((folder) => {
				root = folder
				plant(root, planted)
				const stop = fold({root, renames})
				try {
					beginApply({root, trashSession: null})
					body()
				} finally {
					stop()
				}
			})
	const occupantAt = (path: string) => ({kind: 'file' as const, disk: stampAt(at(path))})
	const scanned = (...paths: string[]): {seen: string[]; others: readonly string[]; below: readonly string[]} => {
		const {result, others, below} = scanPart({
			root,
			ignoreLines: [],
			dirty: paths.map((path) => ({path, ino: null})),
		}).value
		return {seen: result.paths === '' ? [] : result.paths.split('\0'), others, below}
	}

	it(
		'an entry is found under other names, and called by its own',
		onFolding({'Docs/Read.me': '1', 'caf\u00e9': '2', '123': '3'}, () => {
			assert.equal(readFileSync(at('DOCS/read.ME'), 'utf8'), '1')
			assert.equal(otherNameOf(root, 'docs'), 'Docs')
			assert.equal(otherNameOf(root, 'Docs'), undefined)
			assert.equal(otherNameOf(at('docs'), 'READ.me'), 'Read.me')
			assert.equal(otherNameOf(root, 'cafe\u0301'), 'caf\u00e9')
			assert.equal(otherNameOf(root, '123'), undefined)
		}),
	)

	it(
		'two paths are one entry where one of them is found and not called so',
		onFolding({'Docs/Sub/f': '1'}, () => {
			const pairs = [
				{from: 'Docs', to: 'docs'},
				{from: 'Docs/Sub/f', to: 'docs/SUB/F'},
				{from: 'Docs/Sub/f', to: 'docs/Sub/g'},
				{from: 'gone', to: 'GONE'},
			]
			assert.deepEqual(areOneEntry({root, pairs}), [true, true, false, false])
		}),
	)

	it('on a disk that folds nothing they are two', () =>
		withTemp((folder) => {
			plant(folder, {'Docs/f': '1'})
			assert.deepEqual(areOneEntry({root: folder, pairs: [{from: 'Docs', to: 'docs'}]}), [false])
			assert.equal(otherNameOf(folder, 'Docs'), undefined)
		}))

	it(
		'what is called otherwise is not removed',
		onFolding({name: 'kept'}, () => {
			const occupant = occupantAt('name')
			for (const moved of [true, false]) {
				const [result] = removeAll({tasks: [{id: 1, path: rel('NAME'), occupant, keepAs: null, moved}]})
				assert.equal(result?.fault, null)
			}
			assert.equal(readFileSync(at('name'), 'utf8'), 'kept')
		}),
	)

	it(
		'a second file, a second folder, and what is to come below it are refused',
		onFolding({NAME: 'first', 'Docs/f': 'first'}, () => {
			const [second] = put(null)
			assert.equal(second?.fault?.code, 'EXISTS')
			assert.match(second?.fault?.message ?? '', /"name" and "NAME"/)
			const folder = {occupant: null, keepAs: null, mode: 0o755}
			makeFolders({tasks: ['docs', 'docs/sub'].map((path, id) => ({...folder, id, path: rel(path)}))})
			assert.deepEqual(
				makeRest(undefined).map(({fault}) => fault?.code),
				['EXISTS', 'EXISTS'],
			)
			assert.deepEqual(readdirSync(at('Docs')), ['f'])
			assert.equal(readFileSync(at('NAME'), 'utf8'), 'first')
		}),
	)

	const spelled = (id: number, from: string, to: string, kind: 'file' | 'dir' = 'file'): RespellTask => ({
		id,
		from: rel(from),
		to: rel(to),
		occupant: {kind, disk: stampAt(at(from))},
		look: null,
	})
	for (const renames of [true, false])
		it(
			`a folder and all in it take other spellings, where a rename between them ${renames ? 'does so' : 'is nothing to do'}`,
			onFolding(
				{'Docs/Sub/f': '1', 'Docs/g': '2'},
				() => {
					const tasks = [
						spelled(1, 'Docs', 'docs', 'dir'),
						spelled(2, 'Docs/Sub', 'docs/SUB', 'dir'),
						spelled(3, 'Docs/Sub/f', 'docs/SUB/F'),
						spelled(4, 'Docs/g', 'docs/g'),
					]
					const results = respell({tasks})
					for (const [i, {fault, disk}] of results.entries()) {
						assert.equal(fault, null)
						// A folder's times change with what is in it.
						if (tasks[i]?.occupant.kind === 'file') assert.deepEqual(disk, stampAt(at(tasks[i]?.to ?? '')))
					}
					assert.deepEqual(
						readdirSync(root).filter((name) => name !== '.filesync'),
						['docs'],
					)
					assert.deepEqual(readdirSync(at('docs')).sort(), ['SUB', 'g'])
					assert.deepEqual(readdirSync(at('docs/SUB')), ['F'])
					// What goes from below the old name is found below the new one.
					const occupant = occupantAt('docs/g')
					removeAll({tasks: [{id: 5, path: rel('Docs/g'), occupant, keepAs: null, moved: false}]})
					assert.deepEqual(readdirSync(at('docs')), ['SUB'])
				},
				renames,
			),
		)

	it(
		'an edit meanwhile comes along, and shows by the stamp of before',
		onFolding({name: 'older'}, () => {
			const task = {...spelled(1, 'name', 'NAME'), look: {mode: 0o600, mtime: 1}}
			writeFileSync(at('name'), 'edited meanwhile')
			const [result] = respell({tasks: [task]})
			assert.deepEqual(result, {id: 1, fault: null, disk: task.occupant.disk, kept: null})
			assert.equal(readFileSync(at('NAME'), 'utf8'), 'edited meanwhile')
		}),
	)

	it(
		'one that somebody renamed elsewhere, or whose folder has not its new name, stands as it stood',
		onFolding({a: '1', 'Docs/f': '2'}, () => {
			const tasks = [spelled(1, 'a', 'A'), spelled(2, 'Docs/f', 'docs/f')]
			renameSync(at('a'), at('b'))
			assert.deepEqual(
				respell({tasks}).map(({fault}) => fault?.code),
				['CHANGED', 'EXISTS'],
			)
			assert.deepEqual(readdirSync(root).sort(), ['.filesync', 'Docs', 'b'])
		}),
	)

	it(
		'a look at an old name finds it gone, and the new one',
		onFolding({'README.txt': '1', 'docs/f': '2'}, () => {
			assert.deepEqual(scanned('readme.txt'), {
				seen: ['README.txt'],
				others: ['README.txt'],
				below: ['README.txt', 'readme.txt'],
			})
			const {seen, others} = scanned('Docs', 'Docs/f')
			assert.deepEqual(seen, ['docs', 'docs/f'])
			assert.deepEqual(others, ['docs', 'docs/f'])
			assert.deepEqual(scanned('none'), {seen: [], others: [], below: ['none']})
			assert.equal(peek(root, 'readme.txt'), null)
			assert.deepEqual(peek(root, 'README.txt'), stampAt(at('README.txt')))
		}),
	)

	it(
		'a rename that a crash cut off is told by the name, before and after it',
		onFolding({name: '1'}, () => {
			const tasks = [
				{path: rel('NAME'), copy: null, from: rel('name'), staged: null},
				{path: rel('name'), copy: null, from: null, staged: null},
			]
			const told = (): (string | undefined)[] =>
				lookAtIntents({root, tasks}).map((look) => `${look?.at !== null} ${look?.from !== null}`)
			assert.deepEqual(told(), ['false true', 'true false'])
			renameSync(at('name'), at('NAME'))
			assert.deepEqual(told(), ['true false', 'false false'])
		}),
	)

	it(
		'nothing is put below a folder under another name of it',
		onFolding({'Docs/f': '1'}, () => {
			const [result] = removeAll({
				tasks: [{id: 1, path: rel('docs/f'), occupant: occupantAt('Docs/f'), keepAs: null, moved: false}],
			})
			assert.equal(result?.fault?.code, 'EXISTS')
			assert.deepEqual(readdirSync(at('Docs')), ['f'])
		}),
	)
})
