// Contents on their way to the peer: frames within the window that the peer gives credit for.
import type {Fault, Hash} from '../../core/entries/entry.js'
import type {PackRows} from '../../core/entries/pack-rows.js'
import type {ContentSink} from '../../sync/side.js'
import {wireLimits} from '../../wire/codes.js'
import {encodePack, encodePiece} from '../../wire/content.js'
import {protocolFault} from '../../wire/fault.js'
import {Credit, decode} from '../../wire/messages.js'
import type {Conversation} from '../conversation.js'

export class FrameSink implements ContentSink {
	readonly #conversation: Conversation
	#credit: number = wireLimits.windowBytes
	#creditWaiters: (() => void)[] = []
	readonly #stopListening: () => void

	constructor(conversation: Conversation) {
		this.#conversation = conversation
		conversation.on('credit', (body) => {
			this.#credit += decode(Credit, body, 'credit').bytes
			if (this.#credit > wireLimits.windowBytes) throw protocolFault('more credit than was used')
			this.#wakeCredit()
		})
		this.#stopListening = conversation.onFailure(() => this.#wakeCredit())
	}

	/**
	 * The round is over: the conversation forgets this sink, and all that its round held. Not before the peer has taken everything,
	 * because its credit comes until then.
	 */
	close(): void {
		this.#conversation.off('credit')
		this.#stopListening()
	}

	async pack(rows: PackRows, contents: Uint8Array): Promise<boolean> {
		await this.#takeCredit(contents.byteLength)
		this.#conversation.send('pack', encodePack(rows, contents))
		await this.#conversation.drained()
		return true
	}

	async open(id: number, size: number): Promise<boolean> {
		this.#conversation.sendJson('fileOpen', {id, size})
		return true
	}

	async piece(id: number, bytes: Uint8Array, onFree: (buffer: ArrayBuffer) => void): Promise<void> {
		await this.#takeCredit(bytes.byteLength)
		const {buffer} = bytes
		this.#conversation.send('fileData', encodePiece(id, bytes), () => {
			if (buffer instanceof ArrayBuffer) onFree(buffer)
		})
		await this.#conversation.drained()
	}

	async end(id: number, end: {readonly hash: Hash} | {readonly fault: Fault}): Promise<boolean> {
		this.#conversation.sendJson('fileEnd', 'hash' in end ? {id, hash: end.hash, fault: null} : {id, hash: null, ...end})
		return true
	}

	/** Waits until the peer has taken enough off the wire. One frame may overdraw, so that no frame is too large to go. */
	async #takeCredit(bytes: number): Promise<void> {
		for (;;) {
			const {failure} = this.#conversation
			if (failure !== undefined) throw failure
			if (this.#credit > 0 || bytes === 0) break
			await new Promise<void>((resolve) => this.#creditWaiters.push(resolve))
		}
		this.#credit -= bytes
	}

	#wakeCredit(): void {
		const waiters = this.#creditWaiters
		this.#creditWaiters = []
		for (const wake of waiters) wake()
	}
}
