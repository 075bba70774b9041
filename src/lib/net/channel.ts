// One framed connection with back-pressure, over TLS or any other Duplex. Owns the stream from construction to the end.
// Never interprets a frame, never reconnects, sends no heartbeats: that is the session's.
import type {Duplex} from 'node:stream'
import {FileSyncError} from '../errors/index.js'
import {absoluteFrameBytes, FrameDecoder} from './decoder.js'
import {isRefusal, lostError, refusedError, truncatedError} from './faults.js'
import {maxQueuedBytes, Outbox, overflowError} from './outbox.js'
import {defaultStallRule, guardStall, type StallRule} from './stall.js'
import {showAddress} from './text.js'
import type {CloseReason, PeerInfo} from './types.js'

/** How long `end()` waits for what is queued to leave and for the peer to finish too. */
const defaultEndTimeoutMs = 5_000

export type OnFrame = (type: number, body: Uint8Array) => void

export interface ChannelOptions {
	readonly peer: PeerInfo
	/** Where the bytes on the wire are counted: the TCP socket below TLS. Without it the frames' bytes are counted. */
	readonly wire?: {readonly bytesRead: number; readonly bytesWritten: number}
	/** This device's own fingerprint (hex), for the advice when the peer refuses it. */
	readonly ownFingerprint?: string
	readonly stall?: StallRule
	/** The bound on `end()`. Default 5,000. */
	readonly endTimeoutMs?: number
}

export class Channel {
	readonly peer: PeerInfo
	/** Resolves once, never rejects. Noticed only while the channel reads: set `onFrame` soon. */
	readonly closed: Promise<CloseReason>
	/** When bytes last came in, on the clock of `performance.now()`, in ms. */
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
	/** The part of the last chunk behind the frame at which the owner paused. */
	#rest: Buffer | undefined
	#decoding = false
	/** Set when `end()` meets a paused reader: from then on the input is only read to see its end. */
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

	/** Bytes accepted by `send` that have not left yet. */
	get queuedBytes(): number {
		return this.#outbox.queuedBytes
	}

	/**
	 * Called once per frame, in order, synchronously. The body belongs to the receiver: from 64 KiB on it has an
	 * ArrayBuffer of its own, exactly sized; a smaller one may be a view that keeps a larger chunk alive, so copy what
	 * is kept for long. Until this is set nothing is read. An exception destroys the channel.
	 */
	set onFrame(handler: OnFrame) {
		this.#onFrame = handler
		this.#flow()
	}

	/** Raises (or lowers) the largest accepted frame, type + body in bytes; 65,536 at first, 16 MiB at most. */
	allowFrames(maxBytes: number): void {
		this.#decoder.maxFrameBytes = Math.max(1, Math.min(absoluteFrameBytes, Math.floor(maxBytes)))
	}

	/**
	 * Queues one frame; its body is the parts one after the other and must not be changed afterwards.
	 * Returns false when the sender should await `drained()` (4 MiB wait), or when the channel is over. `onWritten`: called when
	 * the system has it and its parts are free again; not called when the channel ends before.
	 */
	send(type: number, parts: Uint8Array | readonly Uint8Array[], onWritten?: () => void): boolean {
		if (this.#reason !== undefined || this.#ending !== undefined) return false
		const before = this.#outbox.queuedBytes
		const below = this.#outbox.add(type, parts instanceof Uint8Array ? [parts] : parts, onWritten)
		this.#plainSent += this.#outbox.queuedBytes - before
		if (this.#outbox.queuedBytes > maxQueuedBytes) this.#finish({kind: 'lost', error: overflowError(this.#label)})
		return below
	}

	/** Takes back the ArrayBuffer of a large body that its receiver is done with, for later ones of its size. */
	recycle(buffer: ArrayBuffer): void {
		this.#decoder.recycle(buffer)
	}

	/** Resolves when at most 2 MiB wait to be sent; rejects when the channel is over. */
	drained(): Promise<void> {
		return this.#outbox.drained()
	}

	/** No frame is given out until `resumeReading`; the peer's sending then backs up. Takes effect at once. */
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
	 * Sends what is queued, then finishes, and waits for the peer to finish too; 5 s at most, then destroys.
	 * Frames that still come in are given out, or dropped when reading is paused. Never rejects.
	 * `waits` false: it does not wait for the peer, from which nothing is due any more. That spares a round trip.
	 */
	end({waits = true}: {readonly waits?: boolean} = {}): Promise<void> {
		this.#ending ??= this.#reason === undefined ? this.#endGracefully(waits) : Promise.resolve()
		return this.#ending
	}

	/** Closes at once; what is queued is lost. */
	destroy(error?: unknown): void {
		this.#finish(error === undefined ? {kind: 'destroyed'} : {kind: 'destroyed', error})
	}

	/** Its owner reads: what the peer sends is seen. */
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
		// Not within this call: an owner that resumes does not expect a frame before its call returns.
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

	/** The peer sends no more: what is queued here still leaves, then this end finishes too. */
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
			// The outbox failed because the channel closed: `closed` says why.
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
