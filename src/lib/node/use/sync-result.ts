// The result of a sync in the shape that `--json` prints. Names and meanings are a contract with users' scripts.
import type {Problem} from '../../core/entries/entry.js'
import {parentOf, type RelPath} from '../../core/paths.js'
import type {Disposition, PlanStep} from '../../core/plan/plan.js'
import type {RoundEnd} from '../../sync/events.js'

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
	/** The old path of a rename. */
	readonly from?: string
	/** Which side's content keeps the name in a conflict, and the path of the conflict copy. */
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
	/** Entries whose mode or mtime alone changed. */
	readonly metadata: number
	readonly conflicts: readonly {readonly path: string; readonly winner: 'local' | 'remote'; readonly copy: string}[]
	readonly problems: readonly Problem[]
	readonly actions?: readonly SyncAction[]
	/** On the wire, TLS included. */
	readonly bytes_sent: number
	readonly bytes_received: number
	readonly duration_ms: number
}

/** How many paths each action was done to. */
export type Counts = Pick<SyncResult, 'pushed' | 'pulled' | 'deleted_local' | 'deleted_remote' | 'renamed' | 'metadata'>

/** The counts alone, in the order in which every result prints them. */
export const countsOf = ({pushed, pulled, deleted_local, deleted_remote, renamed, metadata}: SyncResult): Counts => ({
	pushed,
	pulled,
	deleted_local,
	deleted_remote,
	renamed,
	metadata,
})

export interface ResultFrame {
	readonly dryRun: boolean
	/** Put the actions into the result of a real run, too. */
	readonly verbose: boolean
	readonly peer: PeerResult
	readonly bytesSent: number
	readonly bytesReceived: number
	readonly durationMs: number
}

type Side = Problem['side']
/** How a step is counted, and the local path that its content comes from. */
type How = {readonly how: Disposition['how']; readonly from: RelPath | null}

function dispositionHow(step: PlanStep, disposition: Disposition | undefined): How {
	if (disposition === undefined) return {how: 'whole', from: null}
	// A respelling counts as a rename; the removal of the old name is part of it.
	if (disposition.how === 'respelled')
		return step.do === 'remove' ? {how: 'nothing', from: null} : {how: 'local', from: disposition.from}
	return {how: disposition.how, from: disposition.how === 'local' ? disposition.from : null}
}

/** Old names of renamed paths: of files by their content, of folders if everything in them moved. */
interface Renames {
	readonly newNames: ReadonlyMap<string, string>
	readonly oldNames: ReadonlySet<string>
}

type HowOf = (step: PlanStep) => How | undefined

function renamesOf(steps: readonly PlanStep[], howOf: HowOf): Renames {
	const moved = steps.flatMap((step) => {
		const from = howOf(step)?.from ?? null
		return from === null ? [] : [{from, to: step.path}]
	})
	const newNames = new Map<string, string>()
	const oldNames = new Set<string>()
	if (moved.length === 0) return {newNames, oldNames}
	const carriedOut = steps.filter((step) => howOf(step) !== undefined)
	const made = new Set<string>(carriedOut.filter((step) => step.do === 'mkdir').map(({path}) => path))
	const removed = new Set<string>(carriedOut.filter((step) => step.do === 'remove').map(({path}) => path))
	for (const {from, to} of moved) {
		newNames.set(to, from)
		if (removed.has(from)) oldNames.add(from)
		let [oldFolder, newFolder] = [parentOf(from), parentOf(to)]
		while (oldFolder !== undefined && newFolder !== undefined && removed.has(oldFolder) && made.has(newFolder)) {
			if (newNames.has(newFolder)) break
			newNames.set(newFolder, oldFolder)
			oldNames.add(oldFolder)
			oldFolder = parentOf(oldFolder)
			newFolder = parentOf(newFolder)
		}
	}
	return {newNames, oldNames}
}

