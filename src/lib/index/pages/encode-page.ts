// Owns how a page becomes what is written of it: its entry in the directory, its bytes, and what a scan will see of it.
import type {IndexRecord} from '../../core/entry.js'
import {Tally} from './counts.js'
import {entryOf, type PageEntry} from './directory.js'
import {fingerprintOfRecords} from './fingerprint.js'
import {Page} from './page.js'

/** A page as it is to be written. */
export interface WrittenPage {
	readonly entry: PageEntry
	readonly value: Buffer
	/** What a scan shows of it as long as nothing changes; undefined: not known, or a scan cannot tell. */
	readonly fingerprint: string | undefined
}

/** A page of these records, sorted by path, under that id. Throws RangeError for a number that is not finite. */
export function pageOf(
	id: number,
	records: readonly IndexRecord[],
): {readonly page: Page; readonly written: WrittenPage} {
	const tally = new Tally()
	let oldestGone: number | null = null
	for (const {state} of records) {
		tally.add(state)
		if (state.kind === 'gone') oldestGone = Math.min(oldestGone ?? state.since, state.since)
	}
	const page = Page.ofRecords(records)
	const value = page.encode()
	return {
		page,
		written: {
			entry: entryOf(id, page, value, tally.counts(), oldestGone),
			value,
			fingerprint: fingerprintOfRecords(records),
		},
	}
}
