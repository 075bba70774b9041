// A TCP relay between two nodes that can be cut. Does not interpret what it forwards.
import {connect, createServer} from 'node:net'

/** A free port of this machine. @returns {Promise<number>} */
const freePort = () =>
	new Promise((resolve, reject) => {
		const server = createServer()
		server.once('error', reject)
		server.listen(0, '127.0.0.1', () => {
			const address = server.address()
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
		})
	})

export class Line {
	/** @type {Set<import('node:net').Socket>} */
	#sockets = new Set()
	#server
	port
	target

	/** @param {import('node:net').Server} server @param {number} port @param {number} target */
	constructor(server, port, target) {
		this.#server = server
		this.port = port
		this.target = target
		server.on('connection', (near) => {
			const far = connect(target, '127.0.0.1')
			for (const socket of [near, far]) {
				this.#sockets.add(socket)
				socket.on('error', () => {})
				socket.once('close', () => {
					this.#sockets.delete(socket)
					near.destroy()
					far.destroy()
				})
			}
			near.pipe(far)
			far.pipe(near)
		})
	}

	/** A relay from its own port to another free one, at which the listening node must start. */
	static async open() {
		const target = await freePort()
		const server = createServer()
		/** @type {number} */
		const port = await new Promise((resolve) => {
			server.listen(0, '127.0.0.1', () => {
				const address = server.address()
				resolve(typeof address === 'object' && address !== null ? address.port : 0)
			})
		})
		return new Line(server, port, target)
	}

	cut() {
		for (const socket of this.#sockets) socket.resetAndDestroy()
	}

	async close() {
		this.cut()
		await new Promise((resolve) => this.#server.close(resolve))
	}
}
