// What a sync must leave, told from three folders alone: as both sides last agreed, and as each side is now. The two-way rules
// written a second time, without versions, index or plan. Where they leave a choice of mode or mtime, each one allowed stands here.
import {nameOf, parentOf, type RelPath} from '../../../src/lib/core/paths.js'
import {type Node, rel} from '../model/disk.js'

export type Folder = ReadonlyMap<RelPath, Node>

export interface Wanted {
	readonly kind: Node['kind']
	readonly content: string
	readonly modes: readonly number[]
	readonly mtimes: readonly number[]
}

/** What a scan once saw at a path otherwise than agreed. Who changes it back has edited it all the same. */
export type Seen = 'content' | 'metadata'

export interface Named {
	readonly name: string
	readonly folder: Folder
	readonly seen: ReadonlyMap<RelPath, Seen>
}

const isSame = (x: Node | undefined, y: Node | undefined): boolean => x?.kind === y?.kind && x?.content === y?.content
const isSameMetadata = (x: Node | undefined, y: Node | undefined): boolean =>
	x?.mode === y?.mode && (x?.kind === 'dir' || x?.mtime === y?.mtime)

/** How a side's node stands to the agreed one. */
function changeOf(x: Node | undefined, was: Node | undefined, seen: Seen | undefined): Seen | 'nothing' {
	if (!isSame(x, was) || seen === 'content') return 'content'
	return seen ?? (isSameMetadata(x, was) ? 'nothing' : 'metadata')
}

/** What a scan sees here otherwise than agreed. */
export function seenIn(folder: Folder, base: Folder): Map<RelPath, Seen> {
	const seen = new Map<RelPath, Seen>()
	for (const path of new Set([...folder.keys(), ...base.keys()])) {
		const change = changeOf(folder.get(path), base.get(path), undefined)
		if (change !== 'nothing') seen.set(path, change)
	}
	return seen
}

const asIs = ({kind, content, mode, mtime}: Node): Wanted => ({kind, content, modes: [mode], mtimes: [mtime]})

/** Whoever changed a value has it; of two different changes either may stay. */
function changedValue(was: number | undefined, x: number, y: number): number[] {
	if (x === y || y === was) return [x]
	return x === was ? [y] : [x, y]
}

/** `NAME.sync-conflict-YYYYMMDD-HHMMSS-DEVICE`; the small names have no extension. */
function copyPath(path: RelPath, {mtime}: Node, device: string): RelPath {
	const [date = '', time = ''] = new Date(mtime / 1000).toISOString().split(/[T.]/)
	const name = `${nameOf(path)}.sync-conflict-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${device}`
	const parent = parentOf(path)
	return rel(parent === undefined ? name : `${parent}/${name}`)
}

/** The side that keeps the name where both have new contents. */
function keepsName(was: Node | undefined, x: Node, y: Node): Node {
	if ((x.kind === 'dir') !== (y.kind === 'dir')) return x.kind === 'dir' ? x : y
	if (was === undefined && (x.size === 0) !== (y.size === 0)) return x.size > 0 ? x : y
	return x.mtime > y.mtime ? x : y
}

/** The folder that both sides must have after a sync. */
export function wantedAfter(base: Folder, one: Named, other: Named): Map<RelPath, Wanted> {
	const wanted = new Map<RelPath, Wanted>()
	const paths = [...new Set([...base.keys(), ...one.folder.keys(), ...other.folder.keys()])].sort()
	for (const path of paths) {
		const [was, x, y] = [base.get(path), one.folder.get(path), other.folder.get(path)]
		const [mine, theirs] = [changeOf(x, was, one.seen.get(path)), changeOf(y, was, other.seen.get(path))]
		if (x === undefined || y === undefined) {
			const stands = x ?? y
			if (stands !== undefined && (was === undefined || (x === undefined ? theirs : mine) !== 'nothing'))
				wanted.set(path, asIs(stands))
			continue
		}
		// A mode that was changed back is an edit, too: then either side's may stay.
		const isChangedBack = one.seen.has(path) || other.seen.has(path)
		const old = was?.kind === x.kind && was.kind === y.kind && !isChangedBack ? was : undefined
		if (mine === 'nothing') wanted.set(path, asIs(y))
		else if (theirs === 'nothing') wanted.set(path, asIs(x))
		else if (isSame(x, y)) {
			const modes = changedValue(old?.mode, x.mode, y.mode)
			wanted.set(path, {...asIs(x), modes, mtimes: changedValue(old?.mtime, x.mtime, y.mtime)})
		} else if (was?.kind === x.kind && x.kind === y.kind && (mine === 'metadata' || theirs === 'metadata')) {
			const edited = mine === 'metadata' ? y : x
			wanted.set(path, {...asIs(edited), modes: changedValue(old?.mode, x.mode, y.mode)})
		} else {
			const winner = keepsName(was, x, y)
			const [loser, device] = winner === x ? [y, other.name] : [x, one.name]
			const isChmod = winner.kind === loser.kind && winner.mode === was?.mode
			wanted.set(path, {...asIs(winner), modes: isChmod ? [winner.mode, loser.mode] : [winner.mode]})
			if (loser.kind !== 'dir') wanted.set(copyPath(path, loser, device), asIs(loser))
		}
	}
	// A folder stays as far as something lives below it; a file that wanted its name becomes a conflict copy.
	for (const path of [...wanted.keys()].sort().reverse()) {
		for (let up = parentOf(path); up !== undefined; up = parentOf(up)) {
			const holder = [one, other].find(({folder}) => up !== undefined && folder.get(up)?.kind === 'dir')
			const folder = holder?.folder.get(up)
			if (holder === undefined || folder === undefined || wanted.get(up)?.kind === 'dir') continue
			const rival = holder === one ? other : one
			const file = rival.folder.get(up)
			if (wanted.has(up) && file !== undefined) wanted.set(copyPath(up, file, rival.name), asIs(file))
			wanted.set(up, asIs(folder))
		}
	}
	return wanted
}

/** What is wrong with a folder, in words; undefined: it is as wanted. */
export function faultOf(wanted: ReadonlyMap<RelPath, Wanted>, found: Folder): string | undefined {
	for (const [path, {kind, content, modes, mtimes}] of wanted) {
		const node = found.get(path)
		if (node === undefined) return `${path} is lost: a ${kind} "${content}" must stand there`
		if (node.kind !== kind || node.content !== content)
			return `${path} is a ${node.kind} "${node.content}", not a ${kind} "${content}"`
		if (!modes.includes(node.mode)) return `${path} has the mode ${node.mode.toString(8)}, not ${octal(modes)}`
		if (kind !== 'dir' && !mtimes.includes(node.mtime)) return `${path} has the mtime ${node.mtime}, not ${mtimes}`
	}
	for (const [path, {kind, content}] of found)
		if (!wanted.has(path)) return `${path} must not be there: a ${kind} "${content}"`
	return undefined
}

const octal = (modes: readonly number[]): string => modes.map((mode) => mode.toString(8)).join(' or ')
