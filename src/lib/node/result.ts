// What a sync came to, in the shape that `--json` prints. The contract: names and meanings are fixed.
import type {Problem} from '../core/entry.js'
import {parentOf, type RelPath} from '../core/paths.js'
import type {PlanStep} from '../core/plan.js'
import type {Disposition} from '../replica/prepare.js'
import type {RemoteDisposition, RoundOutcome} from '../session/round.js'

export interface SyncAction {
	readonly action:
		| 'push'
		| 'pull'
		| 'delete_local'
		| 'delete_remote'
		| 'rename_local'
		| 'rename_remote'
		| 'metadata_local'
		| 'metadata_remote'
		| 'conflict'
	readonly path: string
	/** Of a rename: the old path. */
	readonly from?: string
	/** Of a conflict: who keeps the name, and the other's new one. */
	readonly winner?: 'local' | 'remote'
	readonly copy?: string
}

export interface PeerResult {
	readonly host: string
	readonly port: number
	readonly name: string
	readonly fingerprint: string
}

export interface SyncResult {
	readonly ok: boolean
	readonly dry_run: boolean
	readonly peer: PeerResult
	/** Entries whose content or existence changed. */
	readonly pushed: number
	readonly pulled: number
	readonly deleted_local: number
	readonly deleted_remote: number
	readonly renamed: number
	/** Entries of which only mode or mtime changed. */
	readonly metadata: number
	readonly conflicts: readonly {readonly path: string; readonly winner: 'local' | 'remote'; readonly copy: string}[]
	readonly problems: readonly Problem[]
	readonly actions?: readonly SyncAction[]
	/** On the wire, TLS included. */
	readonly bytes_sent: number
	readonly bytes_received: number
	readonly duration_ms: number
}

export interface ResultFrame {
	readonly dryRun: boolean
	/** Put the actions into the result of a real run too. */
	readonly verbose: boolean
	readonly peer: PeerResult
	readonly bytesSent: number
	readonly bytesReceived: number
	readonly durationMs: number
}

type Side = Problem['side']
type How = {readonly how: Disposition['how']; readonly from: RelPath | null; readonly code: string}

const plain: How = {how: 'whole', from: null, code: ''}

function localHow(disposition: Disposition | undefined): How {
	if (disposition === undefined) return plain
	return {
		how: disposition.how,
		from: disposition.how === 'local' ? disposition.from : null,
		code: disposition.how === 'refused' ? disposition.code : '',
	}
}

const remoteHow = (disposition: RemoteDisposition | undefined): How => disposition ?? plain

/** One side's steps as actions: folders that were renamed with all their files count as renamed, not as made and deleted. */
function actionsOf(
	side: Side,
	steps: readonly PlanStep[],
	howOf: (step: PlanStep) => How,
	failed: ReadonlySet<number>,
): SyncAction[] {
	const done = steps
		.map((step) => ({step, how: howOf(step)}))
		.filter(({step, how}) => how.how !== 'refused' && !failed.has(step.id))
	const movedFrom = new Map<string, string>()
	const made = new Set<string>(done.filter(({step}) => step.do === 'mkdir').map(({step}) => step.path))
	const removed = new Set<string>(done.filter(({step}) => step.do === 'remove').map(({step}) => step.path))
	const renamedFolders = new Map<string, string>()
	for (const {step, how} of done) {
		if (how.how !== 'local' || how.from === null) continue
		if (removed.has(how.from)) movedFrom.set(how.from, step.path)
		let from = parentOf(how.from)
		let to = parentOf(step.path)
		while (from !== undefined && to !== undefined && removed.has(from) && made.has(to) && !renamedFolders.has(to)) {
			renamedFolders.set(to, from)
			movedFrom.set(from, to)
			from = parentOf(from)
			to = parentOf(to)
		}
	}
	const transfer = side === 'local' ? 'pull' : 'push'
	return done.flatMap(({step, how}): SyncAction[] => {
		const {path} = step
		if (how.how === 'nothing' || step.do === 'agree') return []
		if (how.how === 'meta') return [{action: `metadata_${side}`, path}]
		if (step.do === 'remove') return movedFrom.has(path) ? [] : [{action: `delete_${side}`, path}]
		const from = how.how === 'local' ? how.from : renamedFolders.get(path)
		return [from === null || from === undefined ? {action: transfer, path} : {action: `rename_${side}`, path, from}]
	})
}

