// Owns the one small value that every batch rewrites: who this database is, how far it has counted, and a digest
// over everything else. LevelDB drops a damaged batch in the middle of its log without a word; the digest tells.

import {type DeviceId, parseDeviceId} from '../core/entries/versions.js'
import type {RootIdentity} from '../core/folder/root.js'
import {Damage, elements, isCount, parseStored, seal, unseal} from './store/checks.js'

export const metaKey = 'm'

export interface Meta {
	readonly device: DeviceId
	/** Highest sequence number handed out before this batch. */
	readonly seq: number
	/** Next id of a page. */
	readonly nextPage: number
	readonly root: RootIdentity | null
	/** XOR of `markOf` over all directory entries and agreements. */
	readonly digest: number
	/** Starting over was begun: pages whose seqs are not above `from` are still the old device's. See `Index.startOver`. */
	readonly startingOver: {readonly from: number; readonly counter: number} | null
}

export function encodeMeta({device, seq, nextPage, root, digest, startingOver}: Meta): string {
	const identity = root === null ? null : [root.id, root.ino, root.ctimeMs]
	const over = startingOver === null ? null : [startingOver.from, startingOver.counter]
	return seal(JSON.stringify([device, seq, nextPage, digest, identity, over]))
}

const what = 'the state of the index'

function decodeRoot(value: unknown): RootIdentity | null {
	if (value === null) return null
	const [id, ino, ctimeMs] = elements(value, what)
	if (typeof id !== 'string' || typeof ino !== 'number' || typeof ctimeMs !== 'number')
		throw new Damage('the identity of the root is malformed')
	return {id, ino, ctimeMs}
}

function decodeStartingOver(value: unknown): Meta['startingOver'] {
	if (value === null) return null
	const [from, counter] = elements(value, what)
	if (!isCount(from) || !isCount(counter)) throw new Damage(`${what} is malformed`)
	return {from, counter}
}

/** Throws Damage. */
export function decodeMeta(value: string): Meta {
	const [id, seq, nextPage, digest, root, over] = elements(parseStored(unseal(value, what), what), what)
	const device = typeof id === 'string' ? parseDeviceId(id) : undefined
	if (device === undefined || !isCount(seq) || !isCount(nextPage) || !isCount(digest))
		throw new Damage(`${what} is malformed`)
	return {device, seq, nextPage, digest, root: decodeRoot(root), startingOver: decodeStartingOver(over)}
}
