// What a look at the disk says about a path whose record is known: the same, changed, or only a look at the content can tell.
import type {DiskStamp, FileState, Hash, IndexRecord, LiveState, Seen, State} from '../entries/entry.js'

/**
 * Files whose mtime lies this close to the moment of the look may be edited again without a visible trace.
 * Disks with sub-second times tick in steps of at most 10 ms; others (FAT, HFS+) in steps of up to 2 s.
 */
export const racyWindowMs = {fine: 50, coarse: 2000} as const

/** Should a content looked at `atMs` with this mtime be looked at once more at the next scan? */
export function isRacy(mtimeMs: number, atMs: number): boolean {
	const window = Number.isInteger(mtimeMs / 1000) ? racyWindowMs.coarse : racyWindowMs.fine
	return Math.abs(atMs - mtimeMs) < window
}

/** The microsecond nearest to a `Stats.mtimeMs`: as a double that is up to 0.13 µs off, so cutting would lose whole ones. */
export const microseconds = (ms: number): number => Math.round(ms * 1000)

export const sameStamp = (a: DiskStamp, b: DiskStamp): boolean =>
	a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.mode === b.mode

/** What showed before, and what was asked for then. */
export type Shown = Pick<IndexRecord, 'state' | 'disk'>

/** Modes of new entries on a disk that keeps none: the modes it shows come from its mount options. */
export const ordinaryModes = {file: 0o644, dir: 0o755, symlink: 0o777} as const

/**
 * The state of what was seen. A disk may not keep every mode or mtime: where it shows what it showed `before` (of the same kind),
 * nobody changed it, and what was asked for stays. `before` undefined: it is seen for the first time. `keepsModes` false: the modes
 * that the disk shows say nothing.
 */
export function stateOf(seen: Seen, hash: Hash | null = null, before?: Shown, keepsModes = true): LiveState {
	const {disk, kind} = seen
	const asked = before !== undefined && before.state.kind === kind ? before.state : undefined
	const mtime = asked !== undefined && before?.disk?.mtimeMs === disk.mtimeMs ? asked.mtime : microseconds(disk.mtimeMs)
	const askedMode = asked === undefined || asked.kind === 'symlink' ? undefined : asked.mode
	const isSameMode = !keepsModes || before?.disk?.mode === disk.mode
	const mode = (isSameMode ? askedMode : undefined) ?? (keepsModes ? disk.mode : ordinaryModes[kind])
	switch (seen.kind) {
		case 'file':
			return {kind: 'file', size: disk.size, mtime, mode, hash}
		case 'dir':
			return {kind: 'dir', mtime, mode}
		case 'symlink':
			return {kind: 'symlink', mtime, target: seen.target ?? ''}
	}
}

/**
 * Raised when a scan comes to find something else in what it looks at: what was seen before is then compared once more
 * (index/pages/fingerprint.ts).
 */
export const observationVersion = 2

export type Observation =
	/** The record stands as it is. */
	| {readonly is: 'same'}
	/** Hash the content, then ask `observeContent`. */
	| {readonly is: 'unclear'}
	/** The version stands, only what the disk shows of it is new. */
	| {readonly is: 'restamped'}
	| {readonly is: 'changed'; readonly state: LiveState; readonly content: boolean}

const same: Observation = {is: 'same'}

/** Compares what a scan saw with the record of the path; `record` undefined: never seen. `keepsModes`: see `stateOf`. */
export function observe(record: IndexRecord | undefined, seen: Seen, keepsModes = true): Observation {
	const changed = (content: boolean): Observation => ({
		is: 'changed',
		state: stateOf(seen, null, record, keepsModes),
		content,
	})
	if (record === undefined || record.disk === null) return changed(true)
	const {state, disk} = record
	if (state.kind === 'gone' || state.kind !== seen.kind) return changed(true)
	if (state.kind === 'dir') {
		if (disk.mode === seen.disk.mode) return same
		return keepsModes ? changed(false) : {is: 'restamped'}
	}
	if (state.kind === 'symlink') {
		if (state.target !== seen.target) return changed(true)
		return disk.mtimeMs === seen.disk.mtimeMs ? same : changed(false)
	}
	if (!record.racy && sameStamp(disk, seen.disk)) return same
	if (disk.size !== seen.disk.size) return changed(true)
	if (state.hash === null) return sameStamp(disk, seen.disk) ? same : changed(true)
	return {is: 'unclear'}
}

/** The second look at a file of unclear content: `hash` is that of the content now. */
export function observeContent(
	record: IndexRecord & {readonly state: FileState},
	seen: Seen,
	hash: Hash,
	keepsModes = true,
): Observation {
	const state = stateOf(seen, hash, record, keepsModes)
	if (hash !== record.state.hash || record.disk === null) return {is: 'changed', state, content: true}
	if (sameMetadata(state, record.state)) return {is: 'restamped'}
	return {is: 'changed', state, content: false}
}

/** True when two states hold the same content; undefined when a hash is missing to tell. */
export function sameContent(a: State, b: State): boolean | undefined {
	if (a.kind === 'dir') return b.kind === 'dir'
	if (a.kind === 'gone') return b.kind === 'gone'
	if (a.kind === 'symlink') return b.kind === 'symlink' && a.target === b.target
	if (b.kind !== 'file' || a.size !== b.size) return false
	if (a.size === 0) return true
	if (a.hash === null || b.hash === null) return undefined
	return a.hash === b.hash
}

/** True when mode and mtime agree as well (of a folder only the mode counts). */
export function sameMetadata(a: State, b: State): boolean {
	if (a.kind === 'gone' || b.kind === 'gone') return a.kind === b.kind
	if (a.kind === 'dir') return b.kind === 'dir' && a.mode === b.mode
	if (a.kind === 'symlink') return b.kind === 'symlink' && a.mtime === b.mtime
	return b.kind === 'file' && a.mtime === b.mtime && a.mode === b.mode
}
