// Server of the control socket: takes one request per connection and replies in lines.
// Never a TCP port: permissions of the socket's folder decide who may connect.
import {chmodSync, rmSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import type {Config} from '../../config/index.js'
import {FileSyncError} from '../../errors/index.js'
import type {AskableNode} from '../node-api.js'
import {software} from '../status/software.js'
import {statusOfNode} from '../status/status-of-node.js'
import {controlPlace, makeControlFolder, refused} from './address.js'
import {
	type ControlReply,
	type ControlRequest,
	controlVersion,
	encodeLine,
	errorReply,
	maxRequestBytes,
	parseRequest,
} from './protocol.js'

/** Connections at once, at most. */
const maxClients = 32
/** Bytes queued for a client that does not read; beyond them, states are skipped. */
const maxWaitingBytes = 1024 * 1024

export class ControlServer {
	readonly #config: Config
	readonly #node: AskableNode
	readonly #clients = new Set<Socket>()
	readonly #place: string
	#server: Server | undefined

	constructor(config: Config, node: AskableNode) {
		this.#config = config
		this.#node = node
		this.#place = controlPlace(config)
	}

	/** Throws STATE_UNUSABLE or DISK_FAILED. This process holds the folder's lock, so an existing socket is of a dead process. */
	async listen(): Promise<void> {
		const place = this.#place
		makeControlFolder(place)
		const server = createServer((socket) => this.#receive(socket))
		server.maxConnections = maxClients
		try {
			if (process.platform !== 'win32') rmSync(place, {force: true})
			await new Promise<void>((resolve, reject) => {
				server.once('error', reject)
				server.listen(place, resolve)
			})
			if (process.platform !== 'win32') chmodSync(place, 0o600)
		} catch (error) {
			server.close()
			throw refused(place, error)
		}
		server.on('error', () => {})
		this.#server = server
	}

	async close(): Promise<void> {
		const server = this.#server
		this.#server = undefined
		if (server === undefined) return
		const closed = new Promise<void>((resolve) => server.close(() => resolve()))
		// The node's signal has ended all requests; replies that are queued are still sent.
		for (const socket of this.#clients) socket.end()
		const impatient = setTimeout(() => {
			for (const socket of this.#clients) socket.destroy()
		}, 500)
		await closed
		clearTimeout(impatient)
	}

	#receive(socket: Socket): void {
		this.#clients.add(socket)
		socket.on('error', () => socket.destroy())
		socket.once('close', () => this.#clients.delete(socket))
		socket.setEncoding('utf8')
		let said = ''
		const onData = (text: string): void => {
			said += text
			const end = said.indexOf('\n')
			if (end < 0 && said.length <= maxRequestBytes) return
			socket.off('data', onData)
			// Anything else that it sends is dropped; reading on shows when it closes.
			socket.resume()
			const request = end < 0 ? undefined : parseRequest(said.slice(0, end))
			void this.#answer(socket, request)
		}
		socket.on('data', onData)
		this.#say(socket, {kind: 'hello', control: controlVersion, software})
	}

	async #answer(socket: Socket, request: ControlRequest | undefined): Promise<void> {
		try {
			if (request === undefined)
				throw new FileSyncError('FOLDER_LOCKED', `the running node (${software}) does not know this request`, [
					'restart it, so that it is of the same version as this command',
				])
			await this.#do(socket, request)
		} catch (error) {
			this.#say(socket, errorReply(error))
		}
		socket.end()
	}

	async #do(socket: Socket, request: ControlRequest): Promise<void> {
		const node = this.#node
		switch (request.do) {
			case 'sync': {
				const result = await node.sync(request.options, (event) => this.#say(socket, {kind: 'event', event}))
				this.#say(socket, {kind: 'result', result})
				return
			}
			case 'status':
				this.#say(socket, {kind: 'status', status: await statusOfNode(this.#config, node, request)})
				return
			case 'act':
				node.act(request.action)
				this.#say(socket, {kind: 'done'})
				return
			case 'states':
				await this.#stream(socket, request.everyMs)
		}
	}

	/** Sends a state at once and then at an interval, until the client closes. */
	#stream(socket: Socket, everyMs: number): Promise<void> {
		return new Promise((resolve) => {
			const tell = (): void => {
				if (socket.writableLength < maxWaitingBytes) this.#say(socket, {kind: 'state', state: this.#node.state()})
			}
			const timer = setInterval(tell, everyMs)
			const over = (): void => {
				clearInterval(timer)
				resolve()
			}
			socket.once('end', over)
			socket.once('close', over)
			tell()
		})
	}

	#say(socket: Socket, reply: ControlReply): void {
		if (socket.writable) socket.write(encodeLine(reply))
	}
}
