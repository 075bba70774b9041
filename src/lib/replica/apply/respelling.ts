// Carries out the renames in case or Unicode form of a plan, on a disk that takes both names for one: before anything else, so that
// all other steps find what stands under the name that they speak of.
import type {IndexRecord} from '../../core/entries/entry.js'
import type {VersionVector} from '../../core/entries/versions.js'
import type {Intent} from '../../core/folder/intent.js'
import {sameMetadata} from '../../core/folder/observe.js'
import type {RelPath} from '../../core/paths.js'
import {stepTo} from '../../core/plan/plan.js'
import type {RespellTask, TaskResult, Thread} from '../../tree/index.js'
import type {PreparedStep} from '../plan/prepared.js'
import {isLiveRecord} from '../records.js'
import {intentOf, type Noted} from './intent-log.js'
import {occupantOf} from './tasks.js'

export interface RespellingParts {
	readonly prepared: readonly PreparedStep[]
	readonly writer: () => Thread
	readonly takeSeq: () => number
	/** Cuts a long list into calls of bounded length. */
	readonly inCalls: <T>(list: readonly T[], call: (some: readonly T[]) => Promise<void>) => Promise<void>
	/** The index learns what is about to be done. */
	readonly announce: (items: readonly PreparedStep[], intents: readonly Intent[]) => Promise<Noted>
	/** Writes records of paths whose step is not done. */
	readonly write: (records: readonly IndexRecord[]) => Promise<void>
	/** Tells the index, and whoever listens. */
	readonly settle: (results: readonly TaskResult[], noted: Noted) => Promise<void>
}

type Respelled = PreparedStep & {readonly standsAs: RelPath}

const isRespelled = (item: PreparedStep): item is Respelled => item.standsAs !== null && item.record !== undefined

/** What must go before something else can have a name that the disk takes for the same. */
export const inTheWay = (prepared: readonly PreparedStep[]): ReadonlySet<RelPath> =>
	new Set(prepared.flatMap(({standsAs, record}) => (standsAs === null || record !== undefined ? [] : [standsAs])))

/** Renames each such entry in one call, with its intents noted before. A step whose content or kind differs is finished by later stages. */
export async function carryOutRespellings(parts: RespellingParts): Promise<void> {
	const {prepared, writer, inCalls, announce, settle} = parts
	const items = prepared.filter(isRespelled)
	if (items.length === 0) return
	const removals = new Map<RelPath, PreparedStep>()
	for (const item of prepared)
		if (item.step.do === 'remove' && item.disposition.how === 'respelled') removals.set(item.step.path, item)
	await inCalls(items, async (some) => {
		const announced: PreparedStep[] = []
		const intents: Intent[] = []
		for (const item of some) {
			const respelled = asRespelled(item)
			announced.push(respelled)
			intents.push(intentOf(respelled, null, item.standsAs))
			const removal = removals.get(item.standsAs)
			if (removal === undefined) continue
			announced.push(removal)
			intents.push(intentOf(removal))
		}
		const noted = await announce(announced, intents)
		const results = await writer().call('respell', {tasks: some.flatMap(respellTask)})
		const disks = new Map(results.map((result) => [result.id, result]))
		const settled: TaskResult[] = []
		const interim: IndexRecord[] = []
		for (const item of some) {
			const {step, record, disposition, standsAs} = item
			const result = disks.get(step.id)
			if (result === undefined) continue
			const {fault, disk} = result
			const removal = removals.get(standsAs)
			if (removal !== undefined) settled.push({id: removal.step.id, fault, disk: null, kept: null})
			if (record === undefined || fault !== null) item.record = undefined
			else if (disposition.how === 'respelled') item.record = {...record, disk}
			else {
				item.record = {...record, version: unseen, seq: parts.takeSeq(), disk, was: null}
				interim.push(item.record)
			}
			if (disposition.how === 'respelled') settled.push(result)
		}
		if (interim.length > 0) await parts.write(interim)
		await settle(settled, noted)
	})
}

/** Older than anything that the peer has under the name: what stands there stands there until the step's own content comes. */
const unseen: VersionVector = []

/** The step as far as it is done by the new spelling alone. */
function asRespelled(item: Respelled): PreparedStep {
	const {step, record, disposition} = item
	if (disposition.how === 'respelled' || !isLiveRecord(record)) return item
	return {...item, step: stepTo(step.id, step.path, record.state, unseen, undefined, null, step.path)}
}

function respellTask({step, record, disposition, standsAs}: Respelled): RespellTask[] {
	const occupant = occupantOf(record)
	if (occupant === null || !isLiveRecord(record) || step.do === 'remove' || step.do === 'agree') return []
	const {state} = step
	const isMeta = disposition.how === 'respelled' && !sameMetadata(state, record.state)
	const look = isMeta ? {mode: state.kind === 'symlink' ? 0 : state.mode, mtime: state.mtime} : null
	return [{id: step.id, from: standsAs, to: step.path, occupant, look}]
}
