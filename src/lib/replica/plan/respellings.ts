// Which paths of a plan are one entry of this disk under another spelling: a rename in case or Unicode form alone, on a disk that folds
// it. Pure: the disk's answer comes in.
import {sameContent} from '../../core/folder/observe.js'
import {foldedName} from '../../core/folder/spelling.js'
import {parentOf, type RelPath} from '../../core/paths.js'
import {isLiveRecord} from '../records.js'
import type {PreparedStep} from './prepared.js'

/** What is removed at `from` and what comes to `to` may be one entry. */
export interface Respelling {
	readonly from: PreparedStep
	readonly to: PreparedStep
}

const isLeaving = ({step, record, disposition: {how}}: PreparedStep): boolean =>
	step.do === 'remove' && how === 'whole' && step.keepAs === null && isLiveRecord(record)

const isComing = ({step, record, disposition: {how}}: PreparedStep): boolean =>
	(step.do === 'put' || step.do === 'link' || step.do === 'mkdir') && how === 'whole' && !isLiveRecord(record)

/** A folder takes the name of a folder alone: else what stands there goes before, and all below it. */
const fits = (from: PreparedStep, to: PreparedStep): boolean =>
	(from.record?.state.kind === 'dir') === (to.step.do === 'mkdir')

const isSame = ({record}: PreparedStep, {step}: PreparedStep): boolean =>
	record !== undefined && sameContent(step.state, record.state) === true

/** Pairs that only the disk can tell, in path order of what comes. */
export function respellingsIn(steps: readonly PreparedStep[]): readonly Respelling[] {
	const leaving = new Map<string, PreparedStep | null>()
	for (const item of steps) {
		if (!isLeaving(item)) continue
		const key = foldedName(item.step.path)
		// Two that stand beside each other are two.
		leaving.set(key, leaving.has(key) ? null : item)
	}
	if (leaving.size === 0) return []
	const pairs = new Map<string, Respelling>()
	for (const to of steps) {
		if (!isComing(to)) continue
		const key = foldedName(to.step.path)
		const from = leaving.get(key)
		if (from === undefined || from === null) continue
		// One name can be had; it is that of the content that is here.
		const known = pairs.get(key)
		if (known === undefined || (!isSame(from, known.to) && isSame(from, to))) pairs.set(key, {from, to})
	}
	return [...pairs.values()].sort((a, b) => (a.to.step.path < b.to.step.path ? -1 : 1))
}

export interface Told {
	/** Of what comes, the path under which it stands here. */
	readonly standsAs: ReadonlyMap<RelPath, RelPath>
	/** Old paths of those that take the new spelling; the others go first. */
	readonly respelled: ReadonlySet<RelPath>
	/** Both paths of those whose folder stays under its name: it would be in the way of its twin. */
	readonly refused: ReadonlySet<RelPath>
}

/** `pairs` as `respellingsIn` gives them; `areOne`: what the disk says of each. */
export function toldBy(pairs: readonly Respelling[], areOne: readonly boolean[]): Told {
	const standsAs = new Map<RelPath, RelPath>()
	const respelled = new Set<RelPath>()
	const refused = new Set<RelPath>()
	for (const [i, {from, to}] of pairs.entries()) {
		if (areOne[i] !== true) continue
		const [old, path] = [from.step.path, to.step.path]
		const [oldFolder, folder] = [parentOf(old), parentOf(path)]
		if (
			oldFolder === folder ||
			(folder !== undefined && respelled.has(oldFolder ?? folder) && standsAs.get(folder) === oldFolder)
		) {
			standsAs.set(path, old)
			if (fits(from, to)) respelled.add(old)
		} else refused.add(path).add(old)
	}
	return {standsAs, respelled, refused}
}
