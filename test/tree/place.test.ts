// Somebody writes under a name while a sync takes or clears it: before each single call that the sync makes there. Nothing of
// theirs may go, and no stamp may be told that hides it from the next scan.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import {sameStamp} from '../../src/lib/core/observe.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import {makeFolders, removeAll, setMeta} from '../../src/lib/tree/apply.js'
import {putLocal, stageLocal, unshare} from '../../src/lib/tree/apply-local.js'
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
}

interface Work {
	/** What stands there before; null: nothing. */
	readonly before: 'file' | 'link' | null
	readonly act: (root: string, occupant: Occupant) => TaskResult[]
	/** The calls before which they may still lose: at most so many. */
	readonly windows: number
	readonly trash?: false
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
	'a content from here in place of one': {
		before: 'file',
		act: (root, occupant) => {
			fs.writeFileSync(join(root, 'source'), 'newer')
			const disk = stampAt(join(root, 'source'))
			stageLocal({tasks: [{id: 1, path: rel('source'), disk, mtime: 1, mode: 0o600}]})
			const results = putLocal({tasks: [file(occupant)]})
			fs.rmSync(join(root, 'source'), {force: true})
			return results
		},
		windows: 1,
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
		windows: 0,
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
	for (const [work, {before, act, windows, trash}] of Object.entries(works))
		for (const [person, write] of Object.entries(people))
			it(`${work}; somebody ${person}`, async () => {
				let tries = 0
				const lostBefore: string[] = []
				for (let n = 0, isOver = false; !isOver; n++)
					await withTemp((root) => {
						beginRun({root, trashRun: trash === false ? null : '20260102-030405'})
						const at = join(root, 'name')
						if (before === 'file') fs.writeFileSync(at, 'older')
						if (before === 'link') fs.symlinkSync('nowhere', at)
						const occupant: Occupant =
							before === null ? null : {kind: before === 'link' ? 'symlink' : 'file', disk: stampAt(at)}
						let results: TaskResult[] = []
						let wrote = false
						const call = lettingIn(
							n,
							() => {
								try {
									write(at)
									wrote = true
								} catch (error) {
									// The name is a folder by now, or free.
									assert.match(String(error), /EISDIR|EEXIST|ENOENT|ENOTDIR|ENOTEMPTY/)
								}
								wrote &&= contents(root).includes(theirs)
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
						if (!contents(root).includes(theirs)) {
							// Written into the file that was replaced: it is the one that was kept.
							if (trash !== false && person === 'writes into it' && contents(root, true).includes(theirs)) return
							lostBefore.push(call ?? 'the end')
							return
						}
						const stands = fs.lstatSync(at, {throwIfNoEntry: false})
						if (stands?.isFile() !== true || fs.readFileSync(at, 'utf8') !== theirs) return
						if (told !== undefined && told.disk !== null && told.fault === null)
							assert.equal(sameStamp(told.disk, stampAt(at)), false, `before ${call} (${n}): the stamp hides it`)
					})
				assert.ok(tries > 0 || before !== 'file', 'they never came to write')
				assert.ok(lostBefore.length <= windows, `lost before ${lostBefore.join(', ')}`)
				for (const call of lostBefore) assert.equal(call, 'renameSync')
			})
})
