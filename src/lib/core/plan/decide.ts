// One path, two records: what it becomes on both sides. The table of the two-way rules, pure.

import {type Entry, type FileState, isLive, type LinkState, type State} from '../entries/entry.js'
import {contentVersion, haveCommonPast, mergedParts, modeVersion, type PartVersions, partsOf} from '../entries/parts.js'
import {compareVersions, type DeviceId, mergeVersions, settledVersion, type VersionVector} from '../entries/versions.js'
import {sameContent, sameMetadata} from '../folder/observe.js'
import type {RelPath} from '../paths.js'
import {type ConflictRules, otherSide, type Side, winnerOf} from './conflict.js'
import type {Direction} from './plan.js'

/** A path that changed on at least one side since both last agreed. */
export interface Pair {
	readonly path: RelPath
	/** null: this side has no record of it. */
	readonly local: Entry | null
	/** 'agreed': unchanged there since both agreed, so whatever it is, `local` comes after it. */
	readonly remote: Entry | null | 'agreed'
}

export interface DecideOptions {
	/** The device that decides, and its clock: the version of a conflict copy is an edit of that device. */
	readonly device: DeviceId
	readonly nowSec: number
	readonly rules: ConflictRules
	readonly direction: Direction
	/** The pushing or pulled side wins every conflict. */
	readonly force: boolean
}

/** What a path becomes on both sides. */
export interface Outcome {
	readonly path: RelPath
	readonly state: State
	readonly version: VersionVector
	readonly parts: PartVersions | undefined
	/** The side that already is so; 'both': only a version is missing, and `behind` says where. */
	readonly from: Side | 'both'
	readonly behind: readonly Side[]
	/** The version that side `from` has now; where it differs from `version`, that side must learn it. */
	readonly fromVersion: VersionVector
	/** The content is that of `from`; mode or mtime were merged from both sides, so `from` gets a step, too. */
	readonly isMixed: boolean
	/** Content of the side that is not `from` that must be kept under a name of its own. */
	readonly loser: FileState | LinkState | null
	/** The other side's entry, for a folder that must stay; 'agreed': it has one, not known here. */
	readonly other: Entry | null | 'agreed'
}

export type Decision = Outcome | 'nothing' | 'left-alone'

/** True when only a hash can tell whether both sides hold the same content. */
export function needsHash({local, remote}: Pair): boolean {
	if (local === null || remote === null || remote === 'agreed') return false
	const order = compareVersions(local.version, remote.version)
	if (order === 'equal') return false
	if (sameContent(local.state, remote.state) === undefined) return true
	// What stands there already must be known by its hash, or its mode alone could not be sent.
	const winner = order === 'concurrent' ? contentSide(local, remote) : null
	const {state} = winner === 'remote' ? remote : local
	return winner !== null && state.kind === 'file' && state.size > 0 && state.hash === null
}

const flow = (
	from: Side,
	winner: Entry,
	other: Outcome['other'],
	version = winner.version,
	parts = version === winner.version ? winner.parts : undefined,
): Outcome => ({
	path: winner.path,
	state: winner.state,
	version,
	parts,
	from,
	behind: [],
	fromVersion: winner.version,
	isMixed: false,
	loser: null,
	other,
})

/**
 * A deletion of something that side never held: nothing to do on its disk, but its index must know. Else a file made there
 * under that name would come after nothing, though 'agreed' says that it comes after whatever the other side has.
 */
const learn = (side: Side, {path, state, version}: Entry): Outcome => ({
	path,
	state,
	version,
	parts: undefined,
	from: 'both',
	behind: [side],
	fromVersion: version,
	isMixed: false,
	loser: null,
	other: null,
})

