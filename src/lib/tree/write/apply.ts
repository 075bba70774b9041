// The writing worker's methods for all but contents: removals, folders, links, modes and times, in batches, each path on its own;
// they say for each what the disk shows now. Never decides; never touches a path whose occupant is not the one it was told of.
import {chmodSync, type Stats} from 'node:fs'
import type {DiskStamp} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {makeLink} from '../disk/links.js'
import {dropPins} from '../disk/parents.js'
import {Callings} from '../disk/spelling.js'
import {assertOccupant, lookAt, lookAtStanding, stampAt, stampOf} from '../disk/stat.js'
import {setMtime, setMtimeOfLink} from '../disk/times.js'
import type {FolderTask, LinkTask, MetaTask, RemoveTask, TaskResult} from '../tasks.js'
import {current, done, failed, folderOf, keptStamp, type Staged, type StagedResult, settled} from './context.js'
import {keepingBits} from './inheritance.js'
import {makeFolder, remove} from './place.js'
import {assertStill, assertTimed} from './preserve.js'
import {makeReady, withResults} from './publish.js'
import {tolerate} from './staging.js'

/** Takes paths away, in the order given. A folder that still holds something stays: fault ENOTEMPTY. */
export function removeAll({tasks}: {tasks: readonly RemoveTask[]}): TaskResult[] {
	const run = current()
	const {root, durable} = run
	dropPins()
	const folders = new Set<string>()
	const callings = new Callings()
	const results = tasks.map((task): TaskResult => {
		try {
			remove(run, task, callings)
			folders.add(folderOf(root, task.path))
			return done(task.id, null, keptStamp(root, task.keepAs, task.occupant))
		} catch (error) {
			return failed(task.id, 'cannot remove it', error)
		}
	})
	return settled(results, folders, durable)
}

/**
 * Makes folders, in the order given (outer ones first). Their modes are set at the end of the run. Where nothing stands at the
 * path it only is noted: such a folder comes to be with its first file, or with `makeRest`, which tells of a fault.
 */
export function makeFolders({tasks}: {tasks: readonly FolderTask[]}): TaskResult[] {
	const {newFolders} = current()
	dropPins()
	return tasks.map((task): TaskResult => {
		if (task.occupant !== null) return makeNow(task)
		newFolders.defer(task)
		return done(task.id, null)
	})
}

/** The noted folders that no file has brought. */
export function makeRest(_: undefined): TaskResult[] {
	dropPins()
	return current().newFolders.takeRest().map(makeNow)
}

function makeNow(task: FolderTask): TaskResult {
	const run = current()
	try {
		const disk = makeFolder(run, task)
		return done(task.id, disk, keptStamp(run.root, task.keepAs, task.occupant))
	} catch (error) {
		return failed(task.id, 'cannot make the folder', error)
	}
}

/** Symbolic links, never followed, are made ready to get their names. */
export function stageLinks({tasks}: {tasks: readonly LinkTask[]}): StagedResult {
	const {root, staging, inheritance} = current()
	dropPins()
	const results: TaskResult[] = []
	const staged: Staged[] = []
	for (const task of tasks) {
		try {
			const name = staging.fresh(inheritance.folderFor(task.path))
			makeLink(task.target, name, folderOf(root, task.path))
			tolerate(() => setMtimeOfLink(name, task.mtime))
			staged.push({...task, name, isLink: true})
		} catch (error) {
			results.push(failed(task.id, 'cannot make the link', error))
		}
	}
	return withResults(results, makeReady(staged))
}

/** Mode and mtime only. `occupant` must stand there. */
export function setMeta({tasks}: {tasks: readonly MetaTask[]}): TaskResult[] {
	const {root} = current()
	dropPins()
	return tasks.map((task): TaskResult => {
		try {
			return atPath(root, task.path, (at) => {
				const found = lookAt(at)
				assertOccupant(found, task.occupant)
				if (found === undefined) throw new TreeError('CHANGED', 'it disappeared during the sync')
				return done(task.id, setLook(at, found, task))
			})
		} catch (error) {
			return failed(task.id, 'cannot set its permissions or time', error)
		}
	})
}

/** Gives what was `found` at `at` its mode and mtime (a folder the mode alone). Returns what the disk shows of it then. */
export function setLook(
	at: string,
	found: Stats,
	{kind, mode, mtime}: Pick<MetaTask, 'kind' | 'mode' | 'mtime'>,
): DiskStamp {
	if (kind === 'symlink') tolerate(() => setMtimeOfLink(at, mtime))
	else {
		// RACE: a link put here since the look would be followed; its parents are pinned, and it is looked at again below.
		tolerate(() => chmodSync(at, keepingBits(found, mode)))
		// RACE: a program that writes between this look and the next call has its mtime overwritten, so the next scan misses that write.
		if (kind === 'file') {
			assertStill(at, found)
			tolerate(() => setMtime(at, mtime))
		}
	}
	const stands = lookAtStanding(at)
	if (kind === 'file') assertTimed(stands, found, mtime)
	return stampOf(stands)
}

/** Folders made or given a new mode in this run get their final mode, and the mtime where one is given; deepest first. */
export function finishFolders({
	tasks,
}: {
	tasks: readonly {id: number; path: RelPath; mode: number; mtime: number | null}[]
}): TaskResult[] {
	const {root} = current()
	dropPins()
	return tasks.map(({id, path, mode, mtime}): TaskResult => {
		try {
			return atPath(root, path, (at) => {
				const found = lookAt(at)
				if (found?.isDirectory() !== true) throw new TreeError('CHANGED', 'it became something else during the sync')
				if (mtime !== null) tolerate(() => setMtime(at, mtime))
				if ((found.mode & 0o777) !== mode) tolerate(() => chmodSync(at, keepingBits(found, mode)))
				return done(id, stampAt(at))
			})
		} catch (error) {
			return failed(id, 'cannot set its permissions', error)
		}
	})
}
