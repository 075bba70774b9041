// A peer with a valid certificate and no manners: real TLS and framing, and whatever frames a test wants to say.
import {readFileSync} from 'node:fs'
import {type Channel, dial, listen} from '../../../src/lib/net/index.js'
import {type FrameName, frame, frameName} from '../../../src/lib/wire/codes.js'
import {certificates} from '../../e2e/support/certs.js'
import {pinOf} from '../../net/identities.js'

/** How long a hostile peer waits for an answer before the test fails. */
const patienceMs = 20_000

export interface Heard {
	readonly name: FrameName | number
	readonly body: Uint8Array
}

export class HostilePeer {
	readonly channel: Channel
	/** Why it ended: the other side's error frame, or what the channel says. */
	readonly ended: Promise<string>
	/** While set, frames are counted and dropped. */
	deaf = false
	heardFrames = 0
	readonly #queue: Heard[] = []
	#wake: () => void = () => {}
	#over = false
	#error: string | undefined

	constructor(channel: Channel) {
		this.channel = channel
		channel.onFrame = (type, body) => this.#take(frameName(type) ?? type, new Uint8Array(body))
		this.ended = channel.closed.then((reason) => {
			this.#over = true
			this.#wake()
			return this.#error ?? `${reason.kind} ${reason.error instanceof Error ? reason.error.message : ''}`
		})
	}

	#take(name: FrameName | number, body: Uint8Array): void {
		this.heardFrames++
		if (this.deaf) return
		if (name === 'ping') {
			this.say('pong', {atMs: 0})
			return
		}
		if (name === 'error') this.#error = `error ${Buffer.from(body).toString('utf8')}`
		this.#queue.push({name, body})
		this.#wake()
	}

	/** Sends a frame; a value that is no bytes goes as JSON. */
	say(name: FrameName | number, body: unknown = {}): void {
		const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
		this.channel.send(typeof name === 'number' ? name : frame[name], bytes)
	}

	parts(name: FrameName, parts: readonly Uint8Array[]): void {
		this.channel.send(frame[name], parts)
	}

	/** The next frame, if it comes before the end; undefined at the end. */
	async next(): Promise<Heard | undefined> {
		for (;;) {
			const heard = this.#queue.shift()
			if (heard !== undefined) return heard
			if (this.#over) return undefined
			await within('an answer', new Promise<void>((resolve) => (this.#wake = resolve)))
		}
	}

	/** The next frame that is one of these; others on the way are dropped. Throws at the end. */
	async hear(...names: readonly FrameName[]): Promise<{readonly name: FrameName; readonly body: Uint8Array}> {
		for (;;) {
			const heard = await this.next()
			if (heard === undefined) throw new Error(`it ended before ${names.join(' or ')}: ${await this.ended}`)
			const name = names.find((wanted) => wanted === heard.name)
			if (name !== undefined) return {name, body: heard.body}
		}
	}

	/** Waits for the other side to end the conversation, and tells why. */
	async dropped(): Promise<string> {
		return within('the end', this.ended)
	}

	/** Resolves when all that was said has left; at once when the channel is over. */
	async said(): Promise<void> {
		const over = this.channel.closed.then(() => true)
		const turn = (): Promise<boolean> => new Promise((resolve) => setImmediate(resolve, false))
		while (this.channel.queuedBytes > 0 && !(await Promise.race([over, turn()])));
	}

	leave(): void {
		this.channel.destroy()
	}
}

/** Rejects when `work` takes longer than a test should wait. */
export async function within<T>(what: string, work: Promise<T>, ms = patienceMs): Promise<T> {
	let timer: NodeJS.Timeout | undefined
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms)
	})
	try {
		return await Promise.race([work, late])
	} finally {
		clearTimeout(timer)
	}
}

type Owner = 'alpha' | 'beta'

export function identityOf(name: Owner) {
	const {cert, key} = certificates(name)
	return {certPem: readFileSync(cert, 'utf8'), keyPem: readFileSync(key, 'utf8')}
}

export const pinsOf = (name: Owner) => [pinOf(readFileSync(certificates(name).cert, 'utf8'))]

/** Connects as `me` to a node of the other. */
export async function callOn(port: number, me: Owner = 'alpha'): Promise<HostilePeer> {
	const other = me === 'alpha' ? 'beta' : 'alpha'
	const channel = await dial({host: '127.0.0.1', port, identity: identityOf(me), pins: pinsOf(other)})
	channel.allowFrames(8 * 1024 * 1024)
	return new HostilePeer(channel)
}

export interface Trap {
	readonly port: number
	close(): Promise<void>
}

/** Listens as `me`; every connection that gets in goes to `onPeer`. */
export async function trap(onPeer: (peer: HostilePeer) => Promise<void>, me: Owner = 'beta'): Promise<Trap> {
	const peers = new Set<HostilePeer>()
	const other = me === 'alpha' ? 'beta' : 'alpha'
	const listener = await listen({
		host: '127.0.0.1',
		port: 0,
		identity: identityOf(me),
		pins: pinsOf(other),
		onRefused: () => {},
		onChannel: (channel) => {
			channel.allowFrames(8 * 1024 * 1024)
			const peer = new HostilePeer(channel)
			peers.add(peer)
			// A conversation that the other side ends in the middle is what these tests are about.
			void onPeer(peer).catch(() => {})
		},
	})
	return {
		port: listener.port,
		async close() {
			for (const peer of peers) peer.leave()
			await listener.close()
		},
	}
}

/** Waits until a flood may go on; lets the end of the conversation be heard meanwhile. */
export async function room(peer: HostilePeer): Promise<void> {
	await peer.channel.drained().catch(() => {})
	await new Promise((resolve) => setImmediate(resolve))
}
