// Two channels in memory over a line that breaks after a number of bytes, wherever in a frame that is.
// For a line that holds the program's own `memoryPair` is taken.
import {Duplex} from 'node:stream'
import {Channel, type PeerInfo} from '../../../src/lib/net/index.js'
import {memoryPair} from '../../net/memory-pair.js'

interface Budget {
	bytes: number
}

class End extends Duplex {
	other: End | undefined
	readonly #budget: Budget
	#unread: (() => void) | undefined

	constructor(budget: Budget) {
		super({autoDestroy: true})
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
		// What was on its way arrives, then the line is dead for both.
		setImmediate(() => {
			this.destroy(new Error('the line broke'))
			other.destroy(new Error('the line broke'))
		})
	}

	override _final(done: () => void): void {
		if (this.other?.destroyed === false) this.other.push(null)
		done()
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this._read()
		done(error)
	}
}

const info = (name: string): PeerInfo => ({
	fingerprint: name.repeat(64).slice(0, 64),
	subject: `CN=${name}`,
	address: 'memory',
	port: 1,
})

/** `breaksAfter` bytes of both directions together the line is dead; null: it holds. */
export function joined(breaksAfter: number | null): [Channel, Channel] {
	if (breaksAfter === null) return memoryPair()
	const budget = {bytes: breaksAfter}
	const [left, right] = [new End(budget), new End(budget)]
	left.other = right
	right.other = left
	return [new Channel(left, {peer: info('b')}), new Channel(right, {peer: info('a')})]
}
