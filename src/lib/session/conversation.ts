// One conversation over one channel: typed frames out, frames in by handler or in order, heartbeat, the peer's errors as errors.
// Knows no rules of a sync.
import {FileSyncError, isErrorCode, messageOf, PeerError} from '../errors/index.js'
import type {Channel} from '../net/index.js'
import {type FrameName, type FrameType, frame, frameName, wireLimits} from '../wire/codes.js'
import {deflated, inflated} from '../wire/deflate.js'
import {protocolFault} from '../wire/fault.js'
import {toJson} from '../wire/json.js'
import {decode, ErrorMessage} from '../wire/messages.js'
import {Heartbeat} from './heartbeat.js'

/**
 * Frames that wait for their reader; beyond it the channel is paused. No part of a conversation leaves as many unread for
 * long: what comes in bulk is read as it comes, or has a handler.
 */
const maxWaiting = 16
/** The same in bytes: a deflated frame is small on the wire and large here. */
const maxWaitingBytes = 16 * 1024 * 1024

/**
 * Of the rows so many bytes are deflated on any line: 6 to 13 ms, and most syncs are done with them. What comes behind them only on
 * a slow one, where it saves more time than it takes.
 */
const deflateFirstBytes = 1024 * 1024
/** Round trip from which on a line counts as slow, and the wait for 2 MiB to leave. Milliseconds. */
const slow = {roundTripMs: 5, drainMs: 200} as const

export interface Frame {
	readonly type: FrameType
	readonly body: Uint8Array
}

type Handler = (body: Uint8Array) => void

export class Conversation {
	readonly channel: Channel
	readonly #handlers = new Map<FrameType, Handler>()
	readonly #waiting: Frame[] = []
	/** Called once when a frame begins to wait. */
	#onWaiting: () => void = () => {}
	#reader: {resolve: (frame: Frame) => void; reject: (error: Error) => void} | undefined
	#failure: Error | undefined
	/** The peer has said its hello or welcome. */
	#hasGreeted = false
	#deflates = false
	#isSlow = false
	/** Bytes of rows deflated until now. */
	#deflatedBytes = 0
	#paused = false
	readonly #heartbeat: Heartbeat
	readonly #onFailure = new Set<(error: Error) => void>()
	readonly #over = new AbortController()

	constructor(channel: Channel) {
		this.channel = channel
		this.on('ping', () => this.send('pong', toJson({atMs: 0})))
		this.on('pong', () => {})
		this.on('error', (body) => this.#finish(peerError(decode(ErrorMessage, body, 'error')), false))
		this.#heartbeat = new Heartbeat({
			channel,
			isPaused: () => this.#paused,
			ping: () => void this.send('ping', toJson({atMs: Math.round(performance.now())})),
			fail: (error) => this.fail(error),
		})
		void channel.closed.then((reason) => this.#finish(reason.error instanceof Error ? reason.error : lost(), false))
		channel.onFrame = (type, body) => this.#take(type, body)
	}

	/**
	 * Frames of this type go to the handler as they come, not to `next`; those that wait already, at once: a peer need not
	 * wait for an answer before it sends them. An exception ends the conversation.
	 */
	on(name: FrameName, handler: Handler): void {
		const type = frame[name]
		this.#handlers.set(type, handler)
		const waiting = this.#waiting.splice(0)
		for (const early of waiting) {
			if (early.type === type) this.#handle(handler, early.body)
			else this.#waiting.push(early)
		}
		this.#readOn()
	}

	off(...names: readonly FrameName[]): void {
		for (const name of names) this.#handlers.delete(frame[name])
	}

	/** Why the conversation is over; undefined while it goes on. */
	get failure(): Error | undefined {
		return this.#failure
	}

	/** Aborted when the conversation ends, for work that is of use to it alone. */
	get signal(): AbortSignal {
		return this.#over.signal
	}

