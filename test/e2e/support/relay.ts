// A TCP proxy on loopback that can break a connection, or hold it, after so many bytes. Understands nothing of what it carries.
import {createConnection, createServer, type Server, type Socket} from 'node:net'

export interface RelayPlan {
	/** Bytes in both directions together; then `what` happens, once. */
	readonly afterBytes: number
	/** `cut`: both ends are reset. `hold`: nothing moves any more, the connection stays. */
	readonly what: 'cut' | 'hold'
}

export class Relay {
	/** Resolves when the plan's point has been reached. */
	readonly reached: Promise<void>
	readonly #server: Server
	readonly #sockets = new Set<Socket>()
	readonly #plan: RelayPlan
	readonly #target: number
	#tellReached: () => void = () => {}
	#bytes = 0
	#held = false

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
		if (this.#held) return
		this.#bytes += chunk.byteLength
		if (this.#bytes >= this.#plan.afterBytes) {
			this.#tellReached()
			if (this.#plan.what === 'hold') {
				this.#held = true
				for (const socket of this.#sockets) socket.pause()
			} else for (const socket of this.#sockets) socket.resetAndDestroy()
			return
		}
		if (!to.write(chunk)) {
			from.pause()
			to.once('drain', () => from.resume())
		}
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
