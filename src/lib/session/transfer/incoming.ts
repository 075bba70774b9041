// Contents on their way in: each frame goes to the sink in order, and gives the sender credit back when it is dealt with.
import type {Fault} from '../../core/entries/entry.js'
import {ownBufferBytes} from '../../net/index.js'
import type {ContentSink} from '../../sync/side.js'
import {wireLimits} from '../../wire/codes.js'
import {decodePack, decodePiece} from '../../wire/content.js'
import {protocolFault} from '../../wire/fault.js'
import {decode, FileEnd, FileOpen} from '../../wire/messages.js'
import type {Conversation} from '../conversation.js'

/** Credit is given back in batches of at least this many bytes, or when nothing else is under way. */
const creditBatch = 1024 * 1024

/**
 * A part of a frame's body whose memory may move to another thread: a small body shares its own with other frames. Not
 * `slice`: a Buffer's own does not copy.
 */
const ownBytes = (body: Uint8Array, part: Uint8Array): Uint8Array =>
	body.byteLength >= ownBufferBytes ? part : new Uint8Array(part)

const contentFrames = ['pack', 'fileOpen', 'fileData', 'fileEnd'] as const

export interface IncomingParts {
	readonly conversation: Conversation
	readonly sink: ContentSink
	/** Contents that are due. */
	readonly expected: number
}

export class Incoming {
	readonly #parts: IncomingParts
	/** Steps whose content the sender could not send, and why. */
	readonly senderFaults = new Map<number, Fault>()
	/** Bytes still due of the files under way, by step. */
	readonly #open = new Map<number, number>()
	#missing: number
	#busy = 0
	#taken = 0
	#outstanding = 0
	#whenDone: () => void = () => {}
	readonly #done: Promise<void>

	constructor(parts: IncomingParts) {
		this.#parts = parts
		this.#missing = parts.expected
		this.#done = new Promise((resolve) => {
			this.#whenDone = resolve
		})
		const {conversation} = parts
		conversation.on('pack', (body) => this.#takePack(body))
		conversation.on('fileOpen', (body) => this.#takeOpen(body))
		conversation.on('fileData', (body) => this.#takePiece(body))
		conversation.on('fileEnd', (body) => this.#takeEnd(body))
		this.#check()
	}

	/** Resolves when all wanted contents have come and been dealt with; rejects when the conversation ends before. */
	complete(): Promise<void> {
		return this.#parts.conversation.during(this.#done)
	}

	/** Contents are due no more. Resolves when what has come is dealt with. */
	async close(): Promise<void> {
		this.#parts.conversation.off(...contentFrames)
		this.#missing = 0
		this.#check()
		await this.#done
	}

	#takePack(body: Uint8Array): void {
		const {rows, contents} = decodePack(body)
		for (const [row, fault] of rows.faults) this.senderFaults.set(rows.ids[row] ?? 0, fault)
		const own = ownBytes(body, contents)
		this.#run(contents.byteLength, rows.ids.length, async () => {
			if (!(await this.#parts.sink.pack(rows, own))) throw protocolFault('a content that nobody asked for')
		})
	}

	#takeOpen(body: Uint8Array): void {
		const {id, size} = decode(FileOpen, body, 'fileOpen')
		if (this.#open.has(id)) throw protocolFault('a file that is already under way')
		if (this.#open.size >= 1000) throw protocolFault('too many files under way at once')
		this.#open.set(id, size)
		this.#run(0, 0, async () => {
			if (!(await this.#parts.sink.open(id, size)))
				throw protocolFault('a file that nobody asked for, or of another size than planned')
		})
	}

	#takePiece(body: Uint8Array): void {
		const {id, bytes} = decodePiece(body)
		const left = this.#open.get(id)
		if (left === undefined || bytes.byteLength > left) throw protocolFault('more bytes of a file than it announced')
		this.#open.set(id, left - bytes.byteLength)
		const own = ownBytes(body, bytes)
		this.#run(bytes.byteLength, 0, async () => {
			await this.#parts.sink.piece(id, own, (spare) => this.#parts.conversation.channel.recycle(spare))
		})
	}

	#takeEnd(body: Uint8Array): void {
		const {id, hash, fault} = decode(FileEnd, body, 'fileEnd')
		const left = this.#open.get(id)
		if (left === undefined) throw protocolFault('the end of a file that is not under way')
		this.#open.delete(id)
		if (fault !== null) this.senderFaults.set(id, fault)
		const short: Fault = {code: 'TOO_SHORT', message: 'fewer bytes came than were announced'}
		const end = fault !== null ? {fault} : hash === null || left > 0 ? {fault: short} : {hash}
		this.#run(0, 1, async () => {
			if (!(await this.#parts.sink.end(id, end))) throw protocolFault('the end of a file that nobody asked for')
		})
	}

	/** One content frame: within the window, in order; then its credit goes back. */
	#run(bytes: number, files: number, act: () => Promise<void>): void {
		this.#outstanding += bytes
		if (this.#outstanding > wireLimits.windowBytes + wireLimits.frameBytes)
			throw protocolFault('more content than it had credit for')
		this.#busy++
		const acting = this.#parts.conversation.failure === undefined ? act() : Promise.resolve()
		void acting
			.then(() => {
				this.#outstanding -= bytes
				this.#taken += bytes
				this.#missing -= files
			})
			.catch((error) => this.#parts.conversation.fail(error instanceof Error ? error : new Error(String(error))))
			.finally(() => {
				this.#busy--
				this.#giveCredit()
				this.#check()
			})
	}

	#giveCredit(): void {
		const {conversation} = this.#parts
		if (this.#taken === 0 || conversation.failure !== undefined) return
		if (this.#taken < creditBatch && this.#busy > 0) return
		conversation.sendJson('credit', {bytes: this.#taken})
		this.#taken = 0
	}

	#check(): void {
		if (this.#missing <= 0 && this.#busy === 0) this.#whenDone()
	}
}
