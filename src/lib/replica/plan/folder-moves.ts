// Which folders of a plan can take their new name whole: every entry moves to the same name below another folder, which is new here.
// Pure. Whether the disk still is as the index says is the writer's to see.
import {sameContent, sameMetadata} from '../../core/folder/observe.js'
import {nameOf, parentOf, type RelPath} from '../../core/paths.js'
import type {Disposition, PutStep} from '../../core/plan/plan.js'
import {isLiveRecord} from '../records.js'
import type {PreparedStep} from './prepared.js'

/** One entry of such a folder: what puts it there, and what takes it away here. */
export interface MovedEntry {
	readonly put: PreparedStep
	readonly removal: PreparedStep
}

export interface FolderMove {
	/** The step that makes the new folder. */
	readonly made: PreparedStep
	/** The step that takes the old one away. */
	readonly removal: PreparedStep
	readonly entries: readonly MovedEntry[]
}

/** A step by which a file comes from another name of this side. */
export type LocalStep = PreparedStep & {
	readonly step: PutStep
	readonly disposition: Extract<Disposition, {readonly how: 'local'}>
}

export const isLocalStep = (item: PreparedStep): item is LocalStep =>
	item.step.do === 'put' && item.disposition.how === 'local'

interface Target {
	readonly made: PreparedStep
	readonly arrivals: PreparedStep[]
}

/**
 * The moves in a plan's steps (in path order). Of each old folder all goes: what has no place in the new one would be left out, and
 * a content that another path takes as well would get a second name.
 */
export function folderMoves(prepared: readonly PreparedStep[]): FolderMove[] {
	if (!prepared.some(isLocalStep)) return []
	const targets = new Map<RelPath, Target>()
	const leaving = new Map<RelPath, PreparedStep>()
	/** Of each folder, how many of its entries leave. */
	const leavingIn = new Map<RelPath, number>()
	/** Files that come from a folder, by that folder. */
	const takers = new Map<RelPath, LocalStep[]>()
	for (const item of prepared) {
		const {step, record, disposition} = item
		const parent = parentOf(step.path)
		const isFree = !isLiveRecord(record)
		if (isLocalStep(item)) noteTaker(takers, item)
		if (disposition.how !== 'whole' && disposition.how !== 'local') continue
		if (step.do === 'mkdir' && isFree) targets.set(step.path, {made: item, arrivals: []})
		else if ((step.do === 'put' || step.do === 'link') && isFree && step.keepAs === null && parent !== undefined)
			targets.get(parent)?.arrivals.push(item)
		else if (step.do === 'remove' && step.keepAs === null) {
			leaving.set(step.path, item)
			if (parent !== undefined) leavingIn.set(parent, (leavingIn.get(parent) ?? 0) + 1)
		}
	}
	return [...targets.values()].flatMap(({made, arrivals}) => {
		const from = arrivals.find(isLocalStep)?.disposition.from
		const folder = from === undefined ? undefined : parentOf(from)
		const removal = folder === undefined ? undefined : leaving.get(folder)
		if (folder === undefined || removal?.record?.state.kind !== 'dir') return []
		const entries = arrivals.flatMap((put): MovedEntry[] => {
			const old = leaving.get(`${folder}/${nameOf(put.step.path)}` as RelPath)
			return old !== undefined && isSame(put, old) ? [{put, removal: old}] : []
		})
		const ids = new Set(entries.map(({put}) => put.step.id))
		const isWhole = entries.length === leavingIn.get(folder)
		const isTakenElsewhere = (takers.get(folder) ?? []).some(({step}) => !ids.has(step.id))
		return isWhole && !isTakenElsewhere ? [{made, removal, entries}] : []
	})
}

/** Is what is put just what is taken away, with its mode and mtime? */
const isSame = ({step}: PreparedStep, {record}: PreparedStep): boolean =>
	isLiveRecord(record) &&
	record.state.kind !== 'dir' &&
	record.state.kind === step.state.kind &&
	sameContent(step.state, record.state) === true &&
	sameMetadata(step.state, record.state)

function noteTaker(takers: Map<RelPath, LocalStep[]>, item: LocalStep): void {
	const folder = parentOf(item.disposition.from)
	if (folder === undefined) return
	const known = takers.get(folder)
	if (known === undefined) takers.set(folder, [item])
	else known.push(item)
}
