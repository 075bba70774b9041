// One framed connection with back-pressure, over TLS or any other Duplex. Owns the stream from construction to the end.
// Never interprets a frame, never reconnects, sends no heartbeats: the session module does.
import type {Duplex} from 'node:stream'
import {FileSyncError} from '../errors/index.js'
import {absoluteFrameBytes, FrameDecoder} from './decoder.js'
import {isRefusal, lostError, refusedError, truncatedError} from './faults.js'
import {maxQueuedBytes, Outbox, overflowError} from './outbox.js'
import {defaultStallRule, guardStall, type StallRule} from './stall.js'
import {showAddress} from './text.js'
import type {CloseReason, PeerInfo} from './types.js'

/** How long `end()` waits for queued frames to leave and for the peer to finish, too (ms). */
const defaultEndTimeoutMs = 5_000

export type OnFrame = (type: number, body: Uint8Array) => void

export interface ChannelOptions {
	readonly peer: PeerInfo
	/** Counts bytes on the wire: the TCP socket below TLS. Without it, bytes of frames are counted. */
	readonly wire?: {readonly bytesRead: number; readonly bytesWritten: number}
	/** This device's fingerprint (hex), for the advice if the peer refuses it. */
	readonly ownFingerprint?: string
	readonly stall?: StallRule
	/** Longest time that `end()` takes (ms). Default: 5,000. */
	readonly endTimeoutMs?: number
}

export class Channel {
	readonly peer: PeerInfo
	/** Resolves when the channel is over; never rejects. The peer's end is noticed only while the channel reads: set `onFrame` soon. */
	readonly closed: Promise<CloseReason>
	/** Time of the last bytes received, by `performance.now()` (ms). */
	lastReceivedAt = performance.now()

	readonly #stream: Duplex
	readonly #options: ChannelOptions
	readonly #decoder = new FrameDecoder()
	readonly #outbox: Outbox
	readonly #stopGuard: () => void
	readonly #label: string
	#settle: (reason: CloseReason) => void = () => {}
	#reason: CloseReason | undefined
	#onFrame: OnFrame | undefined
	#paused = false
	/** The rest of the last chunk after the frame at which the owner paused. */
	#rest: Buffer | undefined
	#decoding = false
	/** `end()` was called while reading was paused: input is read and dropped, only to notice its end. */
	#discarding = false
	#peerEnded = false
	#ending: Promise<void> | undefined
	#plainReceived = 0
	#plainSent = 0

