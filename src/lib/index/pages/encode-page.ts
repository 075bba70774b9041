// Owns how a run becomes what is written of it: its entry in the directory, its bytes, and what a scan will see of it.
import type {IndexRecord} from '../../core/entry.js'
import {Tally} from './counts.js'
import {entryOf, type RunEntry} from './directory.js'
import {sightOfRecords} from './fingerprint.js'
import {Run} from './page.js'

/** A run as it is to be written. */
export interface WrittenRun {
	readonly entry: RunEntry
	readonly value: Buffer
	/** What a scan shows of it as long as nothing changes; undefined: not known, or a scan cannot tell. */
	readonly sight: string | undefined
}

/** A run of these records, sorted by path, under that id. Throws RangeError for a number that is not finite. */
export function runOf(id: number, records: readonly IndexRecord[]): {readonly run: Run; readonly written: WrittenRun} {
	const tally = new Tally()
	let oldestGone: number | null = null
	for (const {state} of records) {
		tally.add(state)
		if (state.kind === 'gone') oldestGone = Math.min(oldestGone ?? state.since, state.since)
	}
	const run = Run.ofRecords(records)
	const value = run.encode()
	return {
		run,
		written: {entry: entryOf(id, run, value, tally.counts(), oldestGone), value, sight: sightOfRecords(records)},
	}
}
