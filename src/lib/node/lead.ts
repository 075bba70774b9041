// One round of a running node on an open connection, in turn with all others, and what it came to.
import type {RoundEvent, RoundOptions} from '../session/round.js'
import type {Connection} from './connection.js'
import {Hush} from './hush.js'
import type {NodeParts} from './parts.js'
import {heldBackIn, resultOfRounds, type SyncResult, unforeseenIn} from './result.js'

export interface Led {
	readonly result: SyncResult
	/** Changes that a push or pull leaves to a sync. */
	readonly heldBack: number
	/** What the result of a dry run cannot show. */
	readonly unforeseen: string | undefined
}

/** Throws FileSyncError when the round comes to nothing. */
export function leadOnce(
	{replica, live, journal, rounds, expireTrash, signal}: NodeParts,
	connection: Connection,
	options: RoundOptions,
	verbose: boolean,
	onEvent: (event: RoundEvent) => void,
): Promise<Led> {
	return rounds(async () => {
		const startedAt = performance.now()
		const {bytesSent, bytesReceived} = connection.channel
		const tell = (event: RoundEvent): void => {
			hush.onRoundEvent(event)
			journal.onRoundEvent(event)
			onEvent(event)
		}
		let result: SyncResult | null = null
		let isClean = false
		const hush = new Hush(live)
		journal.beginRound()
		try {
			const scan = () =>
				live.scan(signal, {
					isAsked: options.isAsked === true,
					onProgress: (entries) => tell({kind: 'scanning', entries}),
				})
			const outcomes = await connection.sync(options, scan, tell)
			isClean = outcomes.every(({faults}) => faults.size === 0)
			if (!options.dryRun) expireTrash()
			result = resultOfRounds(outcomes, {
				dryRun: options.dryRun,
				verbose,
				peer: connection.peer,
				bytesSent: connection.channel.bytesSent - bytesSent,
				bytesReceived: connection.channel.bytesReceived - bytesReceived,
				durationMs: Math.round(performance.now() - startedAt),
			})
			return {result, heldBack: heldBackIn(outcomes), unforeseen: unforeseenIn(outcomes, options)}
		} catch (error) {
			replica.noteFailure(error)
			throw error
		} finally {
			if (!isClean) live.distrust()
			hush.over()
			journal.endRound(result)
			void live.roundOver()
		}
	})
}
