// How index records come to be: from a look at the disk, from a step that was carried out. Pure helpers around core types.
import {
	type DiskStamp,
	type FileState,
	type Hash,
	type IndexRecord,
	isLive,
	type LiveState,
} from '../core/entries/entry.js'
import {editedParts, type PartVersions} from '../core/entries/parts.js'
import {bumpVersion, type DeviceId, type VersionVector} from '../core/entries/versions.js'
import {isRacy} from '../core/folder/observe.js'
import type {RelPath} from '../core/paths.js'

/** Time, identity and the next seq: what every new record takes from its replica. */
export interface RecordSource {
	readonly device: DeviceId
	readonly nowMs: () => number
	/** The first of `count` numbers in a row, 1 if not given. */
	readonly takeSeq: (count?: number) => number
}

const contentOf = (record: IndexRecord | undefined): IndexRecord['was'] => {
	if (record === undefined) return null
	if (record.state.kind !== 'file') return record.was
	return record.state.hash === null ? null : {size: record.state.size, hash: record.state.hash}
}

/**
 * The path changed on this disk: one more edit of this device; not `isContentChanged`: of mode or mtime alone. `readMs`: when its content was about
 * to be read, if it was.
 */
export function editedRecord(
	source: RecordSource,
	before: IndexRecord | undefined,
	path: RelPath,
	state: LiveState,
	disk: DiskStamp,
	isContentChanged: boolean,
	readMs = source.nowMs(),
): IndexRecord {
	const nowMs = source.nowMs()
	const hashed = state.kind === 'file' && state.hash !== null
	const version = bumpVersion(before?.version ?? [], source.device, nowMs / 1000)
	return {
		path,
		state,
		version,
		parts: editedParts(before, state, isContentChanged, version),
		seq: source.takeSeq(),
		disk,
		racy: hashed && isRacy(disk.mtimeMs, readMs),
		was: contentOf(before),
	}
}

/** The path was deleted on this disk. */
export function deletedRecord(source: RecordSource, before: IndexRecord): IndexRecord {
	const nowSec = Math.floor(source.nowMs() / 1000)
	return tombstone(source, before, bumpVersion(before.version, source.device, nowSec))
}

/** A tombstone of a given version. */
export function tombstone(
	source: RecordSource,
	before: IndexRecord | undefined,
	version: VersionVector,
	path = before?.path,
): IndexRecord {
	if (path === undefined) throw new RangeError('a tombstone needs a path')
	return {
		path,
		state: {kind: 'gone', since: Math.floor(source.nowMs() / 1000)},
		version,
		seq: source.takeSeq(),
		disk: null,
		racy: false,
		was: contentOf(before),
	}
}

/** A sync put this state here; `disk` is what the disk shows of it. */
export function appliedRecord(
	source: RecordSource,
	path: RelPath,
	state: LiveState,
	version: VersionVector,
	disk: DiskStamp,
	parts?: PartVersions,
): IndexRecord {
	const racy = state.kind === 'file' && isRacy(disk.mtimeMs, source.nowMs())
	return {path, state, version, parts, seq: source.takeSeq(), disk, racy, was: null}
}

/** The content's hash became known while it was read at `atMs`; the version stands, so the seq does too. */
export function hashedRecord(record: IndexRecord & {readonly state: FileState}, hash: Hash, atMs: number): IndexRecord {
	const racy = record.disk !== null && isRacy(record.disk.mtimeMs, atMs)
	return {...record, state: {...record.state, hash}, racy}
}

/** Type guard: a record of a file. */
export const isFileRecord = (
	record: IndexRecord | undefined,
): record is IndexRecord & {readonly state: FileState; readonly disk: DiskStamp} =>
	record !== undefined && record.state.kind === 'file' && record.disk !== null

export const isLiveRecord = (
	record: IndexRecord | undefined,
): record is IndexRecord & {readonly state: LiveState; readonly disk: DiskStamp} =>
	record !== undefined && isLive(record.state) && record.disk !== null
