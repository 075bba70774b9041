// A folder takes another name whole, or stands where it stood: nothing unknown in it moves, nothing in the way is replaced, and
// nothing that somebody writes meanwhile is lost or hidden from the next scan.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {dirname, join} from 'node:path'
import {sameStamp} from '../../src/lib/core/folder/observe.js'
import {stampAt} from '../../src/lib/tree/disk/stat.js'
import type {FolderMoveTask, TaskResult} from '../../src/lib/tree/tasks.js'
import {makeFolders, makeRest} from '../../src/lib/tree/write/apply.js'
import {stageLocal} from '../../src/lib/tree/write/apply-local.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {moveFolders} from '../../src/lib/tree/write/move-folders.js'
import {asLong, contents, lettingIn, long, people, rel, theirs} from './somebody.js'
import {plant, withTemp} from './temp.js'

const names = ['a', 'b', 'link']

/** A folder `from` with two files and a link, and what the index knows of it. */
function planted(root: string, from: string, to: string): FolderMoveTask {
	plant(root, {[`${from}/a`]: 'older', [`${from}/b`]: ''})
	for (const name of ['a', 'b']) fs.utimesSync(join(root, from, name), long, long)
	fs.symlinkSync('nowhere', join(root, from, 'link'))
	return {
		from: rel(from),
		to: rel(to),
		entries: names.map((name, id) => ({
			id,
			path: rel(`${from}/${name}`),
			occupant: {
				kind: name === 'link' ? ('symlink' as const) : ('file' as const),
				disk: stampAt(join(root, from, name)),
			},
		})),
	}
}

/** `to` and the folders above it are to be made, unless they stand. */
function note(root: string, to: string): void {
	const folders: string[] = []
	for (let up = to; up !== '.'; up = dirname(up)) folders.unshift(up)
	makeFolders({
		tasks: folders
			.filter((path) => fs.lstatSync(join(root, path), {throwIfNoEntry: false}) === undefined)
			.map((path, i) => ({id: 100 + i, path: rel(path), occupant: null, keepAs: null, mode: 0o755})),
	})
}

const tree = (root: string): string[] =>
	fs
		.readdirSync(root, {recursive: true, encoding: 'utf8'})
		.filter((path) => !path.startsWith('.filesync'))
		.sort()

