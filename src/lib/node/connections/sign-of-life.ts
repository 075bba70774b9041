// Detects a dead connection sooner than its heartbeat does.
import type {FileSyncError} from '../../errors/index.js'
import type {Conversation} from '../../session/conversation.js'

/** Time for an answer, or for queued bytes to leave (ms). A round trip on a slow line takes a few seconds. */
export const answerMs = 5000

/** Pings the peer; ends the conversation with `failure` if neither an answer comes nor queued bytes leave in time. */
export function endIfSilent(conversation: Conversation, failure: FileSyncError, withinMs = answerMs): void {
	if (conversation.failure !== undefined) return
	const {channel} = conversation
	const askedAt = performance.now()
	const {bytesSent, queuedBytes} = channel
	conversation.sendJson('ping', {atMs: Math.round(askedAt)})
	const judge = (): void => {
		stop()
		// The ping may wait behind queued content. If nothing was queued, bytes that leave prove nothing: the system buffers the ping.
		const hasLeft = queuedBytes > 0 && channel.bytesSent > bytesSent
		if (channel.isReading && channel.lastReceivedAt <= askedAt && !hasLeft) conversation.fail(failure)
	}
	// setImmediate: after the event loop was blocked, the timer fires before bytes that have arrived are read.
	const timer = setTimeout(() => setImmediate(judge), withinMs)
	timer.unref()
	const stop = conversation.onFailure(() => clearTimeout(timer))
}
