// Contents on their way in: each frame goes to the applier in order, and gives the sender credit back when it is dealt with.
import {ownBufferBytes} from '../../net/index.js'
import type {Applier} from '../../replica/apply/applier.js'
import type {Fault} from '../../tree/index.js'
import {wireLimits} from '../../wire/codes.js'
import {decodePack, decodePiece} from '../../wire/content.js'
import {protocolFault} from '../../wire/fault.js'
import {decode, FileEnd, FileOpen} from '../../wire/messages.js'
import type {Conversation} from '../conversation.js'
import type {FileEvent} from '../round/types.js'

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
	readonly applier: Applier
	/** Contents are applied only after this: names must be free by then. */
	readonly ready: Promise<void>
	readonly onReceived: (files: number, bytes: number) => void
	readonly onFile: (event: FileEvent) => void
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
		this.#missing = parts.applier.missing
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
		const {applier, onReceived} = this.#parts
		for (const row of rows) if ('fault' in row) this.senderFaults.set(row.id, row.fault)
		const own = ownBytes(body, contents)
		const transfer = own.buffer instanceof ArrayBuffer && own.byteLength > 0 ? [own.buffer] : []
		this.#run(contents.byteLength, rows.length, async () => {
			if (!(await applier.takePack(rows, own, transfer))) throw protocolFault('a content that nobody asked for')
			onReceived(rows.length, contents.byteLength)
		})
	}

	#takeOpen(body: Uint8Array): void {
		const {id, size} = decode(FileOpen, body, 'fileOpen')
		if (this.#open.has(id)) throw protocolFault('a file that is already under way')
		if (this.#open.size >= 1000) throw protocolFault('too many files under way at once')
		this.#open.set(id, size)
		this.#run(0, 0, async () => {
			if (!(await this.#parts.applier.openLarge(id, size)))
				throw protocolFault('a file that nobody asked for, or of another size than planned')
		})
	}

	#takePiece(body: Uint8Array): void {
		const {id, bytes} = decodePiece(body)
		const left = this.#open.get(id)
		if (left === undefined || bytes.byteLength > left) throw protocolFault('more bytes of a file than it announced')
		this.#open.set(id, left - bytes.byteLength)
		const own = ownBytes(body, bytes)
		const transfer = own.buffer instanceof ArrayBuffer ? [own.buffer] : []
		this.#run(bytes.byteLength, 0, async () => {
			const spare = await this.#parts.applier.takePiece(id, own, transfer)
			if (spare !== undefined) this.#parts.conversation.channel.recycle(spare)
			this.#parts.onReceived(0, bytes.byteLength)
			this.#tell(id, left - bytes.byteLength)
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
			if (!(await this.#parts.applier.endLarge(id, end))) throw protocolFault('the end of a file that nobody asked for')
			this.#parts.onReceived(1, 0)
			this.#tell(id, 0)
		})
	}

	#tell(id: number, left: number): void {
		const file = this.#parts.applier.fileOf(id)
		if (file === undefined) return
		const {path, size} = file
		// The end is told when the file has its name.
		this.#parts.onFile({kind: 'file', path, way: 'down', done: Math.max(0, size - left), total: size})
	}

	/** One content frame: within the window, after `ready`, in order; then its credit goes back. */
	#run(bytes: number, files: number, act: () => Promise<void>): void {
		this.#outstanding += bytes
		if (this.#outstanding > wireLimits.windowBytes + wireLimits.frameBytes)
			throw protocolFault('more content than it had credit for')
		this.#busy++
		void this.#parts.ready
			.then(() => (this.#parts.conversation.failure === undefined ? act() : undefined))
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
