// Owns what a record becomes when its database starts over as a new device.
import {type IndexRecord, isLive} from '../core/entries/entry.js'
import type {VersionVector} from '../core/entries/versions.js'

/** State and disk stay, the past goes; null for a tombstone, which is nothing but past. */
export const renewed = (record: IndexRecord, version: VersionVector, takeSeq: () => number): IndexRecord | null =>
	isLive(record.state) ? {...record, version, parts: undefined, seq: takeSeq()} : null
