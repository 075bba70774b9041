// The writing worker's methods: carry out tasks in batches, each path on its own, and say for each what the disk shows now.
// Never decides; never touches a path whose occupant is not the one it was told of.
import {chmodSync, constants, copyFileSync, linkSync, renameSync, symlinkSync} from 'node:fs'
import type {DiskStamp} from '../core/entry.js'
import {microseconds} from '../core/observe.js'
import {parentOf, type RelPath} from '../core/paths.js'
import {errnoOf, messageOf} from '../errors/index.js'
import {Durable} from './durable.js'
import {describeFailure, TreeError} from './errors.js'
import {assertOccupant, lookAt, stampAt} from './look.js'
import {dropPins} from './parents.js'
import {atPath, type Inode, MovingInodes, makeFolder, putInPlace, remove} from './place.js'
import {hashOf, type OpenStage, Staging, tolerate} from './staging.js'
import type {Fault, FileTask, FolderTask, LinkTask, LocalSourceTask, MetaTask, RemoveTask, TaskResult} from './tasks.js'
import {setMtime, setMtimeOfLink} from './times.js'
import {type Transferred, withTransfer} from './transfer.js'
import {TrashRun} from './trash.js'

/** What one sync needs at hand in the worker. */
interface Run {
	readonly root: string
	readonly trash: TrashRun | null
	readonly staging: Staging
	readonly durable: Durable
	/** Staged second names of local files, by task. */
	readonly local: Map<number, string>
	readonly moving: MovingInodes
	readonly open: Map<number, OpenStage>
	/** Small files that are staged and wait to be published together. */
	readonly waiting: Staged[]
	/** Large files that could not be written, by task. */
	readonly lost: Map<number, Fault>
}

let run: Run | undefined

function current(): Run {
	if (run === undefined) throw new Error('no run was begun in this worker')
	return run
}

const faultOf = (doing: string, error: unknown): Fault => ({
	code: errnoOf(error) ?? 'INTERNAL',
	message: error instanceof TreeError ? messageOf(error) : describeFailure(doing, error),
})

const failed = (id: number, doing: string, error: unknown): TaskResult => ({
	id,
	fault: faultOf(doing, error),
	disk: null,
	kept: null,
})

/** The stamp of a conflict copy, taken when nothing touches its inode any more. */
function keptStamp(root: string, keepAs: RelPath | null): DiskStamp | null {
	if (keepAs === null) return null
	try {
		return atPath(root, keepAs, (at) => stampAt(at))
	} catch {
		return null
	}
}

/** Begins a sync: staging is emptied, `trashRun` names its folder in the trash (null: nothing is kept). */
export function beginRun({root, trashRun}: {root: string; trashRun: string | null}): void {
	dropPins()
	for (const stage of run?.open.values() ?? []) run?.staging.abandon(stage)
	const staging = new Staging(root)
	staging.prepare()
	run = {
		root,
		staging,
		trash: trashRun === null ? null : new TrashRun(root, trashRun),
		durable: run?.root === root ? run.durable : new Durable(root),
		local: new Map(),
		moving: new MovingInodes(),
		open: new Map(),
		waiting: [],
		lost: new Map(),
	}
}

