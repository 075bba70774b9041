// What a round is given: its two sides, what both agreed on before, and the surroundings. Types only.
import type {AgreedPoint} from '../core/folder/agreement.js'
import type {RoundEnd, RoundEvent} from './events.js'
import type {LeadingSide, Side} from './side.js'

export interface RoundContext {
	/** The side that leads. */
	readonly local: LeadingSide
	readonly remote: Side
	/** The newest point both agreed on, as the leading side has it, or null: everything is compared. */
	readonly point: AgreedPoint | null
	readonly generation: number
	readonly names: {readonly local: string; readonly remote: string}
	readonly mtimeSkewSec: number
	/** The other side's clock minus this one's. */
	readonly clockOffsetMs: number
	/** The smaller one of both sides' limits. */
	readonly maxDeletePercent: number
	/** Paths of one part of a plan that can be carried out in parts: bounds the memory of both sides. */
	readonly partPaths: number
	/** Told of each part but the last, once it is carried out. */
	readonly onPart: (end: RoundEnd) => void
	/** Most left-over paths with which a point is noted. */
	readonly mostLeftOver: number
	readonly nowMs: () => number
	readonly random: (bytes: number) => Uint8Array
	readonly onEvent: (event: RoundEvent) => void
	/** Aborted when the round is to end. */
	readonly signal: AbortSignal
}
