// Dials before the folder is open, so that both happen at the same time. The caller takes the channel or drops it.
import type {Address} from '../../config/index.js'
import {type Channel, dial} from '../../net/index.js'
import type {Credentials} from '../credentials.js'

/** A channel without traffic for longer is replaced by a new one (ms): the peer waits only 10 s for a hello. */
const freshMs = 5_000

/** Time for a dial that is not needed to end in order (ms); the peer logs a connection that is cut. */
const partingMs = 500

export class EarlyDial {
	readonly #stop = new AbortController()
	readonly #dial: () => Promise<Channel>
	readonly #first: Promise<Channel>

	/** Dials at once. `signal` ends the attempt; it has no effect on an open channel. */
	constructor({host, port}: Address, {identity, pins}: Credentials, signal: AbortSignal) {
		const either = AbortSignal.any([signal, this.#stop.signal])
		this.#dial = () => dial({host, port, identity, pins, signal: either})
		this.#first = this.#dial()
		this.#first.catch(() => {})
	}

	/** The channel. Throws what `dial` throws. */
	async take(): Promise<Channel> {
		const channel = await this.#first
		if (performance.now() - channel.lastReceivedAt < freshMs) return channel
		await part(channel)
		return this.#dial()
	}

	/** Ends the channel in order, because the folder cannot be opened. Never rejects. */
	async drop(): Promise<void> {
		const timer = setTimeout(() => this.#stop.abort(), partingMs)
		await this.#first.then(part, () => {})
		clearTimeout(timer)
	}
}

/** Keeps reading: otherwise the peer's end would not be noticed. */
function part(channel: Channel): Promise<void> {
	channel.onFrame = () => {}
	return channel.end()
}
