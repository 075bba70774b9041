// What is asked of a round, what it reports while it runs, what it comes to.
import type {Fault, Problem} from '../core/entries/entry.js'
import {ignoreFileName} from '../core/paths.js'
import type {Direction, Disposition, Plan} from '../core/plan/plan.js'
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

export type RoundEvent =
	| {readonly kind: 'phase'; readonly phase: 'scan' | 'compare' | 'transfer' | 'commit'}
	/** Entries looked at so far on this side. */
	| {readonly kind: 'scanning'; readonly entries: number}
	| {readonly kind: 'scanned'; readonly side: 'local' | 'remote'; readonly files: number; readonly bytes: number}
	/** What is to be transferred, both ways together. Where it is not known ahead, it is told bit by bit. */
	| {readonly kind: 'planned'; readonly files: number; readonly bytes: number}
	/** So many steps are about to change this side's folder. */
	| {readonly kind: 'changing'; readonly steps: number}
	| {readonly kind: 'moved'; readonly way: 'up' | 'down'; readonly files: number; readonly bytes: number}
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
	/** How each side carried out its steps, by id; one that is missing was done whole. */
	readonly local: ReadonlyMap<number, Disposition>
	readonly remote: ReadonlyMap<number, Disposition>
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
	const sides = [
		{steps: plan.local, dispositions: local},
		{steps: plan.remote, dispositions: remote},
	]
	return sides.some(({steps, dispositions}) => {
		const step = steps.find(({path}) => path === ignoreFileName)
		if (step === undefined || step.do === 'agree' || faults.has(step.id)) return false
		return dispositions.get(step.id)?.how !== 'refused'
	})
}
