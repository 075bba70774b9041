// Owns a state and the versions of its parts as columns of JSON: those of intents, and of pages of format 1.
//
//   kind   0 file  1 dir  2 symlink  3 gone
//   state  file: size, mtime, mode, hash | 0    dir: mtime, mode    symlink: mtime, target    gone: since
import type {State} from '../../core/entries/entry.js'
import type {PartVersions} from '../../core/entries/parts.js'
import type {VectorTable} from '../../core/entries/vector-table.js'
import type {VersionVector} from '../../core/entries/versions.js'
import type {RelPath} from '../../core/paths.js'
import {Damage} from '../store/checks.js'

const kinds = {file: 0, dir: 1, symlink: 2, gone: 3} as const

export const isNumber = (value: unknown): value is number => typeof value === 'number'

/**
 * A path that this index stored itself: it was parsed before it came in and its page matches its checksum,
 * so it is not parsed again (that would double the time of a read).
 */
export const storedPath = (path: string): RelPath => path as RelPath

/** The vectors of parts as they stand in a table, which gets them. 0: both are that of the record. */
export const partIndexes = (parts: PartVersions | undefined, table: VectorTable): readonly [number, number] | 0 =>
	parts === undefined ? 0 : [table.indexOf(parts.content), table.indexOf(parts.mode)]

/** Throws Damage. */
export function decodeParts(value: unknown, vectors: readonly VersionVector[]): PartVersions | undefined {
	if (value === undefined || value === 0) return undefined
	const [a, b]: readonly unknown[] = Array.isArray(value) ? value : []
	const content = isNumber(a) ? vectors[a] : undefined
	const mode = isNumber(b) ? vectors[b] : undefined
	if (content === undefined || mode === undefined) throw new Damage('the versions of a record are malformed')
	return {content, mode}
}

/** Kind and state as columns, for a list that is no page. */
export function stateColumns(state: State): readonly unknown[] {
	switch (state.kind) {
		case 'file':
			return [kinds.file, state.size, state.mtime, state.mode, state.hash ?? 0]
		case 'dir':
			return [kinds.dir, state.mtime, state.mode]
		case 'symlink':
			return [kinds.symlink, state.mtime, state.target]
		case 'gone':
			return [kinds.gone, state.since]
	}
}

/** undefined: not the columns of a state. */
export function decodeState(kind: unknown, a: unknown, b: unknown, c: unknown, d: unknown): State | undefined {
	switch (kind) {
		case kinds.file:
			if (!isNumber(a) || !isNumber(b) || !isNumber(c) || (d !== 0 && typeof d !== 'string')) return undefined
			return {kind: 'file', size: a, mtime: b, mode: c, hash: d === 0 ? null : d}
		case kinds.dir:
			return isNumber(a) && isNumber(b) ? {kind: 'dir', mtime: a, mode: b} : undefined
		case kinds.symlink:
			return isNumber(a) && typeof b === 'string' ? {kind: 'symlink', mtime: a, target: b} : undefined
		case kinds.gone:
			return isNumber(a) ? {kind: 'gone', since: a} : undefined
		default:
			return undefined
	}
}
