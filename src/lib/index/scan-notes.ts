// Owns what the last scan of the whole folder noted beside the records. Not part of the digest: where it is lost or damaged, the next
// scan takes what it finds without a record for something without a past, which deletes nothing.
import type {Scope} from '../core/scope.js'
import {FileSyncError} from '../errors/index.js'
import {Damage, elements, isCount, parseStored, seal, unseal} from './checks.js'
import type {Store} from './store.js'

const scanNotesKey = 'n'
const what = 'what the last scan noted'

/** A folder that another disk was mounted on. */
export interface KnownMount {
	readonly path: string
	/** Some names in it, none where it held nothing. */
	readonly names: readonly string[]
}

export interface ScanNotes {
	readonly scope: Scope
	readonly mounts: readonly KnownMount[]
}

/** null: none were noted, or they cannot be read. */
export async function loadScanNotes(store: Store): Promise<ScanNotes | null> {
	try {
		const [stored] = await store.getMany([scanNotesKey])
		return stored === undefined ? null : decode(unseal(stored.toString(), what))
	} catch (error) {
		if (error instanceof Damage || error instanceof FileSyncError) return null
		throw error
	}
}

/** In the order of the writes, which the next one that is synced puts on the disk. */
export async function storeScanNotes(store: Store, {scope, mounts}: ScanNotes): Promise<void> {
	const {rules, count, settled} = scope
	const text = JSON.stringify([rules, count, settled ? 1 : 0, mounts.map(({path, names}) => [path, names])])
	await store.batch([{key: scanNotesKey, value: seal(text)}], false)
}

function decode(text: string): ScanNotes {
	const [rules, count, settled, mounts] = elements(parseStored(text, what), what)
	if (typeof rules !== 'string' || !isCount(count)) throw new Damage(`${what} is malformed`)
	return {scope: {rules, count, settled: settled === 1}, mounts: elements(mounts, what).map(decodeMount)}
}

function decodeMount(value: unknown): KnownMount {
	const [path, names] = elements(value, what)
	if (typeof path !== 'string') throw new Damage(`${what} is malformed`)
	return {path, names: elements(names, what).filter((name) => typeof name === 'string')}
}
