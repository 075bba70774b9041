// Tells when the peer of a conversation is gone, and asks it for a sign of life before.
import {FileSyncError} from '../errors/index.js'
import type {Channel} from '../net/index.js'
import {protocolFault} from '../wire/fault.js'

/** A ping goes out when nothing came in for so long; after `deadMs` of silence the peer counts as gone. */
export const heartbeat = {pingMs: 15_000, deadMs: 45_000} as const

/** Heartbeat interval (ms), and consecutive bad beats before the conversation ends. */
const beatMs = heartbeat.pingMs / 3
const deadBeats = heartbeat.deadMs / beatMs

export interface HeartbeatParts {
	readonly channel: Channel
	/** Nothing is read at present: too many frames wait. */
	readonly isPaused: () => boolean
	readonly ping: () => void
	readonly fail: (error: FileSyncError) => void
}

export class Heartbeat {
	readonly #parts: HeartbeatParts
	readonly #timer: NodeJS.Timeout
	/** Beats in a row on which reading was paused, or bytes waited to be sent and none left. */
	#pausedBeats = 0
	#stuckBeats = 0
	/** On the last beat: bytes sent until then, whether more waited, and when some of those were seen to leave. */
	#sentBytes = 0
	#hadQueued = false
	#leftAt = 0

	/** Beats from now on, and does not keep the process alive. */
	constructor(parts: HeartbeatParts) {
		this.#parts = parts
		this.#timer = setInterval(() => this.#beat(), beatMs)
		this.#timer.unref()
	}

	stop(): void {
		clearInterval(this.#timer)
	}

	/**
	 * Bytes that were stuck and then left are a sign of life as much as bytes that came: on a slow line an answer waits
	 * behind the content on its way there. A ping alone is none: it leaves although nobody takes it.
	 */
	#beat(): void {
		const {channel, isPaused, ping, fail} = this.#parts
		const {bytesSent, queuedBytes, lastReceivedAt} = channel
		const hasLeft = this.#hadQueued && bytesSent > this.#sentBytes
		if (hasLeft) this.#leftAt = performance.now()
		this.#stuckBeats = this.#hadQueued && queuedBytes > 0 && !hasLeft ? this.#stuckBeats + 1 : 0
		this.#pausedBeats = isPaused() ? this.#pausedBeats + 1 : 0
		this.#sentBytes = bytesSent
		this.#hadQueued = queuedBytes > 0
		const silentMs = performance.now() - Math.max(lastReceivedAt, this.#leftAt)
		if (this.#stuckBeats >= deadBeats) fail(gone('the peer does not take what is sent to it'))
		else if (this.#pausedBeats >= deadBeats) fail(protocolFault('more frames than were due'))
		else if (isPaused() || silentMs < heartbeat.pingMs) return
		else if (silentMs > heartbeat.deadMs) fail(gone(`the peer has been silent for ${Math.round(silentMs / 1000)} s`))
		else ping()
	}
}

const gone = (message: string): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', message, ['run the command again: it goes on where it stopped'])
