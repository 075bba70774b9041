// Somebody writes under a name while a sync takes or clears it: before each single call that the sync makes there. Nothing of
// theirs may go, and no stamp may be told that hides it from the next scan.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import type {DiskStamp} from '../../src/lib/core/entry.js'
import {sameStamp} from '../../src/lib/core/observe.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {makeFolders, putLinks, removeAll, setMeta} from '../../src/lib/tree/apply.js'
import {putLocal, stageLocal, stampsAt, unshare} from '../../src/lib/tree/apply-local.js'
import {stampAt} from '../../src/lib/tree/look.js'
import {publishPacks, putPack} from '../../src/lib/tree/publish.js'
import {beginRun} from '../../src/lib/tree/run.js'
import {hashOf} from '../../src/lib/tree/staging.js'
import type {Occupant, TaskResult} from '../../src/lib/tree/tasks.js'
import {withTemp} from './temp.js'

const calls = [
	'lstatSync',
	'linkSync',
	'renameSync',
	'unlinkSync',
	'symlinkSync',
	'accessSync',
	'copyFileSync',
	'mkdirSync',
	'rmdirSync',
	'chmodSync',
	'utimesSync',
	'openSync',
	'closeSync',
	'readlinkSync',
] as const
type Call = (...args: unknown[]) => unknown

/** Runs `act` with `person` let in just before its `n`th call on files. Returns the name of that call; undefined: it made fewer. */
function lettingIn(n: number, person: () => void, act: () => void): string | undefined {
	const real = new Map<string, Call>(calls.map((name) => [name, fs[name] as Call]))
	let count = 0
	let before: string | undefined
	const restore = (): void => {
		for (const [name, call] of real) Object.assign(fs, {[name]: call})
		syncBuiltinESMExports()
	}
	for (const [name, call] of real)
		Object.assign(fs, {
			[name]: (...args: unknown[]) => {
				if (count++ === n) {
					before = name
					restore()
					person()
				}
				return call(...args)
			},
		})
	syncBuiltinESMExports()
	try {
		act()
	} finally {
		restore()
	}
	return before
}

const rel = (path: string): RelPath => path as RelPath
const theirs = 'what somebody wrote meanwhile'
/** As long as what the sync puts. */
const asLong = 'THEIR'

/** Seconds: an mtime of long ago. Two writes within one tick of the clock would show the same. */
const long = 1_600_000_000

/** All contents of the tree or, with `own`, of `.filesync`. */
function contents(folder: string, own = false): string[] {
	return fs.readdirSync(folder, {withFileTypes: true}).flatMap((entry): string[] => {
		const at = join(folder, entry.name)
		if (entry.name === '.filesync') return own ? contents(at, true) : []
		if (entry.isDirectory()) return contents(at, own)
		return entry.isFile() ? [fs.readFileSync(at, 'utf8')] : []
	})
}

/** No two names of the tree share an inode: an edit of one would edit both. */
function assertNoneShared(root: string): void {
	const seen = new Map<number, string>()
	for (const path of fs.readdirSync(root, {recursive: true, encoding: 'utf8'})) {
		const stats = fs.lstatSync(join(root, path))
		if (path.startsWith('.filesync') || !stats.isFile()) continue
		assert.equal(seen.get(stats.ino), undefined, `${path} is also`)
		seen.set(stats.ino, path)
	}
}

/** The ways in which somebody writes under a name. */
const people: Readonly<Record<string, (at: string) => void>> = {
	'replaces it by a rename': (at) => {
		fs.writeFileSync(`${at}.new`, theirs)
		fs.renameSync(`${at}.new`, at)
	},
	'takes it away and writes anew': (at) => {
		if (fs.lstatSync(at, {throwIfNoEntry: false})?.isDirectory()) return
		fs.rmSync(at, {force: true})
		fs.writeFileSync(at, theirs, {flag: 'wx'})
	},
	'writes into it': (at) => {
		if (fs.lstatSync(at, {throwIfNoEntry: false})?.isFile()) fs.writeFileSync(at, theirs)
	},
	'writes as much into it': (at) => {
		if (fs.lstatSync(at, {throwIfNoEntry: false})?.isFile()) fs.writeFileSync(at, asLong)
	},
}

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

const file = (occupant: Occupant, keepAs: RelPath | null = null) => ({
	id: 1,
	path: rel('name'),
	occupant,
	keepAs,
	size: 5,
	mtime: 1_600_000_000_123_456,
	mode: 0o640,
	hash: hashOf(Buffer.from('newer')),
})
const put = (occupant: Occupant, keepAs: RelPath | null = null): TaskResult[] => {
	const staged = putPack({tasks: [file(occupant, keepAs)], bytes: Buffer.from('newer')})
	return [...staged, ...publishPacks(undefined)]
}
const remove = (occupant: Occupant, moved = false, keepAs: RelPath | null = null): TaskResult[] =>
	removeAll({tasks: [{id: 1, path: rel('name'), occupant, keepAs, moved}]})

/** What the index knows of the content that moves, by root. */
const sources = new Map<string, DiskStamp>()

