// The deletion limit in a round: the error that stops the round, and the round in which the deletions wait and everything else goes on.
import type {Problem} from '../core/entries/entry.js'
import type {Plan, PlanStep} from '../core/plan/plan.js'
import {FileSyncError} from '../errors/index.js'

type SideName = Problem['side']

/** A side of which a sync would delete too much. */
export interface TooMany {
	readonly side: SideName
	/** Files and links that would go, of so many that the side holds. */
	readonly deletions: number
	readonly held: number
}

const share = ({deletions, held}: TooMany): string =>
	`${deletions >= held ? 'every one of the' : `${deletions} of the`} ${held} files`

/** Nothing was changed on either side, and the connection can lead another round. */
export class TooManyDeletions extends FileSyncError {
	readonly excess: TooMany

	constructor(excess: TooMany, root: string) {
		const where = excess.side === 'local' ? `here, in ${root}` : 'on the peer'
		super('TOO_MANY_DELETIONS', `this sync would delete ${share(excess)} ${where}; nothing was changed`, [
			'look at what would go: filesync sync --dry-run',
			'if the deletions are meant, run once with --allow-deletes',
			'to raise the limit for good, set max_delete_percent in the config (100: off)',
		])
		this.excess = excess
	}
}

/** What the result of a round says of deletions that waited in it. */
export const waitingProblem = (excess: TooMany): Problem => ({
	path: '.',
	side: excess.side,
	code: 'TOO_MANY_DELETIONS',
	message: `${share(excess)} would be deleted; these deletions wait while all else is synced. If they are meant: filesync sync --allow-deletes`,
})

/** A file that becomes a conflict copy is no deletion. */
const deletes = ({do: what, keepAs}: PlanStep): boolean => what === 'remove' && keepAs === null

/** The plan without the deletions on these sides: their paths are left to a later sync. */
export function withoutDeletions(plan: Plan, waiting: readonly TooMany[]): Plan {
	if (waiting.length === 0) return plan
	const sides = new Set(waiting.map(({side}) => side))
	const kept = (side: SideName, steps: readonly PlanStep[]): readonly PlanStep[] =>
		sides.has(side) ? steps.filter((step) => !deletes(step)) : steps
	const left = [...(sides.has('local') ? plan.local : []), ...(sides.has('remote') ? plan.remote : [])].filter(deletes)
	return {
		...plan,
		local: kept('local', plan.local),
		remote: kept('remote', plan.remote),
		heldBack: [...plan.heldBack, ...left.map(({path}) => path)],
	}
}
