// A process of its own: a TCP line on loopback that is slow on purpose. Started by line.js with what it is to be as JSON;
// tells its port over the IPC channel and ends when that closes.
import {connect, createServer} from 'node:net'
import {Pace} from './pace.js'

/** Bytes under way in one direction of one connection before its sender has to wait. What 25 ms of a fast loopback holds. */
const fastBytes = 64 * 1024 * 1024
/** The same with a rate: about what the buffer of a router holds. */
const narrowBytes = 256 * 1024
/** What the receiving end may leave unread before the line holds the rest. */
const unsentBytes = 1024 * 1024

const {targetPort, roundTripMs = 0, mbitPerSec} = JSON.parse(process.argv[2] ?? '{}')
const mostBytes = mbitPerSec === undefined ? fastBytes : narrowBytes
const line = {delayMs: roundTripMs / 2, mbitPerSec}

/**
 * Carries what one socket says to the other, each piece when it is due.
 * @param {import('node:net').Socket} from @param {import('node:net').Socket} to @param {Pace} pace
 */
function carry(from, to, pace) {
	/** `piece` null: the end. @type {{dueMs: number, piece: Buffer | null}[]} */
	const queue = []
	let queuedBytes = 0
	let blocked = false
	/** @type {NodeJS.Timeout | undefined} */
	let timer

	const forward = () => {
		timer = undefined
		let sent = 0
		const nowMs = performance.now()
		to.cork()
		for (const {dueMs, piece} of queue) {
			if (dueMs > nowMs || blocked) break
			sent++
			if (piece === null) {
				to.end()
				continue
			}
			queuedBytes -= piece.length
			to.write(piece)
			blocked = to.writableLength > unsentBytes
		}
		to.uncork()
		queue.splice(0, sent)
		if (queuedBytes < mostBytes) from.resume()
		wait()
	}
	const wait = () => {
		const next = queue[0]
		if (next === undefined || blocked || timer !== undefined) return
		timer = setTimeout(forward, Math.max(0, next.dueMs - performance.now()))
	}
	to.on('drain', () => {
		blocked = false
		if (timer === undefined) forward()
	})
	from.on('data', (chunk) => {
		const nowMs = performance.now()
		for (const piece of pace.pieces(chunk)) queue.push({dueMs: pace.dueMs(nowMs, piece.length), piece})
		queuedBytes += chunk.length
		if (queuedBytes >= mostBytes) from.pause()
		wait()
	})
	from.on('end', () => {
		queue.push({dueMs: pace.dueMs(performance.now(), 0), piece: null})
		wait()
	})
	const cut = () => {
		clearTimeout(timer)
		to.destroy()
	}
	from.on('error', cut)
	to.on('error', () => from.destroy())
}

const [up, down] = [new Pace(line), new Pace(line)]
const server = createServer({allowHalfOpen: true, noDelay: true}, (near) => {
	const far = connect({port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true})
	carry(near, far, up)
	carry(far, near, down)
})
server.listen(0, '127.0.0.1', () => {
	const address = server.address()
	process.send?.({port: typeof address === 'object' && address !== null ? address.port : 0})
})
process.on('disconnect', () => process.exit(0))
