// After both sides have done what they could: which versions may be agreed, and which paths are left over for the next sync. Pure.

import type {RelPath} from '../paths.js'
import {otherSide, type Side} from './conflict.js'
import type {AgreeStep, Plan, PlanStep} from './plan.js'

export interface Settled {
	/** The agree steps that may be carried out now, by side; the paths of the others are pending. */
	readonly agreements: Readonly<Record<Side, readonly AgreeStep[]>>
	/** The pending paths of the new agreed point. Sorted, no path twice. */
	readonly pending: readonly RelPath[]
}

/** Looks steps up by path. The table is made when it is first asked for: most rounds have no copy to look for. */
function byStepPath(steps: readonly PlanStep[]): (path: RelPath) => PlanStep | undefined {
	let table: ReadonlyMap<RelPath, PlanStep> | undefined
	return (path) => {
		table ??= new Map(steps.map((step) => [step.path, step]))
		return table.get(path)
	}
}

/**
 * `failed`: ids of the steps of both sides that were not carried out, for whatever reason. A winner's side must not take the
 * version of a settled conflict as long as the loser's content is a conflict copy nowhere: that version has seen the loser's,
 * so the next sync would replace the loser as an old content, without a copy.
 */
export function settle(plan: Plan, failed: ReadonlySet<number>): Settled {
	const pending = new Set<RelPath>([...plan.leftAlone, ...plan.heldBack])
	const unsafe: Record<Side, Set<RelPath>> = {local: new Set(), remote: new Set()}
	const at = {local: byStepPath(plan.local), remote: byStepPath(plan.remote)}
	for (const side of ['local', 'remote'] as const) {
		for (const step of plan[side]) {
			if (!failed.has(step.id)) continue
			pending.add(step.path)
			if (step.keepAs === null) continue
			pending.add(step.keepAs.path)
			const winner = otherSide(side)
			const copy = at[winner](step.keepAs.path)
			if (copy === undefined || failed.has(copy.id)) unsafe[winner].add(step.path)
		}
	}
	const hold = (side: Side): AgreeStep[] =>
		plan[side].filter(
			(step): step is AgreeStep => step.do === 'agree' && !failed.has(step.id) && !unsafe[side].has(step.path),
		)
	return {agreements: {local: hold('local'), remote: hold('remote')}, pending: [...pending].sort()}
}
