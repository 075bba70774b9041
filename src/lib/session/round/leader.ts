// A round that this device leads over a conversation: the folder here and the peer's as the two sides of it.
import type {AgreedPoint} from '../../core/folder/agreement.js'
import {LocalSide} from '../../replica/local-side.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import type {RoundEnd, RoundEvent, RoundOptions} from '../../sync/events.js'
import {type LedRound, syncRound} from '../../sync/round.js'
import type {Conversation} from '../conversation.js'
import type {Acquaintance, Self} from '../greeting.js'
import {RemoteSide} from '../remote-side.js'
import {mostLeftOver} from './left-over.js'

/** Paths of one part of a first sync: some 25 MB on either side while it lasts. */
const usualPartPaths = 25_000

export interface LeaderParts {
	readonly conversation: Conversation
	readonly replica: Replica
	readonly self: Self
	readonly peer: Acquaintance
	/** The newest point both agreed on, or null: everything is compared. */
	readonly point: AgreedPoint | null
	readonly generation: number
	/** The follower was asked for this round along with the greeting. */
	readonly begun: boolean
	readonly mtimeSkewSec: number
	readonly onEvent: (event: RoundEvent) => void
	/** See `RoundContext`. */
	readonly partPaths?: number | undefined
	readonly onPart?: (end: RoundEnd) => void
	/** A scan already under way, or a way to start one. */
	readonly scan: () => Promise<ScanReport>
}

/** See `syncRound`. The conversation goes on afterwards, also after TOO_MANY_DELETIONS. */
export async function leadRound(parts: LeaderParts, options: RoundOptions): Promise<LedRound> {
	const {conversation, replica, self, peer, point, generation, begun, mtimeSkewSec, onEvent, scan} = parts
	const {onPart = () => {}, partPaths = usualPartPaths} = parts
	const {signal} = conversation
	const {nowMs, random, maxConcurrency, maxDeletePercent} = self
	const most = mostLeftOver(peer)
	const own = {maxConcurrency, maxDeletePercent, mostLeftOver: most, nowMs, onEvent, signal}
	const local = new LocalSide({replica, peer: peer.device, leads: true, point, scan, ...own})
	const isAsked = options.isAsked === true
	const remote = new RemoteSide({conversation, peer, point, generation, begun, isAsked, rules: replica.rules})
	try {
		return await syncRound(
			{
				local,
				remote,
				point,
				generation,
				names: {local: self.name, remote: peer.name},
				mtimeSkewSec,
				clockOffsetMs: peer.clockOffsetMs,
				maxDeletePercent: Math.min(maxDeletePercent, peer.maxDeletePercent),
				partPaths,
				onPart,
				mostLeftOver: most,
				nowMs,
				random,
				onEvent,
				signal,
			},
			options,
		)
	} finally {
		remote.close()
	}
}