/** One side's steps as actions; a generator, because a first sync has one per file. `howOf` returns undefined: not carried out. */
function* actionsOf(side: Side, steps: readonly PlanStep[], howOf: HowOf): Generator<SyncAction, void> {
	const {newNames, oldNames} = renamesOf(steps, howOf)
	const transfer = side === 'local' ? 'pull' : 'push'
	for (const step of steps) {
		const how = howOf(step)?.how
		const {path} = step
		if (how === undefined || how === 'nothing' || step.do === 'agree') continue
		const from = newNames.get(path)
		if (how === 'meta') yield {action: `metadata_${side}`, path}
		else if (step.do === 'remove') {
			if (!oldNames.has(path)) yield {action: `delete_${side}`, path}
		} else yield from === undefined ? {action: transfer, path} : {action: `rename_${side}`, path, from}
	}
}

/** The problems of refused and failed steps, on the side where the cause is. A path out of scope is no problem. */
function stepProblems({plan, local, remote, faults}: RoundEnd): Problem[] {
	const problems: Problem[] = []
	if (faults.size === 0 && remote.size === 0 && local.size === 0 && plan.leftAlone.length === 0) return problems
	// Most rounds have no problem at all.
	let paths: ReadonlyMap<number, RelPath> | undefined
	const pathOf = (id: number): RelPath | undefined => {
		paths ??= new Map([...plan.local, ...plan.remote].map((step) => [step.id, step.path]))
		return paths.get(id)
	}
	for (const [id, {side, fault}] of faults) {
		const path = pathOf(id)
		if (path !== undefined && fault.code !== 'IGNORED')
			problems.push({path, side, code: fault.code, message: fault.message})
	}
	for (const [side, dispositions] of [
		['local', local],
		['remote', remote],
	] as const)
		for (const [id, disposition] of dispositions) {
			if (disposition.how !== 'refused' || disposition.code === 'IGNORED' || faults.has(id)) continue
			const path = pathOf(id)
			if (path === undefined) continue
			const [code = disposition.code, message = refusedText] = disposition.code.split(': ', 2)
			problems.push({path, side, code, message})
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

/** The result of one round. `ok`: no path was left over that the user must know of. */
export function resultOf(outcome: RoundEnd, frame: ResultFrame): SyncResult {
	const {plan, local, remote} = outcome
	const failed = new Set(outcome.faults.keys())
	const carriedOut = (step: PlanStep, how: How): How | undefined =>
		how.how === 'refused' || failed.has(step.id) ? undefined : how
	const here = actionsOf('local', plan.local, (step) => carriedOut(step, dispositionHow(step, local.get(step.id))))
	const there = actionsOf('remote', plan.remote, (step) => carriedOut(step, dispositionHow(step, remote.get(step.id))))
	const wanted = frame.dryRun || frame.verbose
	const actions: SyncAction[] = []
	const counts = new Map<SyncAction['action'], number>()
	for (const side of [here, there]) {
		for (const action of side) {
			counts.set(action.action, (counts.get(action.action) ?? 0) + 1)
			if (wanted) actions.push(action)
		}
	}
	const count = (...names: readonly SyncAction['action'][]) =>
		names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
	const problems = [...outcome.problems, ...stepProblems(outcome)]
	const {tooManyDeletions} = outcome
	if (tooManyDeletions !== null)
		problems.push({
			path: '.',
			side: tooManyDeletions.side,
			code: 'TOO_MANY_DELETIONS',
			message: `${tooManyDeletions.deletions} of ${tooManyDeletions.held} files would be deleted: a real run stops here unless it is given --allow-deletes`,
		})
	const isLost = ({id}: PlanStep) => failed.has(id)
	const lost = new Set([...plan.local.filter(isLost), ...plan.remote.filter(isLost)].map(({path}) => path))
	const conflicts = plan.conflicts
		.filter(({path}) => !lost.has(path))
		.map(({path, winner, copy}) => ({path, winner, copy}))
	const settled = conflicts.map((conflict): SyncAction => ({action: 'conflict', ...conflict}))
	return {
		ok: problems.length === 0,
		dry_run: frame.dryRun,
		peer: frame.peer,
		pushed: count('push'),
		pulled: count('pull'),
		deleted_local: count('delete_local'),
		deleted_remote: count('delete_remote'),
		renamed: count('rename_local', 'rename_remote'),
		metadata: count('metadata_local', 'metadata_remote'),
		conflicts,
		problems,
		...(wanted ? {actions: [...settled, ...actions]} : {}),
		bytes_sent: frame.bytesSent,
		bytes_received: frame.bytesReceived,
		duration_ms: frame.durationMs,
	}
}
