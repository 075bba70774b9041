// How this side will carry out a plan's steps: what needs a content from the peer, what is here already, what is refused.
// Changes nothing.
import {type Hash, type IndexRecord, isLive} from '../../core/entries/entry.js'
import {compareVersions} from '../../core/entries/versions.js'
import {sameContent, sameMetadata} from '../../core/folder/observe.js'
import {coveredBy, type RelPath} from '../../core/paths.js'
import type {Disposition, PlanStep, PutStep} from '../../core/plan/plan.js'
import {folderMoves} from './folder-moves.js'
import type {Prepared, PreparedStep} from './prepared.js'
import {respellingsIn, type Told, toldBy} from './respellings.js'

export interface PrepareScope {
	readonly isIgnored: (path: RelPath, isDir: boolean) => boolean
	/** True below folders that could not be read: nothing is known of what stands there. */
	readonly isUnknown: (path: RelPath) => boolean
	/** For each pair of paths: does this disk find what stands at the first under the second, too? */
	readonly areOneEntry: (
		pairs: readonly {readonly from: RelPath; readonly to: RelPath}[],
	) => Promise<readonly boolean[]>
}

const whole: Disposition = {how: 'whole'}
const nothing: Disposition = {how: 'nothing'}

/** A folder that cannot be listed can still be given the mode with which it can. */
const isOwnMode = (step: PlanStep, record: IndexRecord | undefined): boolean =>
	step.do === 'mkdir' && record?.state.kind === 'dir'

function disposition(step: PlanStep, record: IndexRecord | undefined, scope: PrepareScope): Disposition {
	const isDir = step.state.kind === 'dir' || (step.do === 'remove' && record?.state.kind === 'dir')
	if (scope.isIgnored(step.path, isDir)) return {how: 'refused', code: 'IGNORED'}
	if (scope.isUnknown(step.path) && !isOwnMode(step, record)) return {how: 'refused', code: 'UNREADABLE'}
	const order = compareVersions(step.version, record?.version ?? [])
	if (order !== 'after' && order !== 'equal') return {how: 'refused', code: 'STALE'}
	const present = record !== undefined && isLive(record.state)
	switch (step.do) {
		case 'agree':
			if (!present) return isLive(step.state) ? {how: 'refused', code: 'DIFFERS'} : nothing
			return sameContent(step.state, record.state) === false ? {how: 'refused', code: 'DIFFERS'} : nothing
		case 'remove':
			return present ? whole : nothing
		case 'put':
		case 'link':
		case 'mkdir':
			if (!present || sameContent(step.state, record.state) !== true) return whole
			return sameMetadata(step.state, record.state) ? nothing : {how: 'meta'}
	}
}

/**
 * Contents that this plan takes from their paths: removed, or replaced by something else. One that becomes a conflict copy
 * is not among them: its inode has a name to go to.
 */
function leavingContents(steps: readonly PreparedStep[]): Map<Hash, RelPath> {
	const leaving = new Map<Hash, RelPath>()
	for (const {
		step,
		record,
		disposition: {how},
	} of steps) {
		if (how !== 'whole' || step.keepAs !== null) continue
		if (record?.state.kind !== 'file' || record.state.hash === null || record.state.size === 0) continue
		if (!leaving.has(record.state.hash)) leaving.set(record.state.hash, step.path)
	}
	return leaving
}

const isPut = (step: PlanStep): step is PutStep => step.do === 'put'

/** Prepares steps (in path order, each path once) against this side's records of their paths. */
export async function prepare(
	steps: readonly PlanStep[],
	records: ReadonlyMap<RelPath, IndexRecord>,
	scope: PrepareScope,
): Promise<Prepared> {
	const disposed = steps.map((step): PreparedStep => {
		const record = records.get(step.path)
		return {step, record, disposition: disposition(step, record, scope), standsAs: null}
	})
	const pairs = respellingsIn(disposed)
	if (pairs.length === 0) return withLocal(disposed)
	const areOne = await scope.areOneEntry(pairs.map(({from, to}) => ({from: from.step.path, to: to.step.path})))
	return withLocal(withRespelled(disposed, records, toldBy(pairs, areOne)))
}