/** As the applier does it: staged, put, removed, and looked at once more. */
function takeFromHere(root: string, occupant: Occupant): TaskResult[] {
	const disk = sources.get(root) ?? stampAt(join(root, 'source'))
	stageLocal({tasks: [{id: 1, path: rel('source'), disk, mtime: 1, mode: 0o600}]})
	const [put] = putLocal({tasks: [file(occupant)]})
	const moved = put?.fault === null
	const [removed] = removeAll({
		tasks: [{id: 2, path: rel('source'), occupant: {kind: 'file', disk}, keepAs: null, moved}],
	})
	if (moved && removed?.fault !== null) unshare({pairs: [{path: rel('name'), from: rel('source')}]})
	if (put === undefined || put.disk === null) return put === undefined ? [] : [put]
	const [now = null] = stampsAt({paths: [rel('name')]})
	const isSame = now !== null && sameStamp({...now, ctimeMs: put.disk.ctimeMs}, put.disk)
	return [isSame ? {...put, disk: now} : put]
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
						beginRun({root, trashRun: trash === false ? null : '20260102-030405'})
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

	/** Makes calls of that name fail where `when` says so, while `act` runs. */
	function failing(
		name: (typeof calls)[number],
		code: string,
		when: (...args: string[]) => boolean,
		act: () => void,
	): void {
		const real = fs[name] as Call
		Object.assign(fs, {
			[name]: (...args: unknown[]) => {
				if (when(...args.map(String))) throw Object.assign(new Error(code), {code, syscall: name})
				return real(...args)
			},
		})
		syncBuiltinESMExports()
		try {
			act()
		} finally {
			Object.assign(fs, {[name]: real})
			syncBuiltinESMExports()
		}
	}
	const inRoot = (body: (root: string) => void) => () =>
		withTemp((root) => {
			beginRun({root, trashRun: '20260102-030405'})
			body(root)
		})
	const isTree = (path = ''): boolean => !path.includes('/.filesync/')
	const isOver = (from = '', to = ''): boolean => !isTree(from) && isTree(to)

	it(
		'a link that a disk cannot hold is a fault, and never becomes what it leads to',
		inRoot((root) => {
			fs.writeFileSync(join(root, 'secret'), 'secret')
			failing(
				'symlinkSync',
				'EPERM',
				(_, to) => isTree(to),
				() =>
					failing('renameSync', 'EXDEV', isOver, () => {
						const task = {
							id: 1,
							path: rel('name'),
							occupant: null,
							keepAs: null,
							target: join(root, 'secret'),
							mtime: 1,
						}
						const [result] = putLinks({tasks: [task]})
						assert.notEqual(result?.fault, null)
					}),
			)
			assert.equal(fs.lstatSync(join(root, 'name'), {throwIfNoEntry: false}), undefined)
			assert.deepEqual(contents(root), ['secret'])
		}),
	)

	it(
		'a content from here that cannot be copied over a border lies in the trash',
		inRoot((root) => {
			fs.writeFileSync(join(root, 'source'), 'newer')
			failing('linkSync', 'EXDEV', isOver, () =>
				failing(
					'copyFileSync',
					'ENOSPC',
					(_, to) => isTree(to),
					() => {
						const [result] = takeFromHere(root, null)
						assert.equal(result?.fault?.code, 'ENOSPC')
					},
				),
			)
			assert.ok(contents(root, true).includes('newer'))
		}),
	)

	it(
		'without hard links a conflict copy goes again when its step fails, and what was captured gets its name back',
		inRoot((root) => {
			const at = join(root, 'name')
			for (const act of [
				(occupant: Occupant) => put(occupant, rel('copy')),
				(occupant: Occupant) => remove(occupant, false, rel('copy')),
				(occupant: Occupant) => remove(occupant, true),
			]) {
				fs.writeFileSync(at, 'older')
				const occupant: Occupant = {kind: 'file', disk: stampAt(at)}
				let results: TaskResult[] = []
				failing(
					'linkSync',
					'EPERM',
					() => true,
					() => {
						for (let n = 0; n < 60 && results[0]?.fault?.code !== 'CHANGED'; n++) {
							fs.writeFileSync(at, 'older')
							const known: Occupant = {kind: 'file', disk: stampAt(at)}
							lettingIn(
								n,
								() => people['replaces it by a rename']?.(at),
								() => {
									results = act(known)
								},
							)
						}
					},
				)
				assert.equal(results[0]?.fault?.code, 'CHANGED', String(occupant.kind))
				assert.ok(contents(root).includes(theirs))
				fs.rmSync(at, {force: true})
				fs.rmSync(join(root, 'copy'), {force: true})
			}
		}),
	)

	it(
		'what was captured and cannot get its name back lies in the trash',
		inRoot((root) => {
			const at = join(root, 'name')
			let captured = false
			fs.writeFileSync(at, 'older')
			const occupant: Occupant = {kind: 'file', disk: stampAt(at)}
			let results: TaskResult[] = []
			failing(
				'linkSync',
				'EIO',
				() => true,
				() =>
					failing(
						'renameSync',
						'EIO',
						(from, to) => {
							if (from?.endsWith('/name') === true && !captured) {
								captured = true
								people['replaces it by a rename']?.(at)
								return false
							}
							return isTree(to) && captured && !from?.endsWith('.new')
						},
						() => {
							results = remove(occupant, true)
						},
					),
			)
			assert.equal(results[0]?.fault?.code, 'CHANGED')
			beginRun({root, trashRun: null})
			assert.ok(contents(root, true).includes(theirs))
		}),
	)
})
