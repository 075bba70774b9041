// A dial that is begun before the folder is open, so that both are waited for at once. One takes its channel, or drops it.
import type {Address} from '../../config/index.js'
import {type Channel, dial} from '../../net/index.js'
import type {Credentials} from '../credentials.js'

/** A peer waits 10 s for a hello. A channel older than this is given up for a new one, in ms. */
const freshMs = 5_000

/** A dial that is no longer wanted may end so long with a goodbye before it is cut, in ms: the peer logs a cut one. */
const partingMs = 500

export class EarlyDial {
	readonly #stop = new AbortController()
	readonly #dial: () => Promise<Channel>
	readonly #first: Promise<Channel>

	/** Dials at once. `signal` ends the attempt; without effect on a channel that is there. */
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

	/** The folder cannot be opened: the peer is to see that no one wants anything. Never rejects. */
	async drop(): Promise<void> {
		const timer = setTimeout(() => this.#stop.abort(), partingMs)
		await this.#first.then(part, () => {})
		clearTimeout(timer)
	}
}

/** Reads on meanwhile: else the end of the peer is not seen. */
function part(channel: Channel): Promise<void> {
	channel.onFrame = () => {}
	return channel.end()
}
