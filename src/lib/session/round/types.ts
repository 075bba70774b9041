// Types of one round: what is asked of it, what it reports while it runs, what it comes to.
import type {AgreedPoint} from '../../core/agreement.js'
import type {Problem} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {Conflict, Direction, Plan} from '../../core/plan.js'
import type {Prepared} from '../../replica/plan/prepared.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import {type Fault, ignoreFileName} from '../../tree/index.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance, Self} from '../greeting.js'
import type {TooMany} from './deletions.js'

export interface RoundOptions {
	readonly direction: Direction
	readonly force: boolean
	readonly dryRun: boolean
	readonly allowDeletes: boolean
	/** Somebody waits for this round; without it a node leads it by itself. */
	readonly isAsked?: boolean
	/** The deletions on these sides wait: all else of the plan is carried out. */
	readonly waitingDeletions?: readonly TooMany[]
}

/** How the follower said it will carry out a step, and the path it takes the content from where that is here. */
export interface RemoteDisposition {
	readonly how: 'nothing' | 'meta' | 'local' | 'refused'
	readonly from: RelPath | null
	readonly code: string
}

export interface LeaderParts {
	readonly conversation: Conversation
	readonly replica: Replica
	readonly self: Self
	readonly peer: Acquaintance
	/** The newest point both agreed on, or null: everything is compared. */
	readonly point: AgreedPoint | null
	readonly generation: number
	/** The follower was asked for this round along with the greeting. */
	readonly begun: boolean
	readonly mtimeSkewSec: number
	readonly onEvent: (event: RoundEvent) => void
	/** A scan already under way, or a way to start one. */
	readonly scan: () => Promise<ScanReport>
}

export type RoundEvent =
	| {readonly kind: 'phase'; readonly phase: 'scan' | 'compare' | 'transfer' | 'commit'}
	/** Entries looked at so far on this side. */
	| {readonly kind: 'scanning'; readonly entries: number}
	| {readonly kind: 'scanned'; readonly side: 'local' | 'remote'; readonly files: number; readonly bytes: number}
	/** What is to be transferred, both ways together. */
	| {readonly kind: 'planned'; readonly files: number; readonly bytes: number}
	/** So many steps are about to change this side's folder. */
	| {readonly kind: 'changing'; readonly steps: number}
	| {readonly kind: 'moved'; readonly files: number; readonly bytes: number}
	| FileEvent

/** A large content on its way, in bytes; over when `done` is `total`. */
export interface FileEvent {
	readonly kind: 'file'
	readonly path: string
	readonly way: 'up' | 'down'
	readonly done: number
	readonly total: number
}

export interface RoundEnd {
	readonly plan: Plan
	readonly local: Prepared
	readonly remote: ReadonlyMap<number, RemoteDisposition>
	/** Steps that failed, by id, and on which side the cause lies. */
	readonly faults: ReadonlyMap<number, {readonly side: Problem['side']; readonly fault: Fault}>
	/** What neither scan could look at. */
	readonly problems: readonly Problem[]
	/** Not null: too many deletions; a dry run tells, a real run stops. */
	readonly tooManyDeletions: TooMany | null
	readonly agreed: boolean
}

/** Did a side get other ignore rules by this round? Then only another one can tell what they let in. */
export function hasNewRules({plan, local, remote, faults}: RoundEnd): boolean {
	const here = local.steps.find(({step}) => step.path === ignoreFileName)
	if (here !== undefined && here.step.do !== 'agree' && here.disposition.how !== 'refused' && !faults.has(here.step.id))
		return true
	const there = plan.remote.find(({path}) => path === ignoreFileName)
	if (there === undefined || there.do === 'agree' || faults.has(there.id)) return false
	return remote.get(there.id)?.how !== 'refused'
}

export type {Conflict}