/** What is one entry here under two names is not removed and made anew: it takes the new spelling. */
function withRespelled(
	steps: readonly PreparedStep[],
	records: ReadonlyMap<RelPath, IndexRecord>,
	{standsAs, respelled, refused}: Told,
): readonly PreparedStep[] {
	return steps.map((item): PreparedStep => {
		const {step} = item
		const {path} = step
		if (refused.has(path)) return {...item, disposition: {how: 'refused', code: 'EXISTS'}}
		if (respelled.has(path)) return {...item, disposition: {how: 'respelled', from: path}}
		const from = standsAs.get(path)
		const old = from === undefined ? undefined : records.get(from)
		if (from === undefined || old === undefined) return item
		if (!respelled.has(from)) return {...item, record: undefined, standsAs: from}
		const isSame = sameContent(step.state, old.state) === true
		return {
			step,
			record: {...old, path, version: item.record?.version ?? [], parts: undefined},
			disposition: isSame ? {how: 'respelled', from} : whole,
			standsAs: from,
		}
	})
}

/** Contents that are here under another name are not asked for. */
function withLocal(first: readonly PreparedStep[]): Prepared {
	const leaving = leavingContents(first)
	if (leaving.size === 0) return {steps: first, deletions: deletionsIn(first, new Set())}
	const movedFrom = new Set<RelPath>()
	const prepared = first.map((item): PreparedStep => {
		const {step} = item
		if (item.disposition.how !== 'whole' || !isPut(step) || step.state.hash === null) return item
		const from = leaving.get(step.state.hash)
		if (from === undefined) return item
		movedFrom.add(from)
		return {...item, disposition: {how: 'local', from}}
	})
	const all = withEmpty(prepared, movedFrom)
	return {steps: all, deletions: deletionsIn(all, movedFrom)}
}

/** An empty file of a folder that moves whole comes along; by itself it would be made anew, as all of them are alike. */
function withEmpty(prepared: readonly PreparedStep[], movedFrom: Set<RelPath>): readonly PreparedStep[] {
	const from = new Map<PreparedStep, RelPath>()
	for (const {entries} of folderMoves(prepared))
		for (const {put, removal} of entries)
			if (isPut(put.step) && put.disposition.how === 'whole') from.set(put, removal.step.path)
	if (from.size === 0) return prepared
	for (const path of from.values()) movedFrom.add(path)
	return prepared.map((item) => {
		const path = from.get(item)
		return path === undefined ? item : {...item, disposition: {how: 'local', from: path}}
	})
}

/** Files and links that go for good. `movedFrom`: removed there and put elsewhere. */
function deletionsIn(steps: readonly PreparedStep[], movedFrom: ReadonlySet<RelPath>): number {
	let deletions = 0
	for (const {step, record, disposition} of steps) {
		if (step.do !== 'remove' || disposition.how !== 'whole' || step.keepAs !== null) continue
		if (record?.state.kind !== 'dir' && !movedFrom.has(step.path)) deletions++
	}
	return deletions
}

/**
 * Refuses steps on disks that were unmounted since the scan. Files put into the empty mount points would be hidden once the disks are
 * back, and the next scan would take them for deleted.
 * RACE: a disk that goes while the steps are carried out.
 */
export function withoutUnmounted(
	steps: readonly PreparedStep[],
	unmounted: readonly string[],
): readonly PreparedStep[] {
	if (unmounted.length === 0) return steps
	const isAway = coveredBy(unmounted)
	return steps.map(
		(item): PreparedStep =>
			isAway(item.step.path) ? {...item, disposition: {how: 'refused', code: 'MOUNT_MISSING'}} : item,
	)
}
