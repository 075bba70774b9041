// The writing worker's methods for contents that are here already under another name: they move, nothing is read from the peer.
// Never lets two names of the tree share an inode that did not before.
import {chmodSync, constants, copyFileSync, renameSync, rmSync, type Stats} from 'node:fs'
import type {DiskStamp} from '../../core/entries/entry.js'
import {microseconds} from '../../core/folder/observe.js'
import type {RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {syncFile} from '../disk/durable.js'
import {TreeError} from '../disk/errors.js'
import {whileBusy, whileLocked} from '../disk/locked.js'
import {dropPins} from '../disk/parents.js'
import {assertOccupant, isSameInode, lookAt, lookAtStanding, stampAt} from '../disk/stat.js'
import {setMtime} from '../disk/times.js'
import type {FileTask, LocalSourceTask, TaskResult} from '../tasks.js'
import {current, done, failed, folderOf, keptStamp, settled} from './context.js'
import {keepingBits} from './inheritance.js'
import {putInPlace} from './place.js'
import {assertStill, assertTimed, dropName, takeToTrash} from './preserve.js'
import {makeAbove} from './publish.js'
import {quietly, tolerate} from './staging.js'

/**
 * Gives contents that are here under another name a staged name, before anything moves. Returns those names below staging; null: it
 * cannot be, and `putLocal` tells of it.
 */
export function stageLocal({
	tasks,
}: {
	tasks: readonly (LocalSourceTask & {mtime: number; mode: number})[]
}): (string | null)[] {
	const {root, staging, local, moving, durable} = current()
	dropPins()
	return tasks.map(({id, path, disk}) => {
		try {
			return atPath(root, path, (at): string => {
				const found = lookAt(at)
				const isShared = found !== undefined && moving.has(found)
				assertOccupant(found, {kind: 'file', disk}, isShared)
				let staged: string
				let isLinked = false
				try {
					// One name takes the inode; others of the same content get a copy, or an edit of one would edit all.
					if (isShared) throw new TreeError('EMLINK', 'its inode goes to another name already')
					staged = staging.link(at)
					isLinked = true
					if (found !== undefined) moving.add(found)
				} catch (error) {
					if (errnoOf(error) === 'ENOENT') throw error
					staged = staging.fresh()
					whileBusy(() => copyFileSync(at, staged, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE))
					// Copying takes time, and the name that it came from goes without being kept.
					assertOccupant(lookAt(at), {kind: 'file', disk}, isShared)
					if (!durable.isVolatile) syncFile(staged)
				}
				local.set(id, {
					name: staged,
					stats: isLinked && found !== undefined ? found : lookAtStanding(staged),
					from: path,
				})
				return staging.nameOf(staged)
			})
		} catch (error) {
			if (errnoOf(error) === undefined && !(error instanceof TreeError)) throw error
			return null
		}
	})
}

/** Puts contents in place that `stageLocal` staged. */
export function putLocal({tasks}: {tasks: readonly Omit<FileTask, 'hash' | 'size'>[]}): TaskResult[] {
	const run = current()
	const {root, local, durable} = run
	dropPins()
	const folders = new Set<string>()
	const results = tasks.map((task): TaskResult => {
		const source = local.get(task.id)
		if (source === undefined) return failed(task.id, '', new TreeError('CHANGED', 'its content is not here any more'))
		const {name: staged, stats, from} = source
		try {
			tolerate(() => chmodSync(staged, keepingBits(stats, task.mode)))
			// It may be the very inode that somebody has open: what they wrote is not the content any more, and shows by the mtime.
			// RACE: who writes between this look and the next call is not seen if the size stays.
			assertStill(staged, stats)
			tolerate(() => setMtime(staged, task.mtime))
			const seen = lookAtStanding(staged)
			assertTimed(seen, stats, task.mtime)
			const {path, keepAs, occupant} = task
			makeAbove(path)
			const disk = putInPlace(run, task, staged, seen)
			folders.add(folderOf(root, task.path))
			return done(task.id, disk, keptStamp(root, keepAs, occupant))
		} catch (error) {
			keepStaged(task.path, staged, from)
			return failed(task.id, 'cannot be put in place', error)
		}
	})
	return settled(results, folders, durable)
}

/** The path that the content came from may have made room already: it goes to the trash instead of nowhere. */
function keepStaged(path: RelPath, staged: string, from: RelPath): void {
	const {trash, staging, doubtful} = current()
	try {
		if (trash === null) staging.discard(staged)
		else doubtful.push({from, place: takeToTrash(staged, lookAtStanding(staged), trash, path)})
	} catch {
		// It stays in staging until the next run; the peer has it too.
	}
}

/**
 * Once no name makes room any more: a content that went to the trash because it could not be put in place leaves it again where it
 * stands under its old name still. A second name elsewhere (the user moved it meanwhile) gets a content of its own.
 */
function settleDoubtful(): void {
	const {root, doubtful, staging} = current()
	dropPins()
	for (const {from, place} of doubtful.splice(0))
		quietly(() => {
			const stats = lookAt(place)
			if (stats === undefined || stats.nlink < 2 || !stats.isFile()) return
			let source: Stats | undefined
			quietly(() => {
				source = atPath(root, from, (at) => lookAt(at))
			})
			if (isSameInode(source, stats)) dropName(place, stats)
			else giveOwnContent(place, stats, () => staging.fresh())
		})
}

/** Removes what could not be put in place. Call once no name makes room any more and no intent refers to what is in staging. */
export function dropLeftovers(_: undefined): void {
	settleDoubtful()
	for (const left of current().leftovers.splice(0)) rmSync(left, {recursive: true, force: true})
}

/** How often a file gets a content of its own that somebody writes to meanwhile, before it stays a second name of another. */
const ownTries = 3

/** The file at `at` becomes a copy of what it is, unless it is another inode by then. `fresh` gives a free name in staging. */
function giveOwnContent(at: string, shared: Stats, fresh: () => string): void {
	for (let tries = ownTries; ; tries--) {
		const stats = lookAt(at)
		if (stats === undefined || !isSameInode(stats, shared)) return
		const own = fresh()
		try {
			whileBusy(() => copyFileSync(at, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE))
			tolerate(() => chmodSync(own, stats.mode & 0o777))
			tolerate(() => setMtime(own, microseconds(stats.mtimeMs)))
			if (!current().durable.isVolatile) syncFile(own)
			whileLocked(() => {
				assertStill(at, stats)
				renameSync(own, at)
			})
			return
		} catch (error) {
			current().staging.discard(own)
			if (errnoOf(error) !== 'CHANGED' || tries === 1) throw error
		}
	}
}

/**
 * The file at `path` was put there as a second name of another, which has its name still: `from` kept it after all, or lies in
 * the trash (null), kept there before the second name was sure. Each gets a content of its own, or an edit of one edits both.
 */
export function unshare({pairs}: {pairs: readonly {readonly path: RelPath; readonly from: RelPath | null}[]}): void {
	const {root, staging, inheritance} = current()
	dropPins()
	for (const {path, from} of pairs) {
		try {
			const source = from === null ? undefined : atPath(root, from, (at) => lookAt(at))
			atPath(root, path, (at) => {
				const stats = lookAt(at)
				if (stats === undefined || (from === null ? stats.nlink < 2 : !isSameInode(stats, source))) return
				giveOwnContent(at, stats, () => staging.fresh(inheritance.folderFor(path)))
			})
		} catch {
			// It stays a hard link of the other: both hold the right content, and the next scan sees what became of them.
		}
	}
}

/** What the disk shows now at paths whose inode was touched again after they were put in place. */
export function stampsAt({paths}: {paths: readonly RelPath[]}): (DiskStamp | null)[] {
	const {root} = current()
	dropPins()
	return paths.map((path) => {
		try {
			return atPath(root, path, (at) => stampAt(at))
		} catch {
			return null
		}
	})
}
