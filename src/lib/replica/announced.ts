// Steps that are about to be carried out, as the intents that the index keeps until their records are written. Pure.
import type {Hash} from '../core/entry.js'
import type {Intent} from '../core/intent.js'
import type {RelPath} from '../core/paths.js'
import type {PreparedStep} from './prepared.js'

/** A step that is about to be carried out; of a content that is staged its hash and its name there. */
export interface Announced {
	readonly item: PreparedStep
	readonly staged?: string | null
	readonly from?: RelPath | null
	readonly hash?: Hash | undefined
}

export function intentOf({item: {step, record}, staged = null, from = null, hash}: Announced): Intent {
	const {path, version, parts, keepAs} = step
	const state = step.state.kind === 'file' ? {...step.state, hash: hash ?? step.state.hash} : step.state
	return {path, before: record?.version ?? [], state, version, parts, keepAs, staged, from}
}
