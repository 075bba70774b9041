// After a sync that was cut off: what of its intents came to be, as records, so that the scan does not take it for edits. Pure.
import {type DiskStamp, type IndexRecord, isLive, type LiveState} from '../../core/entries/entry.js'
import {compareVersions} from '../../core/entries/versions.js'
import type {Intent} from '../../core/folder/intent.js'
import {microseconds, sameContent, sameStamp, stateOf} from '../../core/folder/observe.js'
import type {Found, IntentLook} from '../../tree/read/stat-intents.js'
import {appliedRecord, isLiveRecord, type RecordSource, tombstone} from '../records.js'

/**
 * The records that one intent led to. `record`: the index's record of the path; where its version is not the one the intent started from,
 * it was written later, and nothing is returned. `copy`: the record of the conflict copy.
 */
export function recoveredRecords(
	intent: Intent,
	record: IndexRecord | undefined,
	copy: IndexRecord | undefined,
	look: IntentLook,
	source: RecordSource,
): IndexRecord[] {
	if (compareVersions(record?.version ?? [], intent.before) !== 'equal') return []
	const own = ownRecord(intent, record, look, source)
	const kept = copy === undefined ? copyRecord(intent, record, look, source) : undefined
	return [own, kept].filter((one) => one !== undefined)
}

function ownRecord(
	intent: Intent,
	record: IndexRecord | undefined,
	look: IntentLook,
	source: RecordSource,
): IndexRecord | undefined {
	const {path, state, version, parts, staged, from} = intent
	const {at} = look
	if (!isLive(state)) return at === null ? tombstone(source, record, version, path) : undefined
	if (staged === null && from === null && isLiveRecord(record) && sameContent(state, record.state) === true)
		return metaRecord(intent, state, record, at, source)
	if (state.kind === 'dir') return at?.kind === 'dir' ? folderRecord(intent, state.mode, at, source) : undefined
	if (
		state.kind === 'symlink' &&
		look.isStaged &&
		at?.kind === 'symlink' &&
		at.target === state.target &&
		record === undefined
	)
		return unfinished(path, at, source)
	const isPlaced = staged === null ? from !== null && look.from === null && at !== null : !look.isStaged
	if (!isPlaced || (at !== null && isLiveRecord(record) && sameStamp(record.disk, at.disk))) return undefined
	return appliedRecord(source, path, state, version, shownOf(state, at, look.isExact), parts)
}

/** A folder is built with a mode that lets FileSync write, and gets its own at the end. */
function folderRecord({path, version, parts}: Intent, mode: number, at: Found, source: RecordSource): IndexRecord {
	const {disk} = at
	if (disk.mode !== mode) return unfinished(path, at, source)
	return appliedRecord(source, path, {kind: 'dir', mtime: microseconds(disk.mtimeMs), mode}, version, disk, parts)
}

/**
 * A folder without its final mode, or a link without its mtime, gets the empty version: the next sync finishes it, and it is no edit of
 * this side.
 */
const unfinished = (path: Intent['path'], {kind, disk, target}: Found, source: RecordSource): IndexRecord =>
	appliedRecord(source, path, stateOf({path, kind, disk, target}), [], disk)

/** Only mode and mtime were to change: each is still the old one or is the new one, else somebody here changed it. */
function metaRecord(
	{path, version, parts}: Intent,
	state: LiveState,
	record: IndexRecord & {readonly state: LiveState; readonly disk: DiskStamp},
	at: Found | null,
	source: RecordSource,
): IndexRecord | undefined {
	if (at === null || at.kind !== state.kind || at.disk.size !== record.disk.size) return undefined
	const {disk} = at
	const newMode = state.kind === 'symlink' ? record.disk.mode : state.mode
	const newMtimeMs = state.kind === 'dir' ? disk.mtimeMs : state.mtime / 1000
	const isOld = {
		mode: disk.mode === record.disk.mode,
		mtime: state.kind === 'dir' || disk.mtimeMs === record.disk.mtimeMs,
	}
	const isNew = {mode: disk.mode === newMode, mtime: microseconds(disk.mtimeMs) === microseconds(newMtimeMs)}
	if ((isOld.mode && isOld.mtime) || !(isOld.mode || isNew.mode) || !(isOld.mtime || isNew.mtime)) return undefined
	if (isNew.mode && isNew.mtime) {
		const hash = record.state.kind === 'file' ? record.state.hash : null
		const whole = state.kind === 'file' ? {...state, hash: state.hash ?? hash} : state
		return appliedRecord(source, path, whole, version, unproven(whole, disk), parts)
	}
	const mtime = microseconds(disk.mtimeMs)
	const half = record.state.kind === 'symlink' ? {...record.state, mtime} : {...record.state, mtime, mode: disk.mode}
	return {...record, state: half, seq: source.takeSeq(), disk: unproven(half, disk)}
}

/** What stood at the path has its second name as a conflict copy already. */
function copyRecord(
	{keepAs}: Intent,
	record: IndexRecord | undefined,
	{copy}: IntentLook,
	source: RecordSource,
): IndexRecord | undefined {
	if (keepAs === null || copy === null || !isLiveRecord(record) || copy.kind !== record.state.kind) return undefined
	const {size, mtimeMs} = record.disk
	const isSame = copy.disk.size === size && microseconds(copy.disk.mtimeMs) === microseconds(mtimeMs)
	if (!isSame) return undefined
	return appliedRecord(source, keepAs.path, record.state, keepAs.version, unproven(record.state, copy.disk))
}

/**
 * The stamp for the record of this state. A file gets one that never matches, so that the scan reads its content. On a disk that keeps no
 * modes or exact times, what it shows is taken as it is.
 */
function shownOf(state: LiveState, at: Found | null, isExact: boolean): DiskStamp {
	const asked = {
		size: state.kind === 'file' ? state.size : 0,
		mtimeMs: state.mtime / 1000,
		ctimeMs: 0,
		ino: 0,
		mode: state.kind === 'symlink' ? 0 : state.mode,
	}
	if (at === null || at.kind !== state.kind) return asked
	if (state.kind !== 'file' || (state.hash === null && at.disk.size === state.size)) return at.disk
	const isClose = microseconds(at.disk.mtimeMs) === state.mtime || !isExact
	return {...asked, mtimeMs: isClose ? at.disk.mtimeMs : asked.mtimeMs, mode: isExact ? state.mode : at.disk.mode}
}

/** Of a file whose content can be told by its hash, a stamp that makes the scan do so. */
const unproven = (state: LiveState, disk: DiskStamp): DiskStamp =>
	state.kind === 'file' && state.hash !== null ? {...disk, ctimeMs: 0, ino: 0} : disk
