// The receiving side killed while thousands of new files arrive; then the side that made them deletes, renames and edits
// them. Both sides must end as that user left them.
import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {day} from '../../e2e/support/dir.js'
import {Pair} from '../../e2e/support/pair.js'
import {assertNothing} from '../../e2e/support/result.js'
import type {Role} from './trial.js'

const files = 3000
/** Files of each kind of change; the rest stays as it is. */
const share = 500

const names = Array.from({length: files}, (_, i) => `n${String(i).padStart(4, '0')}`)

/** Names below a folder, or 0 when it is not there. */
function countNames(folder: string): number {
	try {
		return readdirSync(folder).length
	} catch {
		return 0
	}
}

export interface Arrival {
	readonly receiver: Role
	/** Whether both sides had the folder before. */
	readonly folder: 'known' | 'new'
	/** So many new files are there when it is killed. */
	readonly least: number
}

/** `many` rows: both receivers and folders in turn, killed at the first file, and then later and later. */
export const arrivalRows = (many: number): readonly Arrival[] =>
	Array.from({length: many}, (_, i) => ({
		receiver: i % 2 === 0 ? 'leader' : 'follower',
		folder: Math.floor(i / 2) % 2 === i % 2 ? 'known' : 'new',
		least: 2 + Math.floor((i / many) * 0.9 * files),
	}))

/**
 * Kills the receiver as soon as it shows so many of the new files.
 * Throws when the sides do not end as the maker's user left them. Gives how many files had arrived.
 */
export async function killWhileArriving({receiver, folder, least}: Arrival): Promise<number> {
	const pair = new Pair({name: `arrivals-${receiver}-${folder}`, settings: {max_delete_percent: 100}})
	const {alpha, beta} = pair
	// alpha leads.
	const [maker, taker] = receiver === 'leader' ? [beta.dir, alpha.dir] : [alpha.dir, beta.dir]
	maker.write(folder === 'known' ? 'many/first' : 'first', 'first')
	const port = await pair.serve()
	await alpha.result(['sync'])
	for (const name of names) maker.write(`many/${name}`, `${name} `.repeat(20), day(10))
	const syncing = alpha.start('sync', '--json')
	const killed = receiver === 'leader' ? syncing : pair.server
	assert.ok(killed !== undefined)
	let over = false
	void syncing.exit.then(() => {
		over = true
	})
	while (!over && countNames(taker.at('many')) < least) await new Promise((resolve) => setTimeout(resolve, 2))
	killed.signal('SIGKILL')
	await Promise.all([killed.exit, syncing.ended()])
	const arrived = countNames(taker.at('many'))
	if (receiver === 'follower') await pair.serve(beta, port)
	await pair.during(async () => {
		for (const [i, name] of names.entries()) {
			const path = `many/${name}`
			if (i < share) maker.rm(path)
			else if (i < 2 * share) maker.mv(path, `moved/${name}`)
			else if (i < 3 * share) maker.write(path, `${name}, with an older time`, day(5))
			else if (i < 4 * share) maker.write(path, `${name}, with a newer time`, day(20))
		}
		const wanted = maker.replica
		const repaired = await alpha.result(['sync'])
		assert.equal(
			repaired.conflicts.length,
			0,
			`${repaired.conflicts.length} conflicts, of ${repaired.conflicts[0]?.path}`,
		)
		for (const [side, {replica}] of Object.entries({maker, taker})) {
			const there = new Set(replica)
			const missing = wanted.filter((line) => !there.delete(line))
			const extra = [...there]
			const sample = [...missing.slice(0, 3), 'and too much', ...extra.slice(0, 3)].join('\n')
			assert.equal(
				missing.length + extra.length,
				0,
				`${side}: ${missing.length} missing, ${extra.length} too much\n${sample}`,
			)
		}
		const again = await alpha.result(['sync'])
		assertNothing(again)
	})
	return arrived
}