/** Gives contents that are here under another name a staged name, before anything moves. */
export function stageLocal({
	tasks,
}: {
	tasks: readonly (LocalSourceTask & {mtime: number; mode: number})[]
}): TaskResult[] {
	const {root, staging, local, moving, durable} = current()
	dropPins()
	return tasks.map(({id, path, disk}) => {
		try {
			return atPath(root, path, (at) => {
				const found = lookAt(at)
				const isShared = found !== undefined && moving.has(found)
				assertOccupant(found, {kind: 'file', disk}, isShared)
				let staged: string
				try {
					// One name takes the inode; others of the same content get a copy, or an edit of one would edit all.
					if (isShared) throw new TreeError('EMLINK', 'its inode goes to another name already')
					staged = staging.link(at)
					if (found !== undefined) moving.add(found)
				} catch (error) {
					if (errnoOf(error) === 'ENOENT') throw error
					staged = staging.fresh()
					copyFileSync(at, staged, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
					// Copying takes time, and the name that it came from goes without being kept.
					assertOccupant(lookAt(at), {kind: 'file', disk}, isShared)
					durable.files([staged])
				}
				local.set(id, staged)
				return {id, fault: null, disk: null, kept: null}
			})
		} catch (error) {
			return failed(id, 'cannot take the content from here', error)
		}
	})
}

/** Takes paths away, in the order given. A folder that still holds something stays: fault ENOTEMPTY. */
export function removeAll({tasks}: {tasks: readonly RemoveTask[]}): TaskResult[] {
	const {root, trash, durable, moving} = current()
	dropPins()
	const folders = new Set<string>()
	const results = tasks.map((task): TaskResult => {
		try {
			const {path, keepAs, occupant, moved} = task
			remove({root, path, keepAs, trash, occupant, moved, isMoving: (inode) => moving.has(inode)})
			folders.add(folderOf(root, task.path))
			return {id: task.id, fault: null, disk: null, kept: keptStamp(root, task.keepAs)}
		} catch (error) {
			return failed(task.id, 'cannot remove it', error)
		}
	})
	return settled(results, folders, durable)
}

/**
 * Makes the names durable. Where that fails nothing counts as done: a power cut may take it back, and an index that says
 * otherwise would take the older content for an edit.
 */
function settled(results: TaskResult[], folders: ReadonlySet<string>, durable: Durable): TaskResult[] {
	// Their descriptors are wanted now.
	dropPins()
	try {
		durable.folders(folders)
		return results
	} catch (error) {
		return results.map((result) =>
			result.fault === null ? failed(result.id, 'cannot be made durable', error) : result,
		)
	}
}

const folderOf = (root: string, path: RelPath): string => {
	const parent = parentOf(path)
	return parent === undefined ? root : `${root}/${parent}`
}

/** Makes folders, in the order given (outer ones first). Their modes are set at the end of the run. */
export function makeFolders({tasks}: {tasks: readonly FolderTask[]}): TaskResult[] {
	const {root, trash, moving} = current()
	dropPins()
	return tasks.map((task): TaskResult => {
		try {
			const {path, keepAs, occupant, mode} = task
			const disk = makeFolder({root, path, keepAs, trash, occupant, mode, isMoving: (inode) => moving.has(inode)})
			return {id: task.id, fault: null, disk, kept: keptStamp(root, task.keepAs)}
		} catch (error) {
			return failed(task.id, 'cannot make the folder', error)
		}
	})
}

interface Staged {
	readonly task: FileTask | LinkTask
	readonly name: string
}

/** Staged contents take their names: data first made durable, then renamed, then the folders made durable. */
function publish(staged: readonly Staged[]): TaskResult[] {
	const {root, trash, durable, staging, moving} = current()
	const isMoving = (inode: Inode): boolean => moving.has(inode)
	const results: TaskResult[] = []
	try {
		durable.files(staged.filter(({task}) => 'hash' in task).map(({name}) => name))
	} catch (error) {
		for (const {task, name} of staged) {
			staging.discard(name)
			results.push(failed(task.id, 'cannot be written to the disk', error))
		}
		return results
	}
	const folders = new Set<string>()
	for (const {task, name} of staged) {
		try {
			const {path, keepAs, occupant} = task
			const disk = putInPlace({root, path, keepAs, trash, occupant, staged: name, isMoving})
			folders.add(folderOf(root, task.path))
			results.push({id: task.id, fault: null, disk, kept: keptStamp(root, task.occupant === null ? null : task.keepAs)})
		} catch (error) {
			staging.discard(name)
			results.push(failed(task.id, 'cannot be put in place', error))
		}
	}
	return settled(results, folders, durable)
}

/**
 * Staged small files wait for each other until so many or so many bytes share one file-system sync: with a sync per pack a
 * disk spends its time on journal commits (139 MB in 5,300 files: 11 s instead of 4). In memory there is nothing to wait for.
 */
const publishAt = {files: 4000, bytes: 32 * 1024 * 1024} as const

/**
 * A pack: many small files, their contents one after the other in `bytes`. The results are those of the files that have their
 * names by now, of earlier packs too; the others come with a later pack or with `publishPacks`.
 */
export function putPack({tasks, bytes}: {tasks: readonly FileTask[]; bytes: Uint8Array}): TaskResult[] {
	const {staging, waiting, durable} = current()
	dropPins()
	const results: TaskResult[] = []
	let offset = 0
	for (const task of tasks) {
		const content = bytes.subarray(offset, offset + task.size)
		offset += task.size
		try {
			if (content.byteLength !== task.size) throw new TreeError('TOO_SHORT', 'fewer bytes came than were announced')
			if (hashOf(content) !== task.hash) throw new TreeError('HASH', 'its content was damaged on the way')
			waiting.push({task, name: staging.write(content, task)})
		} catch (error) {
			results.push(failed(task.id, 'cannot be written', error))
		}
	}
	const waitingBytes = waiting.reduce((sum, {task}) => sum + ('size' in task ? task.size : 0), 0)
	const isDue = durable.isVolatile || waiting.length >= publishAt.files || waitingBytes >= publishAt.bytes
	return isDue ? [...results, ...publishPacks(undefined)] : results
}

/** The files that wait get their names. */
export function publishPacks(_: undefined): TaskResult[] {
	dropPins()
	return publish(current().waiting.splice(0))
}

/** Puts contents in place that `stageLocal` staged. */
export function putLocal({tasks}: {tasks: readonly Omit<FileTask, 'hash' | 'size'>[]}): TaskResult[] {
	const {root, local, trash, moving, durable} = current()
	dropPins()
	const folders = new Set<string>()
	const results = tasks.map((task): TaskResult => {
		const staged = local.get(task.id)
		if (staged === undefined) return failed(task.id, '', new TreeError('CHANGED', 'its content is not here any more'))
		try {
			tolerate(() => chmodSync(staged, task.mode))
			tolerate(() => setMtime(staged, task.mtime))
			const {path, keepAs, occupant} = task
			const disk = putInPlace({root, path, keepAs, trash, occupant, staged, isMoving: (inode) => moving.has(inode)})
			folders.add(folderOf(root, task.path))
			return {id: task.id, fault: null, disk, kept: keptStamp(root, task.occupant === null ? null : task.keepAs)}
		} catch (error) {
			keepStaged(task.path, staged)
			return failed(task.id, 'cannot be put in place', error)
		}
	})
	return settled(results, folders, durable)
}

/** The path that the content came from may have made room already: it goes to the trash instead of nowhere. */
function keepStaged(path: RelPath, staged: string): void {
	const {trash, staging} = current()
	try {
		trash?.keep(path, (place) => linkSync(staged, place))
	} finally {
		staging.discard(staged)
	}
}

/** Symbolic links, never followed. */
export function putLinks({tasks}: {tasks: readonly LinkTask[]}): TaskResult[] {
	const {staging} = current()
	dropPins()
	const results: TaskResult[] = []
	const staged: Staged[] = []
	for (const task of tasks) {
		const name = staging.fresh()
		try {
			symlinkSync(task.target, name)
			tolerate(() => setMtimeOfLink(name, task.mtime))
			staged.push({task, name})
		} catch (error) {
			results.push(failed(task.id, 'cannot make the link', error))
		}
	}
	return [...results, ...publish(staged)]
}

/** A large file begins; its pieces follow in `appendStage`. A fault here (disk full) is kept and told by `finishStage`. */
export function openStage({id}: {id: number}): Fault | null {
	const {staging, open, lost} = current()
	try {
		open.set(id, staging.open())
		return null
	} catch (error) {
		const fault = faultOf('cannot be written', error)
		lost.set(id, fault)
		return fault
	}
}

/** `bytes` of the task's content, in order. A fault is told by `finishStage`. Gives the buffer back. */
export function appendStage({id, bytes}: {id: number; bytes: Uint8Array}): Transferred<ArrayBuffer | undefined> {
	const {staging, open, lost} = current()
	const stage = open.get(id)
	if (stage !== undefined) {
		try {
			staging.append(stage, bytes)
		} catch (error) {
			open.delete(id)
			lost.set(id, faultOf('cannot be written', error))
			staging.abandon(stage)
		}
	}
	const {buffer} = bytes
	return buffer instanceof ArrayBuffer ? withTransfer(buffer, [buffer]) : withTransfer(undefined, [])
}

/** The last piece is there: verifies size and hash and puts the file in place. */
export function finishStage({task}: {task: FileTask}): TaskResult {
	const {staging, open, lost} = current()
	dropPins()
	const stage = open.get(task.id)
	if (stage === undefined) {
		const fault = lost.get(task.id) ?? {code: 'EIO', message: 'writing it failed before'}
		return {id: task.id, fault, disk: null, kept: null}
	}
	open.delete(task.id)
	try {
		const {size, hash} = staging.close(stage, task)
		if (size !== task.size) throw new TreeError('TOO_SHORT', `${size} bytes came where ${task.size} were announced`)
		if (hash !== task.hash) throw new TreeError('HASH', 'its content was damaged on the way')
	} catch (error) {
		staging.discard(stage.name)
		return failed(task.id, 'cannot be written', error)
	}
	return publish([{task, name: stage.name}])[0] ?? failed(task.id, '', new TreeError('INTERNAL', 'no result'))
}

/** Forgets a large file that does not come to its end. */
export function dropStage({id}: {id: number}): void {
	const {staging, open} = current()
	const stage = open.get(id)
	if (stage === undefined) return
	open.delete(id)
	staging.abandon(stage)
}

/** Mode and mtime only. `occupant` must stand there. */
export function setMeta({tasks}: {tasks: readonly MetaTask[]}): TaskResult[] {
	const {root} = current()
	dropPins()
	return tasks.map((task): TaskResult => {
		try {
			return atPath(root, task.path, (at) => {
				assertOccupant(lookAt(at), task.occupant)
				if (task.kind === 'symlink') tolerate(() => setMtimeOfLink(at, task.mtime))
				else {
					// RACE: a link put here since the look would be followed; its parents are pinned, and it is looked at again below.
					tolerate(() => chmodSync(at, task.mode & 0o777))
					if (task.kind === 'file') tolerate(() => setMtime(at, task.mtime))
				}
				return {id: task.id, fault: null, disk: stampAt(at), kept: null}
			})
		} catch (error) {
			return failed(task.id, 'cannot set its permissions or time', error)
		}
	})
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
				if (lookAt(at)?.isDirectory() !== true)
					throw new TreeError('CHANGED', 'it became something else during the sync')
				if (mtime !== null) tolerate(() => setMtime(at, mtime))
				tolerate(() => chmodSync(at, mode & 0o777))
				return {id, fault: null, disk: stampAt(at), kept: null}
			})
		} catch (error) {
			return failed(id, 'cannot set its permissions', error)
		}
	})
}

/**
 * The file at `path` was put there as a second name of another, which has its name still: `from` kept it after all, or lies in
 * the trash (null), kept there before the second name was sure. Each gets a content of its own, or an edit of one edits both.
 */
export function unshare({pairs}: {pairs: readonly {readonly path: RelPath; readonly from: RelPath | null}[]}): void {
	const {root, staging, durable} = current()
	dropPins()
	for (const {path, from} of pairs) {
		try {
			const source = from === null ? undefined : atPath(root, from, (at) => lookAt(at))
			atPath(root, path, (at) => {
				const stats = lookAt(at)
				if (stats === undefined || (from === null ? stats.nlink < 2 : stats.ino !== source?.ino)) return
				const own = staging.fresh()
				copyFileSync(at, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
				tolerate(() => chmodSync(own, stats.mode & 0o777))
				tolerate(() => setMtime(own, microseconds(stats.mtimeMs)))
				durable.files([own])
				renameSync(own, at)
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
