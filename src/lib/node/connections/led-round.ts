// Leads one round of a running node on an open connection, in turn with all others, and returns its result.
import {TooManyDeletions} from '../../sync/deletions.js'
import type {RoundEnd, RoundEvent, RoundOptions} from '../../sync/events.js'
import type {NodeContext} from '../context.js'
import {WatcherPause} from '../folder/watcher-pause.js'
import type {ProblemNews} from '../status/problem-news.js'
import type {Connection} from './connection.js'
import type {Asking, Led} from './round-reports.js'

export interface LedHere extends Led {
	/** Empty after a dry run. */
	readonly news: ProblemNews
}

/**
 * Runs `task`, which leads one round on the connection, with both folders locked for it. Call within `Connection.inTurn`.
 *
 * Two nodes may lead a round to each other at the same time. To avoid a deadlock, the folder of the device with the smaller id is locked
 * first: a leader with the greater id asks the peer first, and locks its own folder when the peer has locked its own (decision 0029).
 */
export async function withFolders<T>(
	{replica, rounds}: NodeContext,
	connection: Connection,
	options: RoundOptions,
	task: () => Promise<T>,
): Promise<T> {
	if (replica.device > connection.acquaintance.device) await connection.begin(options)
	return rounds(() => {
		// The connection may have ended while this side waited for its folder.
		connection.conversation.signal.throwIfAborted()
		return task()
	})
}

/**
 * Leads one round in turn, and sends its result to the peer before the next round may begin. `request`: the peer's, if it asked for this
 * round. Throws FileSyncError if the round fails.
 */
export function leadOnce(
	context: NodeContext,
	connection: Connection,
	options: RoundOptions,
	verbose: boolean,
	onEvent: (event: RoundEvent) => void,
	request: Asking | null = null,
): Promise<LedHere> {
	const {recorder, expireTrash} = context
	return connection.inTurn(async () => {
		const startedAt = performance.now()
		const {bytesSent, bytesReceived} = connection.channel
		const tally = await connection.sync({dryRun: options.dryRun, verbose}, (onPart) =>
			withFolders(context, connection, options, () => leadHere(context, connection, options, onEvent, onPart)),
		)
		if (!options.dryRun) expireTrash()
		const result = tally.result({
			peer: connection.peer,
			bytesSent: connection.channel.bytesSent - bytesSent,
			bytesReceived: connection.channel.bytesReceived - bytesReceived,
			durationMs: Math.round(performance.now() - startedAt),
		})
		const led = {result, heldBack: tally.heldBack, unforeseen: tally.unforeseen}
		if (!options.dryRun || request !== null) await connection.report(led, request)
		return {...led, news: options.dryRun ? {begun: [], over: []} : recorder.noteResult(result)}
	})
}

/** One round while this folder is locked for it. */
async function leadHere(
	{replica, live, recorder, signal}: NodeContext,
	connection: Connection,
	options: RoundOptions,
	onEvent: (event: RoundEvent) => void,
	onPart: (end: RoundEnd) => void,
): Promise<RoundEnd> {
	let isClean = true
	const noteClean = ({faults}: RoundEnd): void => {
		if (faults.size > 0) isClean = false
	}
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
	const watcherPause = new WatcherPause(live)
	recorder.beginRound()
	try {
		const outcome = await connection.lead(options, scan, tell, (end) => {
			noteClean(end)
			onPart(end)
		})
		noteClean(outcome)
		return outcome
	} catch (error) {
		// TOO_MANY_DELETIONS stops a round before it changes anything.
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