/** Where a refused or failed step shows: at its path, on the side where the cause lies. Out of scope is no problem. */
function stepProblems({plan, local, remote, faults}: RoundOutcome): Problem[] {
	const problems: Problem[] = []
	const pathOf = new Map([...plan.local, ...plan.remote].map((step) => [step.id, step.path]))
	for (const [id, {side, fault}] of faults) {
		const path = pathOf.get(id)
		if (path !== undefined && fault.code !== 'IGNORED')
			problems.push({path, side, code: fault.code, message: fault.message})
	}
	for (const {step, disposition} of local.steps) {
		if (disposition.how !== 'refused' || disposition.code === 'IGNORED' || faults.has(step.id)) continue
		problems.push({path: step.path, side: 'local', code: disposition.code, message: refusedText})
	}
	for (const [id, {how, code}] of remote) {
		const path = pathOf.get(id)
		if (how !== 'refused' || code === 'IGNORED' || faults.has(id) || path === undefined) continue
		const [name = code, message] = code.split(': ', 2)
		problems.push({path, side: 'remote', code: name, message: message ?? refusedText})
	}
	for (const path of plan.leftAlone)
		problems.push({
			path,
			side: 'local',
			code: 'CONFLICT',
			message: 'it changed on both sides; filesync sync settles it, --force lets this command decide',
		})
	return problems
}

const refusedText = 'it could not be taken up in this sync; the next one tries again'

/** Counts a round. `ok` is true when nothing was left over that the user should know of. */
export function resultOf(outcome: RoundOutcome, frame: ResultFrame): SyncResult {
	const {plan, local, remote} = outcome
	const failed = new Set(outcome.faults.keys())
	const dispositions = new Map(local.steps.map(({step, disposition}) => [step.id, disposition]))
	const here = actionsOf('local', plan.local, (step) => localHow(dispositions.get(step.id)), failed)
	const there = actionsOf('remote', plan.remote, (step) => remoteHow(remote.get(step.id)), failed)
	const count = (actions: readonly SyncAction[], ...names: readonly SyncAction['action'][]) =>
		actions.filter(({action}) => names.includes(action)).length
	const problems = [...outcome.problems, ...stepProblems(outcome)]
	const {tooManyDeletions} = outcome
	if (tooManyDeletions !== null)
		problems.push({
			path: '.',
			side: tooManyDeletions.side,
			code: 'TOO_MANY_DELETIONS',
			message: `${tooManyDeletions.deletions} of ${tooManyDeletions.held} files would be deleted: a real run stops here unless it is given --allow-deletes`,
		})
	const lost = new Set([...plan.local, ...plan.remote].filter(({id}) => failed.has(id)).map(({path}) => path))
	const conflicts = plan.conflicts
		.filter(({path}) => !lost.has(path))
		.map(({path, winner, copy}) => ({path, winner, copy}))
	const actions: SyncAction[] = [
		...conflicts.map((conflict) => ({action: 'conflict' as const, ...conflict})),
		...here,
		...there,
	]
	return {
		ok: problems.length === 0,
		dry_run: frame.dryRun,
		peer: frame.peer,
		pushed: count(there, 'push'),
		pulled: count(here, 'pull'),
		deleted_local: count(here, 'delete_local'),
		deleted_remote: count(there, 'delete_remote'),
		renamed: count(here, 'rename_local') + count(there, 'rename_remote'),
		metadata: count(here, 'metadata_local') + count(there, 'metadata_remote'),
		conflicts,
		problems,
		...(frame.dryRun || frame.verbose ? {actions} : {}),
		bytes_sent: frame.bytesSent,
		bytes_received: frame.bytesReceived,
		duration_ms: frame.durationMs,
	}
}
