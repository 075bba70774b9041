// Somebody writes under a name while a sync takes or clears it: before each single call that the sync makes there. Nothing of
// theirs may go, and no stamp may be told that hides it from the next scan.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {join} from 'node:path'
import {sameStamp} from '../../src/lib/core/folder/observe.js'
import {stampAt} from '../../src/lib/tree/disk/stat.js'
import type {Occupant, TaskResult} from '../../src/lib/tree/tasks.js'
import {makeFolders, setMeta} from '../../src/lib/tree/write/apply.js'
import {unshare} from '../../src/lib/tree/write/apply-local.js'
import {beginApply} from '../../src/lib/tree/write/context.js'
import {
	asLong,
	assertNoneShared,
	contents,
	lettingIn,
	long,
	people,
	put,
	rel,
	remove,
	sources,
	takeFromHere,
	theirs,
} from './somebody.js'
import {withTemp} from './temp.js'

interface Work {
	/** What stands there before; null: nothing. */
	readonly before: 'file' | 'link' | null
	readonly act: (root: string, occupant: Occupant) => TaskResult[]
	/** The calls before which they may still lose: at most so many. */
	readonly windows: number
	readonly trash?: false
	/** Where they write; default: under the name. */
	readonly at?: string
}

const works: Readonly<Record<string, Work>> = {
	'a file under a free name': {before: null, act: (_, occupant) => put(occupant), windows: 0},
	'a file in place of one': {before: 'file', act: (_, occupant) => put(occupant), windows: 1},
	'a file in place of one that becomes a copy': {
		before: 'file',
		act: (_, occupant) => put(occupant, rel('copy')),
		windows: 1,
	},
	'a file in place of a link': {before: 'link', act: (_, occupant) => put(occupant), windows: 1},
	'a file in place of one, without a trash': {
		before: 'file',
		act: (_, occupant) => put(occupant),
		windows: 1,
		trash: false,
	},
	'a content from here in place of one': {before: 'file', act: takeFromHere, windows: 1},
	'a content from here, written at where it comes from': {before: 'file', act: takeFromHere, windows: 1, at: 'source'},
	'a content from here under a free name, written at where it comes from': {
		before: null,
		act: takeFromHere,
		windows: 1,
		at: 'source',
	},
	'a removal': {before: 'file', act: (_, occupant) => remove(occupant), windows: 0},
	'a removal without a trash': {before: 'file', act: (_, occupant) => remove(occupant), windows: 0, trash: false},
	'a removal of what moved': {before: 'file', act: (_, occupant) => remove(occupant, true), windows: 0},
	'a removal that leaves a copy': {
		before: 'file',
		act: (_, occupant) => remove(occupant, false, rel('copy')),
		windows: 0,
	},
	'a folder in place of a file': {
		before: 'file',
		act: (_, occupant) => makeFolders({tasks: [{id: 1, path: rel('name'), occupant, keepAs: null, mode: 0o755}]}),
		windows: 0,
	},
	'a mode and a time': {
		before: 'file',
		act: (_, occupant) =>
			setMeta({tasks: [{id: 1, path: rel('name'), occupant, keepAs: null, kind: 'file', mtime: 1, mode: 0o600}]}),
		windows: 1,
	},
	'a hard link that gets a content of its own': {
		before: 'file',
		act: (root) => {
			fs.linkSync(join(root, 'name'), join(root, '.filesync', 'other'))
			unshare({pairs: [{path: rel('name'), from: null}]})
			return []
		},
		windows: 1,
	},
}

describe('tree/place while somebody writes', () => {
	for (const [work, {before, act, windows, trash, at: where = 'name'}] of Object.entries(works))
		for (const [person, write] of Object.entries(people))
			it(`${work}; somebody ${person}`, async () => {
				let tries = 0
				const lostBefore: string[] = []
				const text = person === 'writes as much into it' ? asLong : theirs
				for (let n = 0, isOver = false; !isOver; n++)
					await withTemp((root) => {
						beginApply({root, trashSession: trash === false ? null : '20260102-030405'})
						const at = join(root, 'name')
						if (before === 'file') {
							fs.writeFileSync(at, 'older')
							fs.utimesSync(at, long, long)
						}
						if (act === takeFromHere) {
							fs.writeFileSync(join(root, 'source'), 'newer')
							fs.utimesSync(join(root, 'source'), long, long)
							sources.set(root, stampAt(join(root, 'source')))
						}
						if (before === 'link') fs.symlinkSync('nowhere', at)
						const occupant: Occupant =
							before === null ? null : {kind: before === 'link' ? 'symlink' : 'file', disk: stampAt(at)}
						let results: TaskResult[] = []
						let wrote = false
						const call = lettingIn(
							n,
							() => {
								try {
									write(join(root, where))
									wrote = true
								} catch (error) {
									// The name is a folder by now, or free.
									assert.match(String(error), /EISDIR|EEXIST|ENOENT|ENOTDIR|ENOTEMPTY/)
								}
								wrote &&= contents(root).includes(text)
							},
							() => {
								results = act(root, occupant)
							},
						)
						isOver = call === undefined
						assertNoneShared(root)
						if (!wrote) return
						tries++
						const told = results.find(({id}) => id === 1)
						if (!contents(root).includes(text)) {
							// Written into the file that was replaced: it is the one that was kept.
							if (trash !== false && person.endsWith('into it') && contents(root, true).includes(text)) return
							lostBefore.push(call ?? 'the end')
							return
						}
						const stands = fs.lstatSync(at, {throwIfNoEntry: false})
						if (stands?.isFile() !== true || fs.readFileSync(at, 'utf8') !== text) return
						if (told === undefined || told.disk === null || told.fault !== null) return
						// Hidden from the next scan is as good as lost.
						if (sameStamp(told.disk, stampAt(at))) lostBefore.push(call ?? 'the end')
					})
				assert.ok(tries > 0 || before !== 'file', 'they never came to write')
				assert.ok(lostBefore.length <= windows, `lost before ${lostBefore.join(', ')}`)
				for (const call of lostBefore) assert.match(call, /^(renameSync|utimesSync)$/)
			})
})
