// The sending half of a channel: batches small frames, keeps one write in progress, counts queued bytes.
// The stream itself buffers nothing, so `queuedBytes` is all that this side holds.
import type {Writable} from 'node:stream'
import {FileSyncError} from '../errors/index.js'
import {absoluteFrameBytes, headerBytes} from './decoder.js'

/** Above the high mark `send` returns false; at the low mark `drained` resolves. */
export const highWaterBytes = 4 * 1024 * 1024
export const lowWaterBytes = 2 * 1024 * 1024

/** The channel ends above this, for an owner that keeps sending (replies to a peer that asks and never reads). */
export const maxQueuedBytes = 64 * 1024 * 1024

/** Frames up to this size are copied into batches; larger bodies are written without a copy. */
const copyBytes = 16 * 1024
const batchBytes = 64 * 1024

interface Waiter {
	readonly resolve: () => void
	readonly reject: (error: unknown) => void
}

export class Outbox {
	/** Bytes accepted and not yet written. */
	queuedBytes = 0
	readonly #stream: Writable
	readonly #sealed: Uint8Array[] = []
	readonly #onWritten = new WeakMap<Uint8Array, () => void>()
	#batch: Buffer | undefined
	#batchStart = 0
	#batchEnd = 0
	#writing = false
	#flushing = false
	#failure: {readonly error: unknown} | undefined
	#drainWaiters: Waiter[] = []
	#emptyWaiters: Waiter[] = []

	constructor(stream: Writable) {
		this.#stream = stream
	}

	/**
	 * Queues a frame. Returns false above the high mark, or after `fail`. `onWritten`: called when its parts are no longer needed.
	 * @throws RangeError for a frame over 16 MiB.
	 */
	add(type: number, parts: readonly Uint8Array[], onWritten?: () => void): boolean {
		if (this.#failure !== undefined) return false
		let bodyBytes = 0
		for (const part of parts) bodyBytes += part.length
		const length = bodyBytes + 1
		if (length > absoluteFrameBytes) throw new RangeError(`a frame of ${length} bytes, at most ${absoluteFrameBytes}`)
		const whole = bodyBytes <= copyBytes
		const batch = this.#room(whole ? headerBytes + bodyBytes : headerBytes)
		let at = batch.writeUInt32BE(length, this.#batchEnd)
		at = batch.writeUInt8(type, at)
		if (whole) {
			for (const part of parts) {
				batch.set(part, at)
				at += part.length
			}
		}
		this.#batchEnd = at
		this.queuedBytes += headerBytes + bodyBytes
		if (!whole) {
			this.#seal()
			for (const part of parts) if (part.length > 0) this.#sealed.push(part)
			const last = this.#sealed.at(-1)
			if (onWritten !== undefined && last !== undefined) this.#onWritten.set(last, onWritten)
		} else onWritten?.()
		this.#schedule()
		return this.queuedBytes <= highWaterBytes
	}

	/** Resolves at the low mark; rejects with the failure if the channel closes first. */
	drained(): Promise<void> {
		return this.#wait(this.queuedBytes <= lowWaterBytes, this.#drainWaiters)
	}

	/** Resolves when everything is written. */
	empty(): Promise<void> {
		return this.#wait(this.queuedBytes === 0, this.#emptyWaiters)
	}

	/** Drops queued frames; all waiters and later calls get `error`. */
	fail(error: unknown): void {
		if (this.#failure !== undefined) return
		this.#failure = {error}
		this.#sealed.length = 0
		this.#batch = undefined
		for (const waiter of [...this.#drainWaiters, ...this.#emptyWaiters]) waiter.reject(error)
		this.#drainWaiters = []
		this.#emptyWaiters = []
	}

	#wait(done: boolean, waiters: Waiter[]): Promise<void> {
		if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
		if (done) return Promise.resolve()
		return new Promise((resolve, reject) => {
			waiters.push({resolve, reject})
		})
	}

	#room(bytes: number): Buffer {
		if (this.#batch !== undefined && this.#batch.length - this.#batchEnd >= bytes) return this.#batch
		this.#seal()
		this.#batch = Buffer.allocUnsafeSlow(batchBytes)
		this.#batchStart = 0
		this.#batchEnd = 0
		return this.#batch
	}

	#seal(): void {
		if (this.#batch === undefined || this.#batchEnd === this.#batchStart) return
		this.#sealed.push(this.#batch.subarray(this.#batchStart, this.#batchEnd))
		this.#batchStart = this.#batchEnd
	}

	// In the next turn, so that frames of one turn are sent together.
	#schedule(): void {
		if (this.#writing || this.#flushing) return
		this.#flushing = true
		process.nextTick(() => {
			this.#flushing = false
			this.#write()
		})
	}

	#write(): void {
		if (this.#writing || this.#failure !== undefined) return
		if (this.#sealed.length === 0) this.#seal()
		const chunk = this.#sealed.shift()
		if (chunk === undefined) return
		this.#writing = true
		this.#stream.write(chunk, (error) => {
			this.#writing = false
			// The stream also emits the error; the channel then calls fail().
			if (error != null || this.#failure !== undefined) return
			this.queuedBytes -= chunk.length
			this.#onWritten.get(chunk)?.()
			this.#write()
			this.#wake()
		})
	}

	#wake(): void {
		if (this.queuedBytes <= lowWaterBytes && this.#drainWaiters.length > 0) {
			for (const waiter of this.#drainWaiters.splice(0)) waiter.resolve()
		}
		if (this.queuedBytes === 0 && this.#emptyWaiters.length > 0) {
			for (const waiter of this.#emptyWaiters.splice(0)) waiter.resolve()
		}
	}
}

/** The error of a channel whose peer does not read while the owner keeps sending. */
export const overflowError = (label: string): FileSyncError =>
	new FileSyncError('CONNECTION_LOST', `${label} does not read: more than ${maxQueuedBytes} bytes wait to be sent`, [
		'see whether FileSync on the other device hangs, then try again',
	])
