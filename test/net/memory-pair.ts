// Two channels connected in memory, without sockets and TLS, for tests.
// node:stream's duplexPair does not propagate a destroy on every supported Node.
import {Duplex} from 'node:stream'
import {Channel, type PeerInfo} from '../../src/lib/net/index.js'

/** One end. A write completes when the other end reads on: the strictest back-pressure. */
class Side extends Duplex {
	other: Side | undefined
	#unread: (() => void) | undefined
	#finished = false

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
		other.#unread = done
		other.push(chunk)
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

/** Two connected channels. `a` is the peer of the second one, `b` that of the first. */
export function memoryPair(
	a: PeerInfo = {fingerprint: 'a'.repeat(64), subject: 'CN=a', address: 'memory', port: 1},
	b: PeerInfo = {fingerprint: 'b'.repeat(64), subject: 'CN=b', address: 'memory', port: 2},
): [Channel, Channel] {
	const left = new Side()
	const right = new Side()
	left.other = right
	right.other = left
	return [new Channel(left, {peer: b}), new Channel(right, {peer: a})]
}
