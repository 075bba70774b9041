// A plan's steps as one side will carry them out: what passes from `prepare` to the applier.
import type {Fault, IndexRecord} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import type {Disposition, PlanStep} from '../../core/plan/plan.js'

export interface PreparedStep {
	readonly step: PlanStep
	/** What this side holds at the path. Set anew once what stands there took this spelling. */
	record: IndexRecord | undefined
	readonly disposition: Disposition
	/**
	 * The path of an entry that this disk finds under the step's path by another spelling. It is renamed to the step's spelling, whatever
	 * becomes of its content; where `record` is undefined, it is removed first. null: nothing is found, or it has this very name.
	 */
	readonly standsAs: RelPath | null
}

export interface Prepared {
	/** In path order. */
	readonly steps: readonly PreparedStep[]
	/** Files and links that go away for good: removed and not moved elsewhere here. */
	readonly deletions: number
}

const refusals: Readonly<Record<string, string>> = {
	STALE: 'it was changed there meanwhile; the next sync takes it up',
	UNREADABLE: 'its folder cannot be read',
	MOUNT_MISSING: 'the disk that it lies on was unmounted meanwhile; the next sync takes it up',
	DIFFERS: 'it is not what both sides took it for; the next sync takes it up',
	EXISTS: 'this disk takes two of its names for one, and a folder stands under the other one; rename one of the two',
}

/** The steps that are not done, and why. */
export const refusedIn = (
	prepared: readonly PreparedStep[],
): readonly {readonly step: PlanStep; readonly fault: Fault}[] =>
	prepared.flatMap(({step, disposition}) => {
		if (disposition.how !== 'refused') return []
		const {code} = disposition
		return [{step, fault: {code, message: refusals[code] ?? 'it is ignored here'}}]
	})
