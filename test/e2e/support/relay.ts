// A TCP proxy on loopback that can break a connection, hold it after so many bytes, or carry only so many a second.
// Understands nothing of what it carries.
import {createConnection, createServer, type Server, type Socket} from 'node:net'
import {setTimeout as pause} from 'node:timers/promises'

/** `afterBytes`: in both directions together; then `what` happens, once. `bytesPerSec`: in each direction, all the time. */
export type RelayPlan =
	/** `cut`: both ends are reset. `hold`: nothing moves until `release`, the connection stays. */
	{readonly afterBytes: number; readonly what: 'cut' | 'hold'} | {readonly bytesPerSec: number}

export class Relay {
	/** Resolves when the plan's point has been reached. */
	readonly reached: Promise<void>
	readonly #server: Server
	readonly #sockets = new Set<Socket>()
	readonly #plan: RelayPlan
	readonly #target: number
	#tellReached: () => void = () => {}
	#bytes = 0
	/** What `release` carries: chunks that came while held, and the sockets that were paused. */
	#held: (() => void)[] | undefined

	private constructor(target: number, plan: RelayPlan) {
		this.#target = target
		this.#plan = plan
		this.reached = new Promise((resolve) => {
			this.#tellReached = resolve
		})
		this.#server = createServer((client) => this.#join(client))
	}

	/** A proxy to a port of loopback. */
	static async to(target: number, plan: RelayPlan): Promise<Relay> {
		const proxy = new Relay(target, plan)
		await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
		return proxy
	}

	get port(): number {
		const address = this.#server.address()
		if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
		return address.port
	}

	/** Lets a held connection go on, for good. */
	release(): void {
		const held = this.#held ?? []
		this.#held = undefined
		for (const carry of held) carry()
		for (const socket of this.#sockets) socket.resume()
	}

	async close(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy()
		await new Promise<void>((resolve) => this.#server.close(() => resolve()))
	}

	#join(client: Socket): void {
		const peer = createConnection(this.#target, '127.0.0.1')
		for (const [from, to] of [
			[client, peer],
			[peer, client],
		] as const) {
			this.#sockets.add(from)
			from.on('error', () => to.destroy())
			from.on('close', () => to.destroy())
			from.on('end', () => to.end())
			from.on('data', (chunk: Buffer) => this.#carry(chunk, from, to))
		}
	}

	#carry(chunk: Buffer, from: Socket, to: Socket): void {
		const plan = this.#plan
		if (this.#held !== undefined) {
			this.#held.push(() => to.write(chunk))
			return
		}
		const before = this.#bytes
		this.#bytes += chunk.byteLength
		if ('afterBytes' in plan && before < plan.afterBytes && this.#bytes >= plan.afterBytes) {
			this.#tellReached()
			if (plan.what === 'hold') {
				this.#held = [() => to.write(chunk)]
				for (const socket of this.#sockets) socket.pause()
			} else for (const socket of this.#sockets) socket.resetAndDestroy()
			return
		}
		const waits: Promise<unknown>[] = []
		if (!to.write(chunk)) waits.push(new Promise<void>((resolve) => to.once('drain', resolve)))
		if ('bytesPerSec' in plan) waits.push(pause((chunk.byteLength / plan.bytesPerSec) * 1000))
		if (waits.length === 0) return
		from.pause()
		void Promise.all(waits).then(() => from.resume())
	}
}

/** A port of loopback at which nothing listens (for as long as nobody takes it). */
export async function freePort(): Promise<number> {
	for (;;) {
		// Below those that the system gives to port 0, so that no test running beside gets it meanwhile; each but once.
		const port = 15_000 + ((process.pid * 37 + nextPort++) % 15_000)
		const server = createServer()
		const isFree = await new Promise<boolean>((resolve) => {
			server.once('error', () => resolve(false))
			server.listen(port, '127.0.0.1', () => resolve(true))
		})
		await new Promise<void>((resolve) => server.close(() => resolve()))
		if (isFree) return port
	}
}

let nextPort = 0
