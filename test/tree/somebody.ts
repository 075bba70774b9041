// Somebody who writes under a name, or a disk that fails, between two calls of a sync; and the works of a sync they meet. Not a test.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import type {DiskStamp} from '../../src/lib/core/entries/entry.js'
import {sameStamp} from '../../src/lib/core/folder/observe.js'
import {joinNames, type RelPath} from '../../src/lib/core/paths.js'
import {stampAt} from '../../src/lib/tree/disk/stat.js'
import {type FileTask, type Occupant, resultsOf, type TaskResult} from '../../src/lib/tree/tasks.js'
import {removeAll} from '../../src/lib/tree/write/apply.js'
import {dropLeftovers, putLocal, stageLocal, stampsAt, unshare} from '../../src/lib/tree/write/apply-local.js'
import type {StagedResult} from '../../src/lib/tree/write/context.js'
import {publishReady, putPack, readyPacks} from '../../src/lib/tree/write/publish.js'
import {hashOf} from '../../src/lib/tree/write/staging.js'

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
	'readdirSync',
] as const
type Call = (...args: unknown[]) => unknown

/** Runs `act` with `person` let in just before its `n`th call on files. Returns the name of that call; undefined: it made fewer. */
export function lettingIn(n: number, person: () => void, act: () => void): string | undefined {
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

/** Makes each call of such a name fail with such a code where `when` says so, while `act` runs. */
export function failing(
	faults: readonly (readonly [name: (typeof calls)[number], code: string, when: (...args: string[]) => boolean])[],
	act: () => void,
): void {
	const real = faults.map(([name]) => [name, fs[name] as Call] as const)
	for (const [i, [name, code, when]] of faults.entries())
		Object.assign(fs, {
			[name]: (...args: unknown[]) => {
				if (when(...args.map(String))) throw Object.assign(new Error(code), {code, syscall: name})
				return real[i]?.[1](...args)
			},
		})
	syncBuiltinESMExports()
	try {
		act()
	} finally {
		for (const [name, call] of real) Object.assign(fs, {[name]: call})
		syncBuiltinESMExports()
	}
}

export const rel = (path: string): RelPath => path as RelPath
export const theirs = 'what somebody wrote meanwhile'
/** As long as what the sync puts. */
export const asLong = 'THEIR'

/** Seconds: an mtime of long ago. Two writes within one tick of the clock would show the same. */
export const long = 1_600_000_000

/** All contents of the tree or, with `own`, of `.filesync`. */
export function contents(folder: string, own = false): string[] {
	return fs.readdirSync(folder, {withFileTypes: true}).flatMap((entry): string[] => {
		const at = join(folder, entry.name)
		if (entry.name === '.filesync') return own ? contents(at, true) : []
		if (entry.isDirectory()) return contents(at, own)
		return entry.isFile() ? [fs.readFileSync(at, 'utf8')] : []
	})
}

/** No name of the tree shares an inode with another, there or in `.filesync`: an edit of one would edit both. */
export function assertNoneShared(root: string): void {
	const seen = new Map<number, string>()
	const paths = fs.readdirSync(root, {recursive: true, encoding: 'utf8'})
	const isOwn = (path: string): boolean => path.startsWith('.filesync')
	for (const path of [...paths.filter(isOwn), ...paths.filter((one) => !isOwn(one))]) {
		const stats = fs.lstatSync(join(root, path))
		if (!stats.isFile()) continue
		if (!isOwn(path)) assert.equal(seen.get(stats.ino), undefined, `${path} is also`)
		seen.set(stats.ino, path)
	}
}

/** The ways in which somebody writes under a name. */
export const people: Readonly<Record<string, (at: string) => void>> = {
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

export const file = (occupant: Occupant, keepAs: RelPath | null = null) => ({
	id: 1,
	path: rel('name'),
	occupant,
	keepAs,
	size: 5,
	mtime: 1_600_000_000_123_456,
	mode: 0o640,
	hash: hashOf(Buffer.from('newer')),
})
/** What is ready gets its names at once. */
export const published = ({results, ready}: StagedResult): TaskResult[] => [
	...results,
	...(ready === null ? [] : resultsOf(publishReady({batch: ready.batch}).value)),
]

/** A pack of these files. */
export const packed = (tasks: readonly FileTask[], bytes: Uint8Array): StagedResult =>
	putPack({
		rows: {
			ids: Uint32Array.from(tasks, ({id}) => id),
			paths: joinNames(tasks.map(({path}) => path)),
			sizes: Uint32Array.from(tasks, ({size}) => size),
			mtimes: Float64Array.from(tasks, ({mtime}) => mtime),
			modes: Uint16Array.from(tasks, ({mode}) => mode),
			hashes: Buffer.concat(tasks.map(({hash}) => Buffer.from(hash, 'base64url'))),
			occupants: new Map(tasks.flatMap(({occupant}, row) => (occupant === null ? [] : [[row, occupant] as const]))),
			keepAs: new Map(tasks.flatMap(({keepAs}, row) => (keepAs === null ? [] : [[row, keepAs] as const]))),
		},
		bytes,
	})

export const put = (occupant: Occupant, keepAs: RelPath | null = null): TaskResult[] => {
	const staged = packed([file(occupant, keepAs)], Buffer.from('newer'))
	return [...published(staged), ...published(readyPacks(undefined))]
}
export const remove = (occupant: Occupant, moved = false, keepAs: RelPath | null = null): TaskResult[] =>
	removeAll({tasks: [{id: 1, path: rel('name'), occupant, keepAs, moved}]})

/** What the index knows of the content that moves, by root. */
export const sources = new Map<string, DiskStamp>()

/** As the applier does it: staged, put, removed, what is left over dropped, and looked at once more. */
export function takeFromHere(root: string, occupant: Occupant): TaskResult[] {
	const disk = sources.get(root) ?? stampAt(join(root, 'source'))
	stageLocal({tasks: [{id: 1, path: rel('source'), disk, mtime: 1, mode: 0o600}]})
	const [put] = putLocal({tasks: [file(occupant)]})
	const moved = put?.fault === null
	const [removed] = removeAll({
		tasks: [{id: 2, path: rel('source'), occupant: {kind: 'file', disk}, keepAs: null, moved}],
	})
	if (moved && removed?.fault !== null) unshare({pairs: [{path: rel('name'), from: rel('source')}]})
	dropLeftovers(undefined)
	if (put === undefined || put.disk === null) return put === undefined ? [] : [put]
	const [now = null] = stampsAt({paths: [rel('name')]})
	const isSame = now !== null && sameStamp({...now, ctimeMs: put.disk.ctimeMs}, put.disk)
	return [isSame ? {...put, disk: now} : put]
}
