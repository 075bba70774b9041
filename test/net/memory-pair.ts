// Two channels connected in memory, without sockets and TLS, over a line that may break.
// node:stream's duplexPair does not propagate a destroy on every supported Node.
import {Duplex} from 'node:stream'
import {Channel, type PeerInfo} from '../../src/lib/net/index.js'

/** One end. A write completes when the other end reads on: the strictest back-pressure. */
class Side extends Duplex {
	other: Side | undefined
	/** Bytes of both directions together that still get through. */
	readonly #budget: {bytes: number}
	#unread: (() => void) | undefined
	#finished = false

	constructor(budget: {bytes: number}) {
		super()
		this.#budget = budget
	}

	override _read(): void {
		const done = this.#unread
		this.#unread = undefined
		done?.()
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
		const {other} = this
		if (other === undefined || other.destroyed) {
			done()
			return
		}
		const part = chunk.subarray(0, this.#budget.bytes)
		this.#budget.bytes -= part.byteLength
		other.#unread = done
		if (part.byteLength > 0) other.push(part)
		if (part.byteLength === chunk.byteLength) return
		// What got through arrives, then the line is dead for both ends.
		setImmediate(() => {
			this.destroy(new Error('the line broke'))
			other.destroy(new Error('the line broke'))
		})
	}

	override _final(done: () => void): void {
		this.#finish()
		done()
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this.#finish()
		this._read()
		done(error)
	}

	#finish(): void {
		if (this.#finished) return
		this.#finished = true
		if (this.other?.destroyed === false) this.other.push(null)
	}
}

const info = (name: string): PeerInfo => ({
	fingerprint: name.repeat(64),
	subject: `CN=${name}`,
	address: 'memory',
	port: 1,
})

/** Two connected channels. The line breaks after this many bytes of both directions together, wherever in a frame that is. */
export function memoryPair(breaksAfter = Number.POSITIVE_INFINITY): [Channel, Channel] {
	const budget = {bytes: breaksAfter}
	const left = new Side(budget)
	const right = new Side(budget)
	left.other = right
	right.other = left
	return [new Channel(left, {peer: info('b')}), new Channel(right, {peer: info('a')})]
}
