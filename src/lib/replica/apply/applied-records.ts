// What the index learns of a step: after it was done, after it failed, or when both sides only agree. Pure.
import type {Fault} from '../../core/entries/entry.js'
import {type FileState, type IndexRecord, isLive} from '../../core/entries/entry.js'
import {bumpVersion, mergeVersions} from '../../core/entries/versions.js'
import {sameStamp} from '../../core/folder/observe.js'
import type {RelPath} from '../../core/paths.js'
import type {TaskResult} from '../../tree/index.js'
import type {PreparedStep} from '../plan/prepared.js'
import {appliedRecord, isFileRecord, isLiveRecord, type RecordSource, tombstone} from '../records.js'

export interface AppliedScope {
	readonly source: RecordSource
	readonly isIgnored: (path: RelPath, isDir: boolean) => boolean
}

/** The path as the disk shows it now, and its conflict copy. `came`: how it is with a content that came from the peer. */
export function recordsDone(
	item: PreparedStep,
	result: TaskResult,
	came: FileState | undefined,
	scope: AppliedScope,
): IndexRecord[] {
	const {step, record, disposition} = item
	const {source} = scope
	const copy = copyRecord(item, result, scope)
	if (!isLive(step.state)) return [tombstone(source, record, step.version, step.path), ...copy]
	if (result.disk === null) return copy
	const isSameContent = disposition.how === 'meta' || disposition.how === 'respelled'
	const known = isFileRecord(record) && isSameContent ? record.state.hash : null
	const isHashed = step.state.kind !== 'file' || step.state.hash !== null || known === null
	const state = came ?? (isHashed ? step.state : {...step.state, hash: known})
	return [appliedRecord(source, step.path, state, step.version, result.disk, step.parts), ...copy]
}

/** The record of a conflict copy; none where this side's rules ignore its name. */
export function copyRecord(
	{step, record}: PreparedStep,
	{kept}: TaskResult,
	{source, isIgnored}: AppliedScope,
): IndexRecord[] {
	const {keepAs} = step
	if (kept === null || keepAs === null || !isLiveRecord(record) || isIgnored(keepAs.path, false)) return []
	return [appliedRecord(source, keepAs.path, record.state, keepAs.version, kept)]
}

/** A folder that holds nothing but what is never synced (ignored files, say) stays, and is from now on newer than its deletion. */
export function recordsFailed({step, record}: PreparedStep, fault: Fault, source: RecordSource): IndexRecord[] {
	if (fault.code !== 'ENOTEMPTY' || step.do !== 'remove' || !isLiveRecord(record)) return []
	const version = bumpVersion(mergeVersions(step.version, record.version), source.device, source.nowMs() / 1000)
	return [{...record, version, seq: source.takeSeq()}]
}

/**
 * The disk is as it should be; the index takes the version. `current`: the record as it stands now; a content that was sent
 * since the plan was prepared has its hash there.
 */
export function recordsAgreed(
	{step, record}: PreparedStep,
	current: IndexRecord | undefined,
	seq: number,
	source: RecordSource,
): IndexRecord[] {
	if (!isLive(step.state)) return [{...tombstone(source, record, step.version, step.path), state: step.state, seq}]
	if (!isLiveRecord(record)) return []
	if (!isFileRecord(record)) return [{...record, version: step.version, parts: step.parts, seq, was: null}]
	const learned = isFileRecord(current) && sameStamp(current.disk, record.disk) ? current.state.hash : null
	const planned = step.state.kind === 'file' ? step.state.hash : null
	const state = {...record.state, hash: record.state.hash ?? learned ?? planned}
	// A hash that was learned so soon that a later edit could hide stays one to be looked at again.
	const racy = record.racy || (learned !== null && current?.racy === true)
	return [{...record, state, racy, version: step.version, parts: step.parts, seq, was: null}]
}
