// A TCP line between two programs that can be slow, cut, or held. Knows bytes only.

import {once} from 'node:events'
import {createServer, connect as dial, type Server, type Socket} from 'node:net'

export interface LineOptions {
	/** Ends the connection, both ways, when so many bytes went through it. */
	readonly cutAfterBytes?: number
	/** So many connections are cut, those after them not. Default: all. */
	readonly cutTimes?: number
	/** So long each piece is on its way, in ms; one after the other. */
	readonly delayMs?: number
	/** Bytes per second each way. Without it: as fast as it goes. */
	readonly bytesPerSec?: number
}

/** Pieces forwarded at a time on a slow line, in seconds. */
const pieceSec = 0.02

/** Listens on a port of its own and forwards every connection to `target`. */
export class Line {
	readonly port: number
	/** Bytes that went through, both ways, over all connections. */
	bytes = 0
	cuts = 0
	options: LineOptions
	readonly #server: Server
	readonly #sockets = new Set<Socket>()
	#waiters: {bytes: number; resolve: () => void}[] = []
	#held: Promise<void> | undefined

	private constructor(server: Server, port: number, options: LineOptions) {
		this.#server = server
		this.port = port
		this.options = options
	}

	static async to(target: number, options: LineOptions = {}): Promise<Line> {
		const server = createServer({allowHalfOpen: true})
		server.listen(0, '127.0.0.1')
		await once(server, 'listening')
		const address = server.address()
		if (address === null || typeof address === 'string') throw new Error('no port')
		const line = new Line(server, address.port, options)
		server.on('connection', (socket) =>
			line.#join(socket, dial({port: target, host: '127.0.0.1', allowHalfOpen: true})),
		)
		return line
	}

	/** Resolves when so many bytes went through since the line was made. */
	passed(bytes: number): Promise<void> {
		if (this.bytes >= bytes) return Promise.resolve()
		return new Promise((resolve) => this.#waiters.push({bytes, resolve}))
	}

	/** Nothing goes through any more until the returned function is called. */
	hold(): () => void {
		let go = (): void => {}
		this.#held = new Promise((resolve) => {
			go = () => {
				this.#held = undefined
				resolve()
			}
		})
		return go
	}

	/** Cuts all connections. */
	cut(): void {
		for (const socket of this.#sockets) socket.resetAndDestroy()
		this.#sockets.clear()
	}

	async close(): Promise<void> {
		this.cut()
		this.#server.close()
		await once(this.#server, 'close')
	}

	#join(a: Socket, b: Socket): void {
		const {cutTimes = Number.POSITIVE_INFINITY} = this.options
		const cutAfterBytes = this.cuts < cutTimes ? this.options.cutAfterBytes : undefined
		let through = 0
		const count = (bytes: number): number => {
			const take = cutAfterBytes === undefined ? bytes : Math.min(bytes, cutAfterBytes - through)
			through += take
			this.bytes += take
			for (const waiter of this.#waiters) if (this.bytes >= waiter.bytes) waiter.resolve()
			this.#waiters = this.#waiters.filter((waiter) => this.bytes < waiter.bytes)
			return take
		}
		for (const socket of [a, b]) {
			this.#sockets.add(socket)
			socket.setNoDelay(true)
			socket.on('error', () => {})
			socket.on('close', () => {
				this.#sockets.delete(socket)
				a.destroy()
				b.destroy()
			})
		}
		const pump = async (from: Socket, to: Socket): Promise<void> => {
			for await (const chunk of from) {
				const bytes: Uint8Array = chunk
				const {bytesPerSec, delayMs} = this.options
				if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs))
				const most = bytesPerSec === undefined ? bytes.length : Math.max(1, Math.floor(bytesPerSec * pieceSec))
				for (let at = 0; at < bytes.length; at += most) {
					await this.#held
					const piece = bytes.subarray(at, at + most)
					const take = count(piece.length)
					if (take > 0 && !to.write(piece.subarray(0, take))) await once(to, 'drain')
					if (take < piece.length) {
						this.cuts++
						a.resetAndDestroy()
						b.resetAndDestroy()
						return
					}
					if (bytesPerSec !== undefined) await new Promise((resolve) => setTimeout(resolve, pieceSec * 1000))
				}
			}
			to.end()
		}
		pump(a, b).catch(() => b.destroy())
		pump(b, a).catch(() => a.destroy())
	}
}
