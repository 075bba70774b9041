// What two databases last agreed on: how far each has walked the other's index.

import type {DeviceId} from '../entries/versions.js'
import type {RelPath} from '../paths.js'

/** One generation of an agreement. Both sides hold the same one, with `mine` and `theirs` swapped. */
export interface AgreedPoint {
	/** 1 at the first sync of a pair, then one more each time. */
	readonly generation: number
	/** Random, the same on both sides: proves that both mean the same point. */
	readonly token: string
	/** This database's seq up to which the peer knows its records. */
	readonly mine: number
	/** The peer's seq up to which its records are known here. */
	readonly theirs: number
	/** Paths at or below those seqs that were left over (problem, filter, changed meanwhile). Sorted. */
	readonly pending: readonly RelPath[]
	/** Both sides' rule hashes (mine, theirs): when one changes, everything is compared again. */
	readonly rules: readonly [mine: string, theirs: string]
}

/**
 * The agreement with one peer database. The point before is kept because a crash between the two commits
 * leaves one side a generation behind: the older common point is then still known to both.
 */
export interface Agreement {
	readonly peer: DeviceId
	readonly last: AgreedPoint
	readonly before: AgreedPoint | null
	/** The peer has said that it stored `last`, too. A peer without it later was put back from a backup, or is a copy. */
	readonly confirmed: boolean
	/** Seconds since 1970 of the last commit. */
	readonly atSec: number
}

/** What a peer says of its side of an agreement. */
export interface PointNames {
	readonly last: Pick<AgreedPoint, 'generation' | 'token'>
	readonly before: Pick<AgreedPoint, 'generation' | 'token'> | null
	readonly confirmed: boolean
}

export type CommonGround =
	/** Both mean this point: only what came after it need be compared. */
	| {readonly kind: 'point'; readonly point: AgreedPoint}
	/** Nothing in common yet: everything is compared, by versions. */
	| {readonly kind: 'none'}
	/**
	 * That side must start over: its database is older than what the other remembers of it (restored from a backup), or it is one of two
	 * copies of a database that both went on syncing.
	 */
	| {readonly kind: 'behind'; readonly side: 'mine' | 'theirs'}

/**
 * Finds the newest point that both sides know. `lead`: this side leads the session (decides between equals).
 * One side alone may be past that point: a crash kept its peer from committing. But where the peer had confirmed that commit and lacks it
 * now, its database was restored or is a copy of the one that confirmed. Where both sides are past the point, each without the other,
 * they are two copies of one database.
 */
export function commonGround(mine: Agreement | undefined, theirs: PointNames | null, lead: boolean): CommonGround {
	const known = mine === undefined ? [] : mine.before === null ? [mine.last] : [mine.last, mine.before]
	const named = theirs === null ? [] : theirs.before === null ? [theirs.last] : [theirs.last, theirs.before]
	const point = known.find(({token}) => named.some((other) => other.token === token))
	if (mine !== undefined && theirs !== null && point !== undefined) {
		const isMinePast = mine.last.token !== point.token
		const isTheirsPast = theirs.last.token !== point.token
		const isMineLost = isTheirsPast && theirs.confirmed
		const isTheirsLost = isMinePast && mine.confirmed
		if (!isMineLost && !isTheirsLost && !(isMinePast && isTheirsPast)) return {kind: 'point', point}
		if (isMineLost === isTheirsLost) return {kind: 'behind', side: lead ? 'mine' : 'theirs'}
		return {kind: 'behind', side: isMineLost ? 'mine' : 'theirs'}
	}
	const myGeneration = mine?.last.generation ?? 0
	const theirGeneration = theirs?.last.generation ?? 0
	// One commit apart from nothing: the first commit reached one side only.
	if (myGeneration <= 1 && theirGeneration <= 1) return {kind: 'none'}
	if (myGeneration === theirGeneration) return {kind: 'behind', side: lead ? 'mine' : 'theirs'}
	return {kind: 'behind', side: myGeneration < theirGeneration ? 'mine' : 'theirs'}
}
