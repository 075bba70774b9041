// One round of a running node on an open connection, in turn with all others, and what it came to.
import {TooManyDeletions} from '../../sync/deletions.js'
import type {RoundEnd, RoundEvent, RoundOptions} from '../../sync/events.js'
import type {NodeParts} from '../context.js'
import {WatcherPause} from '../folder/watcher-pause.js'
import type {ProblemNews} from '../status/problem-news.js'
import {heldBackIn, resultOfRounds, unforeseenIn} from '../use/sync-result.js'
import type {Connection} from './connection.js'
import type {Asking, Led} from './round-reports.js'

export interface LedHere extends Led {
	/** Nothing is news in a dry run. */
	readonly news: ProblemNews
}

/**
 * Runs `task`, which leads one round on the connection, with both folders for itself. Within `Connection.inTurn`.
 *
 * Two nodes may lead a round to each other in the same moment. So that neither waits for what the other holds, the folder of the device
 * with the smaller id is taken first: a leader with the greater one begins at the peer, and takes its own folder when its turn has come
 * there (decision 0029).
 */
export async function withFolders<T>(
	{replica, rounds}: NodeParts,
	connection: Connection,
	options: RoundOptions,
	task: () => Promise<T>,
): Promise<T> {
	if (replica.device > connection.acquaintance.device) await connection.begin(options)
	return rounds(() => {
		// It may have ended while this side's folder was in use.
		connection.conversation.signal.throwIfAborted()
		return task()
	})
}

/**
 * The peer hears what came of it before another round may begin. `request`: the peer's own for this round. Throws FileSyncError
 * when the round comes to nothing.
 */
export function leadOnce(
	parts: NodeParts,
	connection: Connection,
	options: RoundOptions,
	verbose: boolean,
	onEvent: (event: RoundEvent) => void,
	request: Asking | null = null,
): Promise<LedHere> {
	const {recorder, expireTrash} = parts
	return connection.inTurn(async () => {
		const startedAt = performance.now()
		const {bytesSent, bytesReceived} = connection.channel
		const outcomes = await connection.sync(options, () =>
			withFolders(parts, connection, options, () => leadHere(parts, connection, options, onEvent)),
		)
		if (!options.dryRun) expireTrash()
		const result = resultOfRounds(outcomes, {
			dryRun: options.dryRun,
			verbose,
			peer: connection.peer,
			bytesSent: connection.channel.bytesSent - bytesSent,
			bytesReceived: connection.channel.bytesReceived - bytesReceived,
			durationMs: Math.round(performance.now() - startedAt),
		})
		const led = {result, heldBack: heldBackIn(outcomes), unforeseen: unforeseenIn(outcomes, options)}
		if (!options.dryRun || request !== null) await connection.report(led, request)
		return {...led, news: options.dryRun ? {begun: [], over: []} : recorder.noteResult(result)}
	})
}

/** One round, with this folder for itself. */
async function leadHere(
	{replica, live, recorder, signal}: NodeParts,
	connection: Connection,
	options: RoundOptions,
	onEvent: (event: RoundEvent) => void,
): Promise<RoundEnd> {
	const tell = (event: RoundEvent): void => {
		watcherPause.onRoundEvent(event)
		recorder.onRoundEvent(event)
		onEvent(event)
	}
	const scan = () =>
		live.scan(signal, {
			isAsked: options.isAsked === true,
			onProgress: (entries) => tell({kind: 'scanning', entries}),
		})
	let isClean = false
	const watcherPause = new WatcherPause(live)
	recorder.beginRound()
	try {
		const outcome = await connection.lead(options, scan, tell)
		isClean = outcome.faults.size === 0
		return outcome
	} catch (error) {
		// With too many deletions the round stopped before it changed anything.
		isClean = error instanceof TooManyDeletions
		replica.noteFailure(error)
		throw error
	} finally {
		if (!isClean) live.distrust()
		watcherPause.over()
		recorder.endRound()
		void live.roundOver()
	}
}
