// Owns a page as bytes: some hundred records of neighbouring paths, a batch (see core/entries/batch-bytes.ts). What is written of one is its
// entry in the directory, its bytes, and what a scan will see of it.
import type {RecordBatch} from '../../core/entries/batch.js'
import {BatchFault, decodeRecordBatch, encodeBatch} from '../../core/entries/batch-bytes.js'
import type {Interner} from '../../core/entries/vector-table.js'
import {crc32, Damage} from '../store/checks.js'
import {Tally} from './counts.js'
import {entryOf, type PageEntry} from './directory.js'
import {fingerprintOfRecords} from './fingerprint.js'

/** Records of a page as made by a split: small enough to rewrite for one change, large enough to be read fast. */
export const targetRecords = 256
/** A page above this is split. */
export const maxRecords = 512
/** A page below this is joined with a neighbour. */
export const minRecords = 64

/** A page as it is to be written. */
export interface WrittenPage {
	readonly entry: PageEntry
	/** null: it is stored already. */
	readonly value: Buffer | null
	/** What a scan shows of it as long as nothing changes; undefined: not known, or a scan cannot tell. */
	readonly fingerprint: string | undefined
}

/** A page of these records under that id. At most `maxRecords`. */
export function written(id: number, page: RecordBatch): WrittenPage & {readonly value: Buffer} {
	const value = encodeBatch(page)
	const {counts, oldestGone} = Tally.of(page)
	return {entry: entryOf(id, page, value, counts, oldestGone), value, fingerprint: fingerprintOfRecords(page)}
}

/** A page from its stored bytes. Throws Damage when they do not match `crc`. */
export function decodePage(value: Uint8Array, crc: number, interner: Interner): RecordBatch {
	if (crc32(value) !== crc) throw new Damage('a page of records does not match its checksum')
	try {
		return decodeRecordBatch(value, {mostRows: maxRecords, intern: (vector) => interner.intern(vector)})
	} catch (error) {
		if (error instanceof BatchFault) throw new Damage(`a page of records ${error.message}`)
		throw error
	}
}
