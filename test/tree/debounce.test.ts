import assert from 'node:assert/strict'
import {Debounce} from '../../src/lib/tree/watch/debounce.js'

describe('tree/debounce', () => {
	/** A clock that goes only when told. */
	function handClock() {
		let nowMs = 0
		const timers = new Map<() => void, number>()
		return {
			clock: {
				now: () => nowMs,
				after(ms: number, run: () => void) {
					timers.set(run, nowMs + ms)
					return () => timers.delete(run)
				},
			},
			go(ms: number) {
				nowMs += ms
				for (const [run, at] of [...timers])
					if (at <= nowMs) {
						timers.delete(run)
						run()
					}
			},
		}
	}

	it('runs once, when it is quiet', () => {
		const {clock, go} = handClock()
		let runs = 0
		const debounce = new Debounce({quietMs: 100, run: () => runs++, clock})
		debounce.poke()
		for (let i = 0; i < 4; i++) {
			go(60)
			debounce.poke()
		}
		go(99)
		assert.equal(runs, 0)
		go(1)
		assert.equal(runs, 1)
		go(1000)
		assert.equal(runs, 1)
		debounce.poke()
		go(100)
		assert.equal(runs, 2)
	})

	it('runs under steady change at the latest after maxMs', () => {
		const {clock, go} = handClock()
		let runs = 0
		const debounce = new Debounce({quietMs: 100, run: () => runs++, clock})
		for (let ms = 0; ms < 1500; ms += 10) {
			debounce.poke()
			go(10)
		}
		assert.equal(runs, 3)
	})

	it('close drops what is pending', () => {
		const {clock, go} = handClock()
		let runs = 0
		const debounce = new Debounce({quietMs: 100, run: () => runs++, clock})
		debounce.poke()
		debounce.close()
		debounce.poke()
		go(1000)
		assert.equal(runs, 0)
	})
})