/** Same content: versions merge; where mode or mtime differ, the later edit of them goes to the other side. */
function decideSame(local: Entry, remote: Entry, options: DecideOptions): Decision {
	const order = compareVersions(local.version, remote.version)
	if (sameMetadata(local.state, remote.state)) {
		const version = mergeVersions(local.version, remote.version)
		const behind: Side[] = []
		if (compareVersions(local.version, version) !== 'equal') behind.push('local')
		if (compareVersions(remote.version, version) !== 'equal') behind.push('remote')
		if (behind.length === 0) return 'nothing'
		return {
			path: local.path,
			state: local.state,
			version,
			parts: mergedParts(local, remote, version),
			from: 'both',
			behind,
			fromVersion: version,
			isMixed: false,
			loser: null,
			other: null,
		}
	}
	if (order === 'after') return flow('local', local, remote)
	if (order === 'before') return flow('remote', remote, local)
	const forced = forcedSide(options)
	if (forced === null && order === 'concurrent' && !haveCommonPast(local.version, remote.version))
		return united(local, remote, options)
	const side = forced ?? newerMetadata(local, remote)
	const [winner, other] = side === 'local' ? [local, remote] : [remote, local]
	if (forced !== null || options.direction !== 'both')
		return flow(side, winner, other, resolved(local, remote, options))
	return mixed(side, winner, other, options)
}

/**
 * Without a common past one side is a copy of the other. A copy that does not keep the date has the later one, so the older date stays.
 * The stricter mode stays as well: a first sync makes nothing public.
 */
function united(local: Entry, remote: Entry, options: DecideOptions): Outcome {
	const older: Side = isOlder(local.state, remote.state) ? 'local' : 'remote'
	const [first, second] = older === 'local' ? [local, remote] : [remote, local]
	const state = withMode(first.state, modeForBoth(first.state, second.state))
	const version = resolved(local, remote, options)
	const parts = mergedParts(local, remote, version)
	if (sameMetadata(state, first.state)) return flow(older, first, second, version, parts)
	if (sameMetadata(state, second.state)) return flow(otherSide(older), second, first, version, parts)
	// A push or pull changes one side alone: it leaves this to a sync.
	if (options.direction === 'push') return flow('remote', remote, local, version)
	if (options.direction === 'pull') return flow('local', local, remote, version)
	return {...flow(older, first, second, version, parts), state, isMixed: true}
}

/** Of equal dates, and of folders, whose dates are not compared, the side with the larger mode counts as the older one. */
function isOlder(a: State, b: State): boolean {
	if (!isLive(a) || !isLive(b)) return isLive(a)
	if (a.kind !== 'dir' && a.mtime !== b.mtime) return a.mtime < b.mtime
	return modeOf(a) >= modeOf(b)
}

/** Owner bits of `first`. Group and others get what both sides allow; they may execute only what both sides let them read. */
function modeForBoth(first: State, second: State): number {
	const mode = modeOf(first)
	const both = mode & modeOf(second) & 0o077
	return (mode & 0o700) | both | (mode & 0o011 & (both >> 2))
}

const modeOf = (state: State): number => (state.kind === 'file' || state.kind === 'dir' ? state.mode : 0)

/** The content of `winner`, with the mode of the side that changed it last; both sides become so. */
function mixed(from: Side, winner: Entry, other: Entry, options: DecideOptions): Outcome {
	const version = resolved(winner, other, options)
	const isOtherMode = compareVersions(modeVersion(other), modeVersion(winner)) === 'after'
	const state = isOtherMode ? withMode(winner.state, modeOf(other.state)) : winner.state
	const mode = mergeVersions(modeVersion(winner), modeVersion(other))
	const content = mergeVersions(contentVersion(winner), contentVersion(other))
	return {
		...flow(from, winner, other, version, partsOf(version, content, mode)),
		state,
		isMixed: !sameMetadata(state, winner.state),
	}
}

const withMode = (state: State, mode: number): State =>
	state.kind === 'file' || state.kind === 'dir' ? {...state, mode} : state

/** The side whose content was edited from the other's; null: both edited it, or neither. */
function contentSide(local: Entry, remote: Entry): Side | null {
	if (local.state.kind !== remote.state.kind || local.state.kind === 'gone') return null
	const order = compareVersions(contentVersion(local), contentVersion(remote))
	return order === 'after' ? 'local' : order === 'before' ? 'remote' : null
}