	constructor(stream: Duplex, options: ChannelOptions) {
		this.#stream = stream
		this.#options = options
		this.peer = options.peer
		this.#label = showAddress(options.peer.address, options.peer.port)
		this.#outbox = new Outbox(stream)
		this.closed = new Promise((resolve) => {
			this.#settle = resolve
		})
		this.#stopGuard = guardStall(
			options.stall ?? defaultStallRule,
			() => ({frames: this.#decoder.frames, pendingBytes: this.#decoder.pendingBytes, reading: this.#reads}),
			() => this.#finish({kind: 'lost', error: lostError(this.#label, 'a message came in too slowly')}),
		)
		stream.pause()
		stream.on('data', (chunk: Buffer) => this.#receive(chunk))
		stream.on('end', () => {
			this.#peerEnded = true
			if (this.#rest === undefined) this.#endOfPeer()
		})
		stream.on('error', (error) => this.#broken(error))
		stream.on('close', () => this.#broken(undefined))
	}

	/** Bytes sent on the wire, TLS and its handshake included. Stays readable after the end. */
	get bytesSent(): number {
		return this.#options.wire?.bytesWritten ?? this.#plainSent - this.#outbox.queuedBytes
	}

	/** Bytes received on the wire, TLS and its handshake included. */
	get bytesReceived(): number {
		return this.#options.wire?.bytesRead ?? this.#plainReceived
	}

	/** Bytes accepted by `send` and not sent yet. */
	get queuedBytes(): number {
		return this.#outbox.queuedBytes
	}

	/**
	 * Called once per frame, in order, synchronously. The body belongs to the receiver. A body of 64 KiB or more has its own ArrayBuffer of
	 * exactly its size. A smaller one may be a view into a larger chunk: copy what is kept for long. Nothing is read until this is set. An
	 * exception destroys the channel.
	 */
	set onFrame(handler: OnFrame) {
		this.#onFrame = handler
		this.#flow()
	}

	/** Sets the largest accepted frame (type and body, in bytes): 65,536 at first, 16 MiB at most. */
	allowFrames(maxBytes: number): void {
		this.#decoder.maxFrameBytes = Math.max(1, Math.min(absoluteFrameBytes, Math.floor(maxBytes)))
	}

	/**
	 * Queues one frame. Its body is the concatenation of `parts`, which must not be changed until `onWritten`. Returns false if the sender
	 * should await `drained()` (4 MiB are queued), or if the channel is over. `onWritten`: called when the system has taken the frame; not
	 * called if the channel ends before.
	 */
	send(type: number, parts: Uint8Array | readonly Uint8Array[], onWritten?: () => void): boolean {
		if (this.#reason !== undefined || this.#ending !== undefined) return false
		const before = this.#outbox.queuedBytes
		const below = this.#outbox.add(type, parts instanceof Uint8Array ? [parts] : parts, onWritten)
		this.#plainSent += this.#outbox.queuedBytes - before
		if (this.#outbox.queuedBytes > maxQueuedBytes) this.#finish({kind: 'lost', error: overflowError(this.#label)})
		return below
	}

	/** Takes back the ArrayBuffer of a large body for reuse, when its receiver no longer needs it. */
	recycle(buffer: ArrayBuffer): void {
		this.#decoder.recycle(buffer)
	}

	/** Resolves when at most 2 MiB are queued; rejects when the channel is over. */
	drained(): Promise<void> {
		return this.#outbox.drained()
	}

	/** Delivers no frame until `resumeReading`; back-pressure then slows the peer. Takes effect at once. */
	pauseReading(): void {
		this.#paused = true
		if (this.#ending === undefined) this.#stream.pause()
		else this.#discarding = true
	}

	resumeReading(): void {
		this.#paused = false
		this.#flow()
	}

	/**
	 * Sends queued frames, finishes, and waits for the peer to finish, too; destroys the channel after 5 s. Frames that still arrive are
	 * delivered, or dropped if reading is paused. Never rejects. `waits` false: does not wait for the peer, which saves a round trip if
	 * nothing more is expected from it.
	 */
	end({waits = true}: {readonly waits?: boolean} = {}): Promise<void> {
		this.#ending ??= this.#reason === undefined ? this.#endGracefully(waits) : Promise.resolve()
		return this.#ending
	}

	/** Closes at once and drops queued frames. */
	destroy(error?: unknown): void {
		this.#finish(error === undefined ? {kind: 'destroyed'} : {kind: 'destroyed', error})
	}

	/** False: reading is paused, so frames and the end of the peer are not noticed. */
	get isReading(): boolean {
		return this.#reads
	}

	get #reads(): boolean {
		return this.#onFrame !== undefined && !this.#paused
	}

	#flow(): void {
		if (!this.#reads || this.#reason !== undefined || this.#decoding) return
		if (this.#rest === undefined) {
			this.#stream.resume()
			return
		}
		// In a later turn: the owner does not expect a frame before `resumeReading` returns.
		process.nextTick(() => {
			const rest = this.#rest
			if (rest === undefined || !this.#reads || this.#reason !== undefined) return
			this.#rest = undefined
			this.#decode(rest)
			if (this.#rest !== undefined) return
			if (this.#peerEnded) this.#endOfPeer()
			else this.#flow()
		})
	}

	#receive(chunk: Buffer): void {
		if (this.#reason !== undefined) return
		this.lastReceivedAt = performance.now()
		this.#plainReceived += chunk.length
		if (this.#discarding) return
		if (this.#reads && this.#rest === undefined) this.#decode(chunk)
		else this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
	}

	#decode(chunk: Buffer): void {
		this.#decoding = true
		try {
			const used = this.#decoder.decode(chunk, this.#take)
			if (used < chunk.length && this.#reason === undefined) this.#rest = chunk.subarray(used)
		} catch (error) {
			if (error instanceof FileSyncError && error.code === 'PROTOCOL') this.#finish({kind: 'protocol', error})
			else this.#finish({kind: 'destroyed', error})
		} finally {
			this.#decoding = false
		}
		if (this.#rest === undefined) return
		if (this.#discarding) this.#rest = undefined
		else this.#stream.pause()
		if (this.#reads) this.#flow()
	}

	readonly #take = (type: number, body: Uint8Array): boolean => {
		this.#onFrame?.(type, body)
		return !this.#paused && this.#reason === undefined
	}

	/** The peer has finished: sends what is queued, then finishes this end, too. */
	#endOfPeer(): void {
		if (this.#reason !== undefined) return
		if (this.#ending !== undefined) return
		if (this.#decoder.pendingBytes > 0) this.#finish({kind: 'lost', error: truncatedError(this.#label)})
		else if (this.#decoder.frames === 0) this.#finish({kind: 'refused', error: this.#refused()})
		else void this.end()
	}

	#refused(cause?: unknown): FileSyncError {
		return refusedError(this.#label, this.#options.ownFingerprint, cause)
	}

	async #endGracefully(waits: boolean): Promise<void> {
		let flushed = false
		const timer = setTimeout(() => {
			if (flushed) this.#finish({kind: 'ended'})
			else this.#finish({kind: 'lost', error: lostError(this.#label, 'the last messages could not be sent')})
		}, this.#options.endTimeoutMs ?? defaultEndTimeoutMs)
		if (!this.#reads) {
			this.#discarding = true
			this.#rest = undefined
			this.#stream.resume()
		}
		try {
			await this.#outbox.empty()
			flushed = true
			const bothWays = Promise.all([
				new Promise<void>((resolve) => this.#stream.once('finish', resolve)),
				!waits || this.#peerEnded || new Promise<void>((resolve) => this.#stream.once('end', resolve)),
			])
			this.#stream.end()
			await Promise.race([bothWays, this.closed])
			this.#finish({kind: 'ended'})
		} catch {
			// The outbox failed because the channel closed; `closed` has the reason.
		} finally {
			clearTimeout(timer)
		}
	}

	#broken(cause: unknown): void {
		if (this.#reason !== undefined) return
		const first = this.#decoder.frames === 0 && this.#decoder.pendingBytes === 0
		if (this.#ending !== undefined && this.#outbox.queuedBytes === 0) this.#finish({kind: 'ended'})
		else if (this.#ending === undefined && isRefusal(cause, first))
			this.#finish({kind: 'refused', error: this.#refused(cause)})
		else this.#finish({kind: 'lost', error: lostError(this.#label, undefined, cause)})
	}

	#finish(reason: CloseReason): void {
		if (this.#reason !== undefined) return
		this.#reason = reason
		this.#stopGuard()
		this.#rest = undefined
		this.#outbox.fail(reason.error ?? lostError(this.#label, 'it was closed on this side'))
		this.#stream.destroy()
		this.#settle(reason)
	}
}
