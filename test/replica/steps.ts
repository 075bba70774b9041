// Short words for tables of steps and records. Not a test.

import type {DiskStamp, IndexRecord, State} from '../../src/lib/core/entries/entry.js'
import type {RelPath} from '../../src/lib/core/paths.js'
import type {Disposition} from '../../src/lib/core/plan/plan.js'
import {type PlanStep, stepTo} from '../../src/lib/core/plan/plan.js'
import type {PreparedStep} from '../../src/lib/replica/plan/prepared.js'
import {device, rel, v} from '../core/support.js'

/** Of device a, at second 9,000; each record takes seq 7. */
export const source = {device: device('a'), nowMs: () => 9_000_000, takeSeq: () => 7}

export const stamp = (more: Partial<DiskStamp> = {}): DiskStamp => ({
	size: 10,
	mtimeMs: 100_000,
	ctimeMs: 100_000,
	ino: 5,
	mode: 0o644,
	...more,
})

/** What this side's index holds of a path. */
export const record = (path: string, state: State, version = 'a1', disk = stamp()): IndexRecord => ({
	path: rel(path),
	state,
	version: v(version),
	seq: 3,
	disk: state.kind === 'gone' ? null : disk,
	racy: false,
	was: null,
})

export interface StepMore {
	readonly version?: string
	/** Keeps what stands there under this name. */
	readonly keep?: string
	/** Where the other side has the content. */
	readonly from?: string
}

/** A step that brings a path to a state. */
export function step(id: number, path: string, state: State, {version = 'a1 b1', keep, from}: StepMore = {}): PlanStep {
	const keepAs = keep === undefined ? null : {path: rel(keep), version: v('b1')}
	return stepTo(id, rel(path), state, v(version), undefined, keepAs, rel(from ?? path))
}

export const agree = (id: number, path: string, state: State, version = 'a1 b1'): PlanStep => ({
	id,
	do: 'agree',
	path: rel(path),
	state,
	version: v(version),
	keepAs: null,
})

export const prepared = (
	one: PlanStep,
	disposition: Disposition = {how: 'whole'},
	known?: IndexRecord,
): PreparedStep => ({step: one, record: known, disposition, standsAs: null})

export const byPath = (...records: readonly IndexRecord[]): ReadonlyMap<RelPath, IndexRecord> =>
	new Map(records.map((one) => [one.path, one]))

/** `whole`, `local from x`, `refused STALE`: a disposition in words. */
export function how(disposition: Disposition): string {
	if (disposition.how === 'local' || disposition.how === 'respelled')
		return `${disposition.how} from ${disposition.from}`
	return disposition.how === 'refused' ? `refused ${disposition.code}` : disposition.how
}