describe('tree/move-folders', () => {
	let root = ''
	const inRoot = (body: () => void) => () =>
		withTemp((folder) => {
			root = folder
			beginApply({root, trashSession: '20260102-030405'})
			body()
		})
	const move = (task: FolderMoveTask): readonly TaskResult[] | null => {
		note(root, task.to)
		return moveFolders({tasks: [task]})[0] ?? null
	}

	for (const [what, from, to] of [
		['beside', 'old', 'new'],
		['below a folder that is to be made, too', 'deep/old', 'far/away/new'],
		['up', 'deep/er/old', 'old'],
	] as const)
		it(
			`takes its new name ${what}, and each inode comes along as it was`,
			inRoot(() => {
				const task = planted(root, from, to)
				const results = move(task)
				assert.deepEqual(
					results,
					task.entries.map(({id, occupant: {disk}}) => ({id, fault: null, disk, kept: null})),
				)
				for (const [i, name] of names.entries())
					assert.deepEqual(stampAt(join(root, to, name)), task.entries[i]?.occupant.disk)
				assert.ok(!fs.existsSync(join(root, from)))
				assert.deepEqual(makeRest(undefined), [])
			}),
		)

	const hindrances: Record<string, (task: FolderMoveTask) => void> = {
		'a file that is not known': () => fs.writeFileSync(join(root, 'old/more'), theirs),
		'a folder': () => fs.mkdirSync(join(root, 'old/more')),
		'less than is known': () => fs.rmSync(join(root, 'old/b')),
		'another file of a known name': () => {
			fs.rmSync(join(root, 'old/a'))
			fs.writeFileSync(join(root, 'old/a'), 'older')
			fs.utimesSync(join(root, 'old/a'), long, long)
		},
		'a file that was written to': () => fs.writeFileSync(join(root, 'old/a'), theirs),
		'a file of another mode': () => fs.chmodSync(join(root, 'old/a'), 0o600),
		'a link that leads elsewhere': () => {
			fs.rmSync(join(root, 'old/link'))
			fs.symlinkSync('elsewhere', join(root, 'old/link'))
		},
		'an inode that another path takes': ({entries: [first]}) => {
			if (first === undefined) throw new Error('no entry')
			const {path, occupant} = first
			stageLocal({tasks: [{id: 50, path, disk: occupant.disk, mtime: 1, mode: 0o600}]})
		},
	}
	for (const [what, hinder] of Object.entries(hindrances))
		it(
			`that holds ${what} stands where it stood`,
			inRoot(() => {
				const task = planted(root, 'old', 'new')
				hinder(task)
				const before = tree(root)
				assert.equal(move(task), null)
				assert.deepEqual(tree(root), before)
				// It is still to be made, by other means.
				assert.deepEqual(
					makeRest(undefined).map(({fault}) => fault),
					[null],
				)
				assert.ok(fs.existsSync(join(root, 'new')))
			}),
		)

	for (const [what, put] of Object.entries({
		'a file': () => fs.writeFileSync(join(root, 'new'), theirs),
		'an empty folder': () => fs.mkdirSync(join(root, 'new')),
		'a link to a folder': () => fs.symlinkSync('old', join(root, 'new')),
	}))
		it(
			`does not replace ${what} that came under its new name`,
			inRoot(() => {
				const task = planted(root, 'old', 'new')
				note(root, 'new')
				put()
				const before = tree(root)
				assert.deepEqual(moveFolders({tasks: [task]}), [null])
				assert.deepEqual(tree(root), before)
			}),
		)

	it(
		'goes nowhere through a link on either way',
		inRoot(() => {
			const task = planted(root, 'deep/old', 'far/new')
			fs.mkdirSync(join(root, 'far'))
			note(root, 'far/new')
			fs.renameSync(join(root, 'far'), join(root, 'elsewhere'))
			fs.symlinkSync('elsewhere', join(root, 'far'))
			assert.deepEqual(moveFolders({tasks: [task]}), [null])
			fs.rmSync(join(root, 'far'))
			fs.renameSync(join(root, 'elsewhere'), join(root, 'far'))
			fs.renameSync(join(root, 'deep'), join(root, 'elsewhere'))
			fs.symlinkSync('elsewhere', join(root, 'deep'))
			assert.deepEqual(moveFolders({tasks: [task]}), [null])
			assert.deepEqual(fs.readdirSync(join(root, 'elsewhere/old')).sort(), names)
			assert.deepEqual(fs.readdirSync(join(root, 'far')), [])
		}),
	)

	it(
		'one that cannot move keeps no other from it',
		inRoot(() => {
			const tasks = ['x', 'y', 'z'].map((name) => planted(root, `old/${name}`, `new/${name}`))
			for (const {to} of tasks) note(root, to)
			fs.writeFileSync(join(root, 'old/y/more'), theirs)
			assert.deepEqual(
				moveFolders({tasks}).map((results) => results?.map(({id}) => id) ?? null),
				[[0, 1, 2], null, [0, 1, 2]],
			)
			assert.deepEqual(fs.readdirSync(join(root, 'old')), ['y'])
		}),
	)

	for (const [person, write] of Object.entries(people))
		it(`while somebody ${person}, nothing of theirs goes or is hidden`, async () => {
			let tries = 0
			for (let n = 0, isOver = false; !isOver; n++)
				await withTemp((folder) => {
					root = folder
					beginApply({root, trashSession: '20260102-030405'})
					const task = planted(root, 'old', 'new')
					note(root, 'new')
					const text = person === 'writes as much into it' ? asLong : theirs
					let wrote = false
					let answer: readonly TaskResult[] | null = null
					const call = lettingIn(
						n,
						() => {
							try {
								write(join(root, fs.existsSync(join(root, 'old')) ? 'old/a' : 'new/a'))
							} catch (error) {
								assert.match(String(error), /ENOENT/)
							}
							wrote = contents(root).includes(text)
						},
						() => {
							answer = moveFolders({tasks: [task]})[0] ?? null
						},
					)
					isOver = call === undefined
					if (!wrote) return
					tries++
					assert.ok(contents(root).includes(text), `lost before ${call}`)
					const told = (answer as readonly TaskResult[] | null)?.find(({id}) => id === 0)
					if (told === undefined || told.disk === null) return
					assert.ok(!sameStamp(told.disk, stampAt(join(root, 'new/a'))), `hidden before ${call}`)
				})
			assert.ok(tries > 5, `they came to write ${tries} times`)
		})
})
