// What one sync needs at hand in the writing worker, and how its methods say what became of a task.
// One run at a time in a worker; never touches a user's path itself.
import type {Stats} from 'node:fs'
import type {DiskStamp, Fault} from '../../core/entries/entry.js'
import {microseconds} from '../../core/folder/observe.js'
import {parentOf, type RelPath} from '../../core/paths.js'
import {errnoOf, messageOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {Durable} from '../disk/durable.js'
import {describeFailure, TreeError} from '../disk/errors.js'
import {dropPins, forgetRespelled} from '../disk/parents.js'
import {stampAt} from '../disk/stat.js'
import type {Occupant, Task, TaskResult} from '../tasks.js'
import {Inheritance} from './inheritance.js'
import {NewFolders, type NewTree} from './new-folders.js'
import {MovingInodes} from './place.js'
import {type OpenStage, Staging} from './staging.js'
import {TrashSession} from './trash.js'

/** A content in staging that has no name in the tree yet. */
export interface Staged extends Task {
	/** Absolute, in staging. */
	readonly name: string
	readonly isLink: boolean
}

export interface ApplyContext {
	readonly root: string
	readonly trash: TrashSession | null
	readonly staging: Staging
	readonly durable: Durable
	readonly inheritance: Inheritance
	/** Folders that come to be with their first files. */
	readonly newFolders: NewFolders
	/** Staged second names of local files, by task. */
	readonly local: Map<number, {readonly name: string; readonly stats: Stats; readonly from: RelPath}>
	/** Second names in the trash of what may stand at `from` still; see `dropLeftovers`. `place`: absolute. */
	readonly doubtful: {readonly from: RelPath; readonly place: string}[]
	readonly moving: MovingInodes
	readonly open: Map<number, OpenStage>
	/** Small files that are staged and wait to be published together. */
	readonly waiting: Staged[]
	/** Bytes of the small files that wait, those in new folders too. */
	waitingBytes: number
	/** Large files that could not be written, by task. */
	readonly lost: Map<number, Fault>
	/** Contents that are durable and get their names by `publishReady`, by batch. */
	readonly ready: Map<number, Batch>
	/** How many batches there were. */
	batches: number
	/** What could not be put in place; see `dropLeftovers`. */
	leftovers: string[]
}

/** Contents that take their names together. */
export interface Batch {
	readonly staged: readonly Staged[]
	readonly trees: readonly NewTree[]
}

/** A batch as the main thread sees it: what is about to get a name, and where it is in staging until then. */
export interface Ready {
	readonly batch: number
	readonly ids: Uint32Array
	/** Their names below staging; see `joinNames`. */
	readonly names: string
	/** Nothing here outlives a power cut. */
	readonly isVolatile: boolean
}

/** Result of staging: files that could not be staged, and the batch to publish now; null: none yet. */
export interface StagedResult {
	readonly results: TaskResult[]
	readonly ready: Ready | null
}

let run: ApplyContext | undefined

export function current(): ApplyContext {
	if (run === undefined) throw new Error('no run was begun in this worker')
	return run
}

/** Begins a sync: staging is emptied, `trashRun` names its folder in the trash (null: nothing is kept). */
export function beginApply({root, trashSession}: {root: string; trashSession: string | null}): void {
	dropPins()
	forgetRespelled()
	for (const stage of run?.open.values() ?? []) run?.staging.abandon(stage)
	const staging = new Staging(root)
	staging.prepare()
	const trash = trashSession === null ? null : new TrashSession(root, trashSession)
	trash?.prepare()
	const inheritance = new Inheritance(root, () => staging.fresh())
	run = {
		root,
		staging,
		trash,
		durable: run?.root === root ? run.durable : new Durable(root),
		inheritance,
		newFolders: new NewFolders(root, staging, inheritance),
		local: new Map(),
		doubtful: [],
		moving: new MovingInodes(),
		open: new Map(),
		waiting: [],
		waitingBytes: 0,
		lost: new Map(),
		ready: new Map(),
		batches: 0,
		leftovers: [],
	}
}

export const faultOf = (doing: string, error: unknown): Fault => ({
	code: errnoOf(error) ?? 'INTERNAL',
	message: error instanceof TreeError ? messageOf(error) : describeFailure(doing, error),
})

export const failed = (id: number, doing: string, error: unknown): TaskResult => ({
	id,
	fault: faultOf(doing, error),
	disk: null,
	kept: null,
})

export const done = (id: number, disk: DiskStamp | null, kept: DiskStamp | null = null): TaskResult => ({
	id,
	fault: null,
	disk,
	kept,
})

/**
 * The stamp of a conflict copy of `occupant`, taken when FileSync does not touch its inode any more. Who had the file open may
 * have written into the copy since: then it is that of before, and the next scan looks at the content.
 */
export function keptStamp(root: string, keepAs: RelPath | null, occupant: Occupant): DiskStamp | null {
	if (keepAs === null || occupant === null) return null
	try {
		const stands = atPath(root, keepAs, (at) => stampAt(at))
		const {size, mtimeMs} = occupant.disk
		const isSame = stands.size === size && microseconds(stands.mtimeMs) === microseconds(mtimeMs)
		return isSame ? stands : occupant.disk
	} catch {
		return null
	}
}

/**
 * Makes the names durable. Where that fails nothing counts as done: a power cut may take it back, and an index that says
 * otherwise would take the older content for an edit.
 */
export function settled(results: TaskResult[], folders: ReadonlySet<string>, durable: Durable): TaskResult[] {
	const fault = madeDurable(folders, durable)
	// `disk` stays: the path is as it should be, for as long as there is no power cut.
	return fault === null ? results : results.map((result) => (result.fault === null ? {...result, fault} : result))
}

/** The same for the names alone; the fault of what is done no more then. */
export function madeDurable(folders: ReadonlySet<string>, durable: Durable): Fault | null {
	// Their descriptors are wanted now.
	dropPins()
	try {
		durable.folders(folders)
		return null
	} catch (error) {
		return faultOf('cannot be made durable', error)
	}
}

/** The absolute path of the folder that holds `path`. */
export const folderOf = (root: string, path: RelPath): string => {
	const parent = parentOf(path)
	return parent === undefined ? root : `${root}/${parent}`
}
