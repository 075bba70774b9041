// A plan's steps as one side will carry them out: what passes from `prepare` to the applier.
import type {IndexRecord} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'
import type {PlanStep} from '../core/plan.js'

/**
 * - `whole`: all of it, a file's content from the peer.
 * - `nothing`: the disk is so already, the index learns the version.
 * - `meta`: mode and mtime only.
 * - `local`: the content is here under `from`, which this plan takes away or replaces.
 * - `refused`: not done; `code` says why (IGNORED: out of this side's scope, which is no problem).
 */
export type Disposition =
	| {readonly how: 'whole' | 'nothing' | 'meta'}
	| {readonly how: 'local'; readonly from: RelPath}
	| {readonly how: 'refused'; readonly code: 'IGNORED' | 'STALE' | 'UNREADABLE' | 'DIFFERS' | 'MOUNT_MISSING'}

export interface PreparedStep {
	readonly step: PlanStep
	readonly record: IndexRecord | undefined
	readonly disposition: Disposition
}

export interface Prepared {
	/** In path order. */
	readonly steps: readonly PreparedStep[]
	/** Files and links that go away for good: removed and not moved elsewhere here. */
	readonly deletions: number
}
