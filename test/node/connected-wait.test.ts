import assert from 'node:assert/strict'
import {getEventListeners} from 'node:events'
import {ConnectedWait} from '../../src/lib/node/connections/connected-wait.js'

/** Longer than any test may take: whatever ends the wait sooner is no clock. */
const longMs = 60_000

describe('node/connected-wait', () => {
	const wait = new ConnectedWait()
	let isConnected = false
	let asked = 0
	const ask = (): boolean => {
		asked++
		return isConnected
	}
	beforeEach(() => {
		isConnected = false
		asked = 0
	})

	it('ends at once where a connection stands', async () => {
		isConnected = true
		await wait.until(ask, longMs, new AbortController().signal)
	})

	it('ends with the announcement of a connection, for everyone who waits', async () => {
		const {signal} = new AbortController()
		const waits = [wait.until(ask, longMs, signal), wait.until(ask, longMs, signal)]
		isConnected = true
		wait.announce()
		await Promise.all(waits)
	})

	it('asks only when something is announced, and goes on where none of it is a connection', async () => {
		let isOver = false
		const {signal} = new AbortController()
		const waiting = wait.until(ask, longMs, signal).then(() => {
			isOver = true
		})
		wait.announce()
		await new Promise((resolve) => setImmediate(resolve))
		assert.equal(isOver, false)
		assert.equal(asked, 2, 'at the start, and at the announcement')
		isConnected = true
		wait.announce()
		await waiting
	})

	it('ends after its time, and when the node ends; leaves no listener', async () => {
		const stop = new AbortController()
		await wait.until(ask, 1, stop.signal)
		const waiting = wait.until(ask, longMs, stop.signal)
		assert.equal(getEventListeners(stop.signal, 'abort').length, 1)
		stop.abort()
		await waiting
		assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
		wait.announce()
		assert.equal(asked, 2, 'nobody waits any more')
		await wait.until(ask, longMs, stop.signal)
	})
})
