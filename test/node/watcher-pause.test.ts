// A watcher that a round pauses runs again when the round is over, however often the round tells of changes.
import assert from 'node:assert/strict'
import {WatcherPause} from '../../src/lib/node/folder/watcher-pause.js'

describe('node: watcher pause', () => {
	for (const [what, rounds, holds] of [
		['a few steps', [[10]], 0],
		['many steps', [[5000]], 1],
		['a plan in parts, of which the last is small', [[5000, 5000, 7]], 1],
		['two rounds', [[5000], [5000, 5000]], 2],
	] as const)
		it(what, () => {
			let [held, released] = [0, 0]
			const pause = new WatcherPause({
				hold: () => {
					held++
					return () => {
						released++
					}
				},
			})
			for (const parts of rounds) {
				for (const steps of parts) pause.onRoundEvent({kind: 'changing', steps})
				pause.over()
			}
			assert.deepEqual([held, released], [holds, holds])
		})
})