function newerMetadata({state: local, ...mine}: Entry, {state: remote, ...theirs}: Entry): Side {
	if (!isLive(local) || !isLive(remote)) return isLive(remote) ? 'remote' : 'local'
	const order = compareVersions(modeVersion(mine), modeVersion(theirs))
	if (local.kind === 'dir' && (order === 'after' || order === 'before')) return order === 'after' ? 'local' : 'remote'
	if (local.kind !== 'dir' && local.mtime !== remote.mtime) return local.mtime > remote.mtime ? 'local' : 'remote'
	return modeOf(local) >= modeOf(remote) ? 'local' : 'remote'
}

const resolved = (local: Entry, remote: Entry, {nowSec}: DecideOptions): VersionVector =>
	settledVersion(local.version, remote.version, nowSec)

/** The side that wins by the user's word, or null. */
const forcedSide = ({direction, force}: DecideOptions): Side | null =>
	force && direction !== 'both' ? (direction === 'push' ? 'local' : 'remote') : null

/** Both sides changed it, differently. */
function decideConcurrent(local: Entry, remote: Entry, options: DecideOptions): Decision {
	const {direction} = options
	const version = resolved(local, remote, options)
	const forced = forcedSide(options)
	if (!isLive(local.state) || !isLive(remote.state)) {
		const live: Side = isLive(local.state) ? 'local' : 'remote'
		const winner = forced ?? live
		if (direction !== 'both' && forced === null && live === (direction === 'push' ? 'remote' : 'local'))
			return 'left-alone'
		const [taken, other] = winner === 'local' ? [local, remote] : [remote, local]
		return {...flow(winner, taken, other, version), loser: keepable(other.state)}
	}
	if (direction !== 'both' && forced === null) return 'left-alone'
	const edited = forced === null ? contentSide(local, remote) : null
	if (edited !== null)
		return mixed(edited, edited === 'local' ? local : remote, edited === 'local' ? remote : local, options)
	const folder = (local.state.kind === 'dir') !== (remote.state.kind === 'dir')
	const winner =
		forced !== null && !folder
			? forced
			: (filledSide(local, remote) ?? winnerOf(local.state, remote.state, options.rules))
	const [taken, other] = winner === 'local' ? [local, remote] : [remote, local]
	return {...flow(winner, taken, other, version), loser: keepable(other.state)}
}

/** The side with a non-empty file where the other one is empty and they have no common past: it keeps the name. Else null. */
function filledSide(local: Entry, remote: Entry): Side | null {
	if (local.state.kind !== 'file' || remote.state.kind !== 'file') return null
	if ((local.state.size === 0) === (remote.state.size === 0)) return null
	if (haveCommonPast(local.version, remote.version)) return null
	return local.state.size > 0 ? 'local' : 'remote'
}

const keepable = (state: State): FileState | LinkState | null =>
	state.kind === 'file' || state.kind === 'symlink' ? state : null

/** Decides one path. Hashes that `needsHash` asked for must be in the states by now; a missing one counts as different. */
export function decide(pair: Pair, options: DecideOptions): Decision {
	const {local, remote} = pair
	if (local === null) {
		if (remote === null || remote === 'agreed') return 'nothing'
		return isLive(remote.state) ? flow('remote', remote, null) : learn('local', remote)
	}
	if (remote === 'agreed') return flow('local', local, 'agreed')
	if (remote === null) return isLive(local.state) ? flow('local', local, null) : learn('remote', local)
	const order = compareVersions(local.version, remote.version)
	const same = sameContent(local.state, remote.state)
	// One version with two states: a forced decision that another replica, not knowing it, decided otherwise; or a liar.
	if (order === 'equal' && same === undefined) return 'nothing'
	if (same === true) return decideSame(local, remote, options)
	if (order === 'after') return flow('local', local, remote)
	if (order === 'before') return flow('remote', remote, local)
	return decideConcurrent(local, remote, options)
}
