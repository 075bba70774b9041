// One sync of two replicas in memory with the real observe, reconcile, stagesOf and settle. Fails at every breach of a strict disk.

import {compareVersions} from '../../../src/lib/core/entries/versions.js'
import type {RelPath} from '../../../src/lib/core/paths.js'
import {otherSide, type Side} from '../../../src/lib/core/plan/conflict.js'
import {needsHash, type Pair} from '../../../src/lib/core/plan/decide.js'
import type {Direction, Plan, PlanStep} from '../../../src/lib/core/plan/plan.js'
import {reconcile} from '../../../src/lib/core/plan/reconcile.js'
import {settle} from '../../../src/lib/core/plan/settle.js'
import type {Replica} from './replica.js'
import {Breach, editsOf, type Sides, Worker} from './worker.js'

/** One side loses power: `done` disk steps, of which only `noted` are in its index; `half`: the next one only displaced. */
export interface Crash {
	readonly side: Side
	readonly done: number
	readonly noted: number
	readonly half: boolean
	/** How many steps the other side finishes, index and all. */
	readonly otherDone: number
}

export interface RoundOptions {
	readonly nowSec: number
	readonly direction: Direction
	readonly force: boolean
	readonly mtimeSkewSec: number
	/** True for the id of a step that fails without touching anything. */
	readonly fails: (id: number) => boolean
	readonly crash: Crash | null
	/** The agreement is not used: everything is compared. */
	readonly full: boolean
}

export const calm: RoundOptions = {
	nowSec: 0,
	direction: 'both',
	force: false,
	mtimeSkewSec: 2,
	fails: () => false,
	crash: null,
	full: false,
}

function changedSince(replica: Replica, seq: number, pending: Iterable<RelPath>): Set<RelPath> {
	const paths = new Set(pending)
	for (const {path, seq: own} of replica.index.values()) if (own > seq) paths.add(path)
	return paths
}

/** The plan of a sync that `local` leads, both scanned. */
export function planOf({local, remote}: Sides, options: RoundOptions): Plan {
	const point = options.full ? undefined : local.agreements.get(remote.device)
	const known = remote.agreements.get(local.device)
	const both = point !== undefined && known !== undefined
	const fromRemote = changedSince(remote, both ? point.theirs : 0, both ? point.pending : [])
	const paths = new Set([...changedSince(local, both ? point.mine : 0, both ? point.pending : []), ...fromRemote])
	for (;;) {
		const pairAt = (path: RelPath): Pair => ({
			path,
			local: local.index.get(path) ?? null,
			remote: both && !fromRemote.has(path) ? 'agreed' : (remote.index.get(path) ?? null),
		})
		const pairs: Pair[] = []
		for (const path of [...paths].sort()) {
			if (needsHash(pairAt(path))) {
				local.hash(path)
				remote.hash(path)
			}
			pairs.push(pairAt(path))
		}
		const nowSec = options.nowSec + local.skewSec
		const plan = reconcile(pairs, {
			device: local.device,
			nowSec,
			direction: options.direction,
			force: options.force,
			rules: {
				mtimeSkewSec: options.mtimeSkewSec,
				clockOffsetSec: remote.skewSec - local.skewSec,
				names: {local: local.name, remote: remote.name},
			},
			standing: (path) =>
				[local, remote].flatMap((side) => {
					side.hash(path)
					const record = side.index.get(path)
					return record === undefined ? [] : [record.state]
				}),
		})
		if (plan.unknown.length === 0) return plan
		for (const path of plan.unknown) {
			if (fromRemote.has(path)) throw new Breach(`${path} is asked for twice`)
			fromRemote.add(path)
			paths.add(path)
		}
	}
}

/** Each path of a side in one step, in order, every version at or after the one that stands there. */
function inspect(side: Replica, steps: readonly PlanStep[]): void {
	const taken = new Set<RelPath>()
	const claim = (path: RelPath, version: PlanStep['version']): void => {
		if (taken.has(path)) throw new Breach(`${side.name} ${path}: two steps`)
		taken.add(path)
		const order = compareVersions(version, side.index.get(path)?.version ?? [])
		if (order !== 'after' && order !== 'equal')
			throw new Breach(`${side.name} ${path}: its version would go back (${order})`)
	}
	let last = ''
	for (const {path, version, keepAs} of steps) {
		if (path <= last) throw new Breach(`${side.name} ${path}: not in path order`)
		last = path
		claim(path, version)
		if (keepAs !== null) claim(keepAs.path, keepAs.version)
	}
}

/** A false conflict: one side's content had seen the other's. */
function assertReal({local, remote}: Sides, plan: Plan): void {
	for (const {path, winner} of plan.conflicts) {
		const [won, lost] = winner === 'local' ? [local, remote] : [remote, local]
		const above = [...won.index.keys()].filter((other) => other === path || other.startsWith(`${path}/`))
		const isNews = above.some((other) => [...won.knows(other)].some((edit) => !lost.knows(other).has(edit)))
		const isUnseen = [...lost.knows(path)].some((edit) => !won.knows(path).has(edit))
		if (!isNews || !isUnseen) throw new Breach(`${path}: a conflict where one side had seen the other`)
	}
}

export interface RoundResult {
	readonly plan: Plan
	readonly failed: ReadonlySet<number>
	readonly crashed: boolean
}

/** A whole sync: scan, plan, carry out, note the agreement. `real`: conflicts must be between edits that did not know each other. */
export function round(local: Replica, remote: Replica, options: RoundOptions, real = true): RoundResult {
	const sides: Sides = {local, remote}
	local.scan(options.nowSec)
	remote.scan(options.nowSec)
	const before = {local: local.disk.contents(), remote: remote.disk.contents()}
	const plan = planOf(sides, options)
	inspect(local, plan.local)
	inspect(remote, plan.remote)
	if (real) assertReal(sides, plan)
	const edits = editsOf(sides, plan)
	const workers = {
		local: new Worker(local, remote, plan.local, edits),
		remote: new Worker(remote, local, plan.remote, edits),
	}
	const {crash} = options
	for (const side of ['local', 'remote'] as const) {
		const worker = workers[side]
		const isHit = crash?.side === side
		const most = crash === null ? worker.steps.length : isHit ? crash.done : crash.otherDone
		for (const [i, step] of worker.steps.slice(0, most).entries()) {
			const done = worker.do(step, options.fails(step.id))
			if (done && (!isHit || i < crash.noted)) worker.note(step)
		}
		const next = worker.steps[most]
		if (isHit && crash.half && next !== undefined) worker.do(next, false, true)
		const after = sides[side].disk.contents()
		for (const content of before[side])
			if (!after.has(content) && !sides[side].disk.trash.includes(content))
				throw new Breach(`${content} vanished from ${side}`)
	}
	const failed = new Set([...workers.local.failed, ...workers.remote.failed])
	if (crash !== null) return {plan, failed, crashed: true}
	for (const side of ['local', 'remote'] as const) for (const {id} of plan[side]) if (options.fails(id)) failed.add(id)
	const {agreements, pending} = settle(plan, failed)
	for (const side of ['local', 'remote'] as const) for (const step of agreements[side]) workers[side].agree(step)
	for (const side of ['local', 'remote'] as const) {
		const [me, peer] = [sides[side], sides[otherSide(side)]]
		me.agreements.set(peer.device, {mine: me.seq, theirs: peer.seq, pending: new Set(pending)})
	}
	return {plan, failed, crashed: false}
}
