// The other end of the control socket: hands a request to the node that holds the folder and hears its answer.
import {connect, type Socket} from 'node:net'
import type {Config} from '../../config/index.js'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {controlPlace, isOwn, refused} from './address.js'
import {type ControlReply, type ControlRequest, controlVersion, encodeLine, errorOf, parseReply} from './protocol.js'

/** How long a node may take to say hello: it may be busy, it may be stopped. */
const helloMs = 5000

/** Codes by which nobody listens at the socket. */
const nobody = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'])

/**
 * Asks the node that holds the folder. Yields its answers in order, without the hello; returns undefined from `open` when no
 * node runs. Throws FOLDER_LOCKED when it cannot take the request, and what it answers with as an error.
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
		// Told by the reads that fail of it.
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

	/** The answers to one request. The connection is for this request alone. */
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

/** Ends when the socket does, however it does. */
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
		// It broke: what was said until then counts, and who waits for more sees that none comes.
	}
}
