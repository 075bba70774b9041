// Small histories on real folders: every one of one operation a side, and a sample of two. More: npm run histories -- --disk.
import {deepEqual, equal} from 'node:assert/strict'
import {seed} from '../../core/model/histories.js'
import {countOf, partOf, sampleOf} from '../../core/small/choice.js'
import {startNames, startOf} from '../../core/small/play.js'
import {playOnDisk} from './batch.js'

/** How many of two operations a side are played from each start. */
const sampled = 200
/** Histories in one sync. */
const batch = 250

describe(`engine: small histories (FILESYNC_SEED=${seed})`, function () {
	this.timeout(120_000)
	for (const name of startNames) {
		it(`all of one operation a side, ${name} start`, async () => {
			const start = startOf(name, {ops: 1, looks: false})
			const {histories, faults} = await playOnDisk(start, partOf(countOf(start)), batch)
			deepEqual(faults, [])
			equal(histories, countOf(start))
		})

		it(`${sampled} of two operations a side, ${name} start`, async () => {
			const start = startOf(name, {ops: 2, looks: true})
			const {histories, faults} = await playOnDisk(start, sampleOf(countOf(start), sampled, seed), batch)
			deepEqual(faults, [])
			equal(histories, sampled)
		})
	}
})
