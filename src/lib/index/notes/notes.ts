// Owns small values beside the records, each under a key of its own and not part of the digest. One that is lost or damaged counts as
// never written. Never holds anything that the correctness of a record depends on.
import {FileSyncError} from '../../errors/index.js'
import {Damage, parseStored, seal, unseal} from '../store/checks.js'
import type {Store} from '../store/store.js'

/** One kind of note. `decode` throws Damage for what `encode` does not give. */
export interface NoteKind<T> {
	readonly key: string
	/** For messages. */
	readonly what: string
	readonly encode: (value: T) => unknown
	readonly decode: (value: unknown) => T
}

/** null: never noted, or not to be read. */
export async function readNote<T>(store: Store, {key, what, decode}: NoteKind<T>): Promise<T | null> {
	try {
		const [stored] = await store.getMany([key])
		return stored === undefined ? null : decode(parseStored(unseal(stored.toString(), what), what))
	} catch (error) {
		if (error instanceof Damage || error instanceof FileSyncError) return null
		throw error
	}
}

/** Written in the order of all writes; durable with the next synced one. */
export const writeNote = <T>(store: Store, {key, encode}: NoteKind<T>, value: T): Promise<void> =>
	store.batch([{key, value: seal(JSON.stringify(encode(value)))}], false)
