// Client of the control socket: sends a request to the node that holds the folder and reads its replies.
import {connect, type Socket} from 'node:net'
import type {Config} from '../../config/index.js'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {controlPlace, isOwn, refused} from './address.js'
import {type ControlReply, type ControlRequest, controlVersion, encodeLine, errorOf, parseReply} from './protocol.js'

/** Time for a node's hello (ms): it may be busy, or its process stopped. */
const helloMs = 5000

/** Error codes that mean that no process listens. */
const nobody = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'])

/**
 * A connection to the node that holds the folder. Throws FOLDER_LOCKED if the node cannot take a request, and any error that it replies
 * with.
 */
export class ControlClient {
	readonly #socket: Socket
	readonly #lines: AsyncGenerator<string, void>

	private constructor(socket: Socket) {
		this.#socket = socket
		this.#lines = linesOf(socket)
	}

	/** undefined: no node runs. */
	static async open(config: Config): Promise<ControlClient | undefined> {
		const place = controlPlace(config)
		if (process.platform !== 'win32' && !isOwn(place)) return undefined
		const socket = connect(place)
		// Reads fail with this error and report it.
		socket.on('error', () => {})
		try {
			await new Promise<void>((resolve, reject) => {
				socket.once('connect', resolve)
				socket.once('error', reject)
			})
		} catch (error) {
			socket.destroy()
			if (nobody.has(errnoOf(error) ?? '')) return undefined
			throw refused(place, error)
		}
		const client = new ControlClient(socket)
		await client.#hear()
		return client
	}

	/** The replies to one request, in order, without the hello. A connection takes one request. */
	async *ask(request: ControlRequest, signal: AbortSignal): AsyncGenerator<ControlReply, void> {
		const socket = this.#socket
		const onAbort = (): void => void socket.destroy()
		if (signal.aborted) onAbort()
		else signal.addEventListener('abort', onAbort, {once: true})
		try {
			socket.write(encodeLine(request))
			for await (const line of this.#lines) {
				const reply = parseReply(line)
				if (reply.kind === 'error') throw errorOf(reply)
				yield reply
			}
			signal.throwIfAborted()
		} finally {
			signal.removeEventListener('abort', onAbort)
			socket.destroy()
		}
	}

	async #hear(): Promise<void> {
		const timer = setTimeout(() => this.#socket.destroy(), helloMs)
		const {value, done} = await this.#lines.next()
		clearTimeout(timer)
		const hello = done === true ? undefined : parseReply(value)
		if (hello?.kind === 'hello' && hello.control === controlVersion) return
		this.#socket.destroy()
		const other = hello?.kind === 'hello' ? `is of another version (${hello.software})` : 'does not answer'
		throw new FileSyncError('FOLDER_LOCKED', `the node that holds this folder ${other}`, [
			'restart it, then run the command again',
		])
	}
}

/** Ends when the socket ends, also by an error. */
async function* linesOf(socket: Socket): AsyncGenerator<string, void> {
	socket.setEncoding('utf8')
	let rest = ''
	try {
		for await (const chunk of socket) {
			const lines = (rest + String(chunk)).split('\n')
			rest = lines.pop() ?? ''
			yield* lines
		}
	} catch {
		// The socket broke: lines read so far count, and the caller notices that the last reply is missing.
	}
}
