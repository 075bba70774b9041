// Owns how the intents of a sync under way are stored: one sealed value for each call that changes the disk, removed by the batch that
// holds its records. They are a help after a crash, not part of the digest: without one its path counts as changed here.
//
//   i<key>   [devices, vectors, rows], sealed
//   row      [path, before, version, parts, keepAs path | 0, keepAs version, staged | 0, from | 0, kind, …state]   state as in format/json-states.ts

import {type Interner, VectorTable} from '../core/entries/vector-table.js'
import type {Intent} from '../core/folder/intent.js'
import {decodeParts, decodeState, partIndexes, stateColumns, storedPath} from './format/json-states.js'
import {decodeVectors, encodeVectors} from './format/json-vectors.js'
import {Damage, elements, isCount, parseStored, seal, unseal} from './store/checks.js'

/** Keys sort in the order in which intents were noted. */
export const intentKey = (key: number): string => `i${key.toString(36).padStart(8, '0')}`

export function encodeIntents(intents: readonly Intent[]): string {
	const table = new VectorTable()
	const rows = intents.map(({path, before, state, version, parts, keepAs, staged, from}) => [
		path,
		table.indexOf(before),
		table.indexOf(version),
		partIndexes(parts, table),
		keepAs?.path ?? 0,
		keepAs === null ? 0 : table.indexOf(keepAs.version),
		staged ?? 0,
		from ?? 0,
		...stateColumns(state),
	])
	return seal(JSON.stringify([...encodeVectors(table.vectors), rows]))
}

const what = 'a note of a sync under way'

/** What was stored under a key. Throws Damage. */
export function decodeIntents(
	stored: string,
	value: string,
	interner: Interner,
): {readonly key: number; readonly intents: readonly Intent[]} {
	const key = Number.parseInt(stored.slice(1), 36)
	if (!isCount(key)) throw new Damage(`${what} has no number`)
	const [devices, flat, rows] = elements(parseStored(unseal(value, what), what), what)
	const vectors = decodeVectors(devices, flat, interner)
	const intents = elements(rows, what).map((row): Intent => {
		const [path, before, version, part, copy, copyVersion, staged, from, kind, a, b, c, d] = elements(row, what)
		const state = decodeState(kind, a, b, c, d)
		const [start, end, copied] = [before, version, copyVersion].map((at) => (isCount(at) ? vectors[at] : undefined))
		if (typeof path !== 'string' || state === undefined || start === undefined || end === undefined)
			throw new Damage(`${what} is malformed`)
		if (copy !== 0 && (typeof copy !== 'string' || copied === undefined)) throw new Damage(`${what} is malformed`)
		return {
			path: storedPath(path),
			before: start,
			state,
			version: end,
			parts: decodeParts(part, vectors),
			keepAs: copy === 0 || copied === undefined ? null : {path: storedPath(copy), version: copied},
			staged: typeof staged === 'string' ? staged : null,
			from: typeof from === 'string' ? storedPath(from) : null,
		}
	})
	return {key, intents}
}
