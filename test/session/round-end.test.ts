// A round that fails has ended: nothing of it is under way when the leader hears of it.
import {deepEqual, rejects} from 'node:assert/strict'
import {randomBytes} from 'node:crypto'
import {FileSyncError} from '../../src/lib/errors/index.js'
import type {ScanReport} from '../../src/lib/replica/replica.js'
import {Conversation} from '../../src/lib/session/conversation.js'
import {greet, welcome} from '../../src/lib/session/greeting.js'
import {leadRound} from '../../src/lib/session/round/leader.js'
import {Device} from '../engine/support/device.js'
import {makeTemp, removeTemp} from '../engine/support/temp.js'
import {memoryPair} from '../net/memory-pair.js'

describe('session/round-end', function () {
	this.timeout(30_000)

	it('the peer goes while this side scans: the round ends when the scan has', async () => {
		const home = makeTemp()
		const options = {
			home,
			random: randomBytes,
			worldMs: Date.now,
			maxConcurrency: 1,
			odd: false,
			hasLarge: false,
			isNatural: true,
		}
		const [alpha, beta] = [new Device('alpha', options), new Device('beta', options)]
		try {
			const [left, right] = memoryPair()
			const [here, there] = [new Conversation(left), new Conversation(right)]
			const replica = await alpha.replica()
			const greeted = welcome(there, await beta.replica(), beta.self)
			const peer = await greet(here, replica, alpha.self, false)
			await greeted
			const story: string[] = []
			let endScan: (report: ScanReport) => void = () => {}
			const scan = () =>
				new Promise<ScanReport>((resolve) => {
					endScan = resolve
				}).finally(() => story.push('the scan ended'))
			const parts = {
				conversation: here,
				replica,
				self: alpha.self,
				peer,
				point: null,
				generation: 0,
				begun: false,
				mtimeSkewSec: 2,
			}
			const leading = leadRound(
				{...parts, onEvent: () => {}, scan},
				{direction: 'both', force: false, dryRun: false, allowDeletes: false},
			).finally(() => story.push('the round ended'))
			here.onFailure(() =>
				setImmediate(() => endScan({seq: 0, files: 0, bytes: 0, changed: 0, problems: [], rules: ''})),
			)
			there.fail(new FileSyncError('CONNECTION_LOST', 'gone'))
			await rejects(leading, {code: 'CONNECTION_LOST'})
			deepEqual(story, ['the scan ended', 'the round ended'])
		} finally {
			await Promise.all([alpha.close(), beta.close()])
			removeTemp(home)
		}
	})
})
