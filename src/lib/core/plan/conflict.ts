// Two different contents under one name: who keeps the name, and what the other is called from then on.
import type {FileState, LinkState, LiveState} from '../entries/entry.js'
import {limits, nameOf, parentOf, type RelPath} from '../paths.js'

export type Side = 'local' | 'remote'

export const otherSide = (side: Side): Side => (side === 'local' ? 'remote' : 'local')

export interface ConflictRules {
	/** Two mtimes closer than this are equal. */
	readonly mtimeSkewSec: number
	/** The peer's clock minus this one's, in seconds; its mtimes are read by its clock. */
	readonly clockOffsetSec: number
	readonly names: Readonly<Record<Side, string>>
}

const rank = {dir: 2, file: 1, symlink: 0} as const
const sizeOf = (state: LiveState): number =>
	state.kind === 'file' ? state.size : state.kind === 'symlink' ? Buffer.byteLength(state.target) : 0
const contentOf = (state: LiveState): string =>
	state.kind === 'file' ? (state.hash ?? '') : state.kind === 'symlink' ? state.target : ''

/**
 * Which side's content keeps the name: a folder before anything else, then the newer, then the larger, then a file before
 * a link, then the greater hash or target. The same answer on both sides; 'local' only where nothing tells them apart.
 */
export function winnerOf(local: LiveState, remote: LiveState, rules: ConflictRules): Side {
	if ((local.kind === 'dir') !== (remote.kind === 'dir')) return local.kind === 'dir' ? 'local' : 'remote'
	const offsetSec = Math.abs(rules.clockOffsetSec) > rules.mtimeSkewSec ? rules.clockOffsetSec : 0
	const aheadSec = (local.mtime - remote.mtime) / 1e6 + offsetSec
	if (Math.abs(aheadSec) > rules.mtimeSkewSec) return aheadSec > 0 ? 'local' : 'remote'
	const larger = sizeOf(local) - sizeOf(remote) || rank[local.kind] - rank[remote.kind]
	if (larger !== 0) return larger > 0 ? 'local' : 'remote'
	return contentOf(local) >= contentOf(remote) ? 'local' : 'remote'
}

/** A device's name as it may stand in a file name: letters, digits, `-` and `_`, at most 32. */
export function deviceLabel(name: string): string {
	const label = name
		.normalize('NFC')
		.replace(/[^\p{L}\p{N}_-]+/gu, '-')
		.replace(/^-+|-+$/g, '')
	return [...label].slice(0, 32).join('') || 'device'
}

/** `20260102-030405` in UTC, of an mtime in microseconds; times that no calendar shows become the nearest that it does. */
function stamp(mtime: number): string {
	const ms = Math.min(Math.max(mtime / 1000, -62_135_596_800_000), 253_402_300_799_000)
	const digits = new Date(ms).toISOString().replace(/\D/g, '')
	return `${digits.slice(0, 8)}-${digits.slice(8, 14)}`
}

/** The longest head of `text` within `bytes` bytes of UTF-8. */
function clip(text: string, bytes: number): string {
	let used = 0
	let head = ''
	for (const character of text) {
		used += Buffer.byteLength(character)
		if (used > bytes) break
		head += character
	}
	return head
}

/** What follows the last dot of a name is an extension up to this length; beyond it, it is a sentence with a dot in it. */
const longestExtensionBytes = 64

/**
 * The name of a conflict copy: `STEM.sync-conflict-YYYYMMDD-HHMMSS-NAME.EXT`, with the loser's own mtime (UTC), so that a sync
 * that was cut off and runs again finds the same name. `number` 2, 3, … when the name is taken.
 */
export function conflictName(path: RelPath, loser: FileState | LinkState, device: string, number = 1): RelPath {
	const name = nameOf(path)
	const dot = name.lastIndexOf('.')
	const isExtension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= longestExtensionBytes
	const [stem, extension] = isExtension ? [name.slice(0, dot), name.slice(dot)] : [name, '']
	const tag = `.sync-conflict-${stamp(loser.mtime)}-${deviceLabel(device)}${number > 1 ? `-${number}` : ''}`
	const parent = parentOf(path)
	const folder = parent === undefined ? '' : `${parent}/`
	const most = Math.min(limits.componentBytes, limits.pathBytes - Buffer.byteLength(folder))
	const room = most - Buffer.byteLength(tag) - Buffer.byteLength(extension)
	return `${folder}${clip(stem, room)}${tag}${extension}` as RelPath
}
