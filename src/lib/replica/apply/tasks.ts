// From a prepared step to the task of the writing worker: what must stand at the path, and what is to stand there.
import {type Hash, type IndexRecord, isLive} from '../../core/entries/entry.js'
import {joinNames, type RelPath} from '../../core/paths.js'
import type {LinkStep, MkdirStep, PlanStep, PutStep, RemoveStep} from '../../core/plan/plan.js'
import type {FileRows, FileTask, FolderTask, LinkTask, MetaTask, Occupant, RemoveTask} from '../../tree/index.js'
import type {PreparedPut} from './expected-contents.js'

/** What the index knows to stand at a path; null: nothing. */
export function occupantOf(record: IndexRecord | undefined): Occupant {
	if (record === undefined || !isLive(record.state) || record.disk === null) return null
	return {kind: record.state.kind, disk: record.disk}
}

// Each task is written out key by key: see `stepTo` in core/plan/plan.

export const fileTask = (step: PutStep, record: IndexRecord | undefined, hash: Hash): FileTask => ({
	id: step.id,
	path: step.path,
	occupant: occupantOf(record),
	keepAs: step.keepAs?.path ?? null,
	size: step.state.size,
	mtime: step.state.mtime,
	mode: step.state.mode,
	hash,
})

/** The files of a pack. `hashes`: a row for each, see `PackRows`. */
export function fileRows(items: readonly PreparedPut[], hashes: Uint8Array): FileRows {
	const ids = new Uint32Array(items.length)
	const sizes = new Uint32Array(items.length)
	const mtimes = new Float64Array(items.length)
	const modes = new Uint16Array(items.length)
	const paths: RelPath[] = []
	const occupants = new Map<number, NonNullable<Occupant>>()
	const keepAs = new Map<number, RelPath>()
	for (const [row, {step, record}] of items.entries()) {
		ids[row] = step.id
		sizes[row] = step.state.size
		mtimes[row] = step.state.mtime
		modes[row] = step.state.mode
		paths.push(step.path)
		const occupant = occupantOf(record)
		if (occupant !== null) occupants.set(row, occupant)
		if (step.keepAs !== null) keepAs.set(row, step.keepAs.path)
	}
	return {ids, paths: joinNames(paths), sizes, mtimes, modes, hashes, occupants, keepAs}
}

export const linkTask = (step: LinkStep, record: IndexRecord | undefined): LinkTask => ({
	id: step.id,
	path: step.path,
	occupant: occupantOf(record),
	keepAs: step.keepAs?.path ?? null,
	target: step.state.target,
	mtime: step.state.mtime,
})

export const folderTask = (step: MkdirStep, record: IndexRecord | undefined): FolderTask => ({
	id: step.id,
	path: step.path,
	occupant: occupantOf(record),
	keepAs: step.keepAs?.path ?? null,
	mode: step.state.mode,
})

export const removeTask = (step: RemoveStep, record: IndexRecord | undefined, moved: boolean): RemoveTask => ({
	id: step.id,
	path: step.path,
	occupant: occupantOf(record),
	keepAs: step.keepAs?.path ?? null,
	moved,
})

/** Mode and mtime of what stands there already. */
export function metaTask(step: PlanStep, record: IndexRecord | undefined): MetaTask | undefined {
	const {state} = step
	if (!isLive(state)) return undefined
	return {
		id: step.id,
		path: step.path,
		occupant: occupantOf(record),
		keepAs: step.keepAs?.path ?? null,
		kind: state.kind,
		mtime: state.mtime,
		mode: state.kind === 'symlink' ? 0 : state.mode,
	}
}