	/** Calls back once when the conversation ends; at once when it has. Returns how to unsubscribe. */
	onFailure(call: (error: Error) => void): () => void {
		if (this.#failure !== undefined) call(this.#failure)
		else this.#onFailure.add(call)
		return () => this.#onFailure.delete(call)
	}

	/** Rejects when the conversation ends before `work` does. */
	async during<T>(work: Promise<T>): Promise<T> {
		let stop = (): void => {}
		const failed = new Promise<never>((_, reject) => {
			stop = this.onFailure(reject)
		})
		try {
			return await Promise.race([work, failed])
		} finally {
			stop()
		}
	}

	/** Queues a frame; see `Channel.send`. Throws when the conversation is over. */
	send(name: FrameName, body: Uint8Array | readonly Uint8Array[], onWritten?: () => void): boolean {
		if (this.#failure !== undefined) throw this.#failure
		if (this.#deflates && body instanceof Uint8Array && (this.#isSlow || this.#deflatedBytes < deflateFirstBytes)) {
			const smaller = deflated(frame[name], body)
			if (smaller !== undefined) {
				this.#deflatedBytes += body.byteLength
				return this.channel.send(frame.deflated, smaller, onWritten)
			}
		}
		return this.channel.send(frame[name], body, onWritten)
	}

	/** From now on rows may go deflated: the peer has said that it takes them. `roundTripMs`: 0 where it is not known. */
	deflate(roundTripMs: number): void {
		this.#deflates = true
		this.#isSlow = roundTripMs >= slow.roundTripMs
	}

	sendJson(name: FrameName, value: unknown): void {
		this.send(name, toJson(value))
	}

	/** Resolves when the channel takes more. */
	async drained(): Promise<void> {
		const startedAt = performance.now()
		await this.channel.drained()
		if (performance.now() - startedAt > slow.drainMs) this.#isSlow = true
	}

	/** The next frame that has no handler. */
	next(): Promise<Frame> {
		const waiting = this.#waiting.shift()
		if (waiting !== undefined) {
			this.#readOn()
			return Promise.resolve(waiting)
		}
		if (this.#failure !== undefined) return Promise.reject(this.#failure)
		return new Promise((resolve, reject) => {
			this.#reader = {resolve, reject}
		})
	}

	/** Resolves when a frame waits for `next`; takes none. Rejects when the conversation ends before. */
	heard(): Promise<void> {
		if (this.#waiting.length > 0) return Promise.resolve()
		return this.during(
			new Promise((resolve) => {
				this.#onWaiting = resolve
			}),
		)
	}

	/** The next frame, which must be one of these. */
	async expect(...names: readonly FrameName[]): Promise<{readonly name: FrameName; readonly body: Uint8Array}> {
		const {type, body} = await this.next()
		const name = frameName(type)
		if (name === undefined || !names.includes(name))
			throw protocolFault(`a ${name ?? type} frame where ${names.join(' or ')} was due`)
		return {name, body}
	}

	/** Tells the peer why this side stops; then nothing more is said. */
	async refuse(error: unknown): Promise<void> {
		if (this.#failure !== undefined) return
		this.#tell(error)
		await this.end()
	}

	/** Sends what is queued and ends; see `Channel.end`. */
	async end(options: {readonly waits?: boolean} = {}): Promise<void> {
		this.#heartbeat.stop()
		await this.channel.end(options)
	}

	/** Ends the conversation at once, for this reason; where the reason is this side's own, the peer hears it. */
	fail(error: Error): void {
		const isEnd = error instanceof FileSyncError && (error.code === 'CONNECTION_LOST' || error.code === 'INTERRUPTED')
		this.#finish(error, !isEnd)
	}

	#tell(error: unknown): void {
		const {code, advice} = error instanceof FileSyncError ? error : {code: 'PEER_FAILED', advice: []}
		const message = error instanceof FileSyncError ? error.message : `an internal error: ${messageOf(error)}`
		this.sendJson('error', {
			code,
			message: message.slice(0, 4 * wireLimits.text),
			advice: advice.slice(0, 10).map((line) => line.slice(0, wireLimits.text)),
		})
	}

	#finish(error: Error, tell: boolean): void {
		if (this.#failure !== undefined) return
		if (tell) this.#tell(error)
		this.#failure = error
		this.#over.abort(error)
		this.#heartbeat.stop()
		if (tell) void this.channel.end()
		else this.channel.destroy(error)
		this.#reader?.reject(error)
		this.#reader = undefined
		for (const call of this.#onFailure) call(error)
		this.#onFailure.clear()
	}

	#take(type: number, body: Uint8Array): void {
		if (this.#failure !== undefined) return
		const name = frameName(type)
		if (name === undefined) {
			this.fail(protocolFault(`a frame of unknown type ${type}`))
			return
		}
		if (name === 'hello' || name === 'welcome') this.#hasGreeted = true
		// At once: a large frame may have come in the same read.
		if (name === 'welcome') this.channel.allowFrames(wireLimits.frameBytes)
		if (name === 'deflated') {
			this.#inflate(body)
			return
		}
		const known = frame[name]
		const handler = this.#handlers.get(known)
		if (handler !== undefined) {
			this.#handle(handler, body)
			return
		}
		// A small body may be a view of a chunk that is used again. Not `slice`: a Buffer's own does not copy.
		const kept: Frame = {type: known, body: body.byteLength < 65_536 ? new Uint8Array(body) : body}
		if (this.#reader !== undefined) {
			const {resolve} = this.#reader
			this.#reader = undefined
			resolve(kept)
			return
		}
		this.#waiting.push(kept)
		this.#onWaiting()
		if (this.#isFull && !this.#paused) {
			this.#paused = true
			this.channel.pauseReading()
		}
	}

	get #isFull(): boolean {
		const bytes = this.#waiting.reduce((sum, {body}) => sum + body.byteLength, 0)
		return this.#waiting.length >= maxWaiting || bytes >= maxWaitingBytes
	}

	#inflate(body: Uint8Array): void {
		if (!this.#hasGreeted) {
			this.fail(protocolFault('a deflated frame before the greeting'))
			return
		}
		let inner: ReturnType<typeof inflated>
		try {
			inner = inflated(body)
		} catch (error) {
			this.fail(error instanceof Error ? error : new Error(String(error)))
			return
		}
		this.#take(inner.type, inner.body)
	}

	#handle(handler: Handler, body: Uint8Array): void {
		if (this.#failure !== undefined) return
		try {
			handler(body)
		} catch (error) {
			this.fail(error instanceof Error ? error : new Error(String(error)))
		}
	}

	#readOn(): void {
		if (!this.#paused || this.#waiting.length > 0) return
		this.#paused = false
		this.channel.resumeReading()
	}
}

const lost = (): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', 'the peer ended the connection before the sync was complete', [
		'run the command again: it goes on where it stopped',
	])

/** An error of the peer, told on this side with the same code where this version knows it. */
export function peerError({code, message, advice}: ErrorMessage): PeerError {
	const known = isErrorCode(code) && code !== 'INTERNAL' && code !== 'INTERRUPTED' ? code : 'PEER_FAILED'
	return new PeerError(
		known,
		`the peer stopped the sync: ${message}`,
		advice.map((line) => `on the peer: ${line}`),
	)
}
