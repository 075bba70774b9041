// Ends a connection that is dead and has not noticed, sooner than its heartbeat would.
import type {FileSyncError} from '../../errors/index.js'
import type {Conversation} from '../../session/conversation.js'

/** The peer must answer, or take bytes that wait, within so long (ms). A slow line takes a few seconds for a round trip. */
export const answerMs = 5000

/** Asks the peer for a sign of life and ends the conversation with `failure` if none comes. One that is alive is left alone. */
export function endIfSilent(conversation: Conversation, failure: FileSyncError, withinMs = answerMs): void {
	if (conversation.failure !== undefined) return
	const {channel} = conversation
	const askedAt = performance.now()
	const {bytesSent, queuedBytes} = channel
	conversation.sendJson('ping', {atMs: Math.round(askedAt)})
	const judge = (): void => {
		stop()
		// An answer may wait behind content on its way there. A ping alone is no sign: it leaves although nobody takes it.
		const hasLeft = queuedBytes > 0 && channel.bytesSent > bytesSent
		if (channel.isReading && channel.lastReceivedAt <= askedAt && !hasLeft) conversation.fail(failure)
	}
	// After a thread that was busy has read what came meanwhile.
	const timer = setTimeout(() => setImmediate(judge), withinMs)
	timer.unref()
	const stop = conversation.onFailure(() => clearTimeout(timer))
}
