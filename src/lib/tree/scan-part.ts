// A look at some paths of a tree, where it is known which may have changed: the cost is what changed, not what is there.
// Runs in a worker. Never follows a link; a path that cannot be looked at is a problem and never taken for missing.
import {accessSync, constants, lstatSync, opendirSync} from 'node:fs'
import {errnoOf} from '../errors/index.js'
import {foldsCase, IgnoreRules} from './ignore.js'
import {MountPoints} from './mounts.js'
import type {ScanArgs} from './scan.js'
import {gone, Look} from './scan-look.js'
import {NameWalk} from './scan-names.js'
import {hasReplacement} from './scan-odd.js'
import {visitInOrder} from './scan-order.js'
import type {ScanResult} from './scan-result.js'
import {type Transferred, withTransfer} from './transfer.js'

/**
 * A path that may have changed, and the inode of the folder that is known there. null: no folder is, or what is in it may have changed,
 * too.
 */
export interface DirtyPath {
	readonly path: string
	readonly ino: number | null
}

export interface PartScanArgs extends ScanArgs {
	readonly dirty: readonly DirtyPath[]
}

/**
 * A look at some paths alone; a folder that is not the one known there is listed with all below it. `below`: paths of which
 * the result holds everything below them as well: those folders, and what is no folder (any more). `named`: folders in which names that
 * are not UTF-8 were looked for; '' the root.
 */
export interface PartScan {
	readonly result: ScanResult
	readonly below: readonly string[]
	readonly named: readonly string[]
	/** A disk was mounted or unmounted, now or since `mounts` were met: only a scan of the whole folder tells what that means. */
	readonly haveMountsMoved: boolean
}

export function scanPart(args: PartScanArgs): Transferred<PartScan> {
	const {root, ignoreLines, foldCase = foldsCase(), dirty, mounts: known = []} = args
	const rules = new IgnoreRules(ignoreLines, foldCase)
	const mounts = new MountPoints(root, known)
	const unmounted = mounts.unmounted()
	const look = (path: string): Found => lookQuietly(root, path, mounts)
	const parents = new Parents(look)
	const below: string[] = []
	const listed: string[] = []
	const plain: string[] = []
	const named = new Set<string>()
	for (const {path, ino} of dirty) {
		const found = parents.kindOf(path) === 'none' ? none : look(path)
		// One that cannot be listed is a problem only once it is tried.
		const isNew = found.kind === 'folder' && (found.ino !== ino || !canList(`${root}/${path}`))
		if (hasReplacement(path)) named.add(folderOfOddName(path))
		if (found.kind !== 'folder' || isNew) below.push(path)
		if (found.kind === 'none' || rules.ignores(path, found.kind === 'folder')) continue
		if (isNew) listed.push(path)
		else plain.push(path)
	}
	const tops = withoutNested(listed)
	const names = new NameWalk(root, rules)
	names.walkBelow(tops)
	for (const folder of named) if (!names.listings.has(folder)) names.reportUndecodable(folder)
	const found = new Set([...plain, ...tops])
	for (const top of tops)
		visitInOrder(
			(folder) => names.listings.get(folder),
			top,
			(path, isFolder) => {
				found.add(path)
				return isFolder
			},
		)
	const looked = new Look(root, names.unlisted, names.problems, () => false, mounts)
	for (const path of [...found].sort()) looked.at(path, names.listings.has(path))
	const {value, buffers} = looked.result(names.skipped, names.ignored)
	const haveMountsMoved =
		value.mounts.haveMoved || mounts.hasNew || unmounted.some((mount) => dirty.some(({path}) => isRelated(path, mount)))
	return withTransfer({result: value, below: withoutNested(below), named: [...named], haveMountsMoved}, buffers)
}

type Found = {readonly kind: 'folder'; readonly ino: number} | {readonly kind: 'other' | 'none' | 'unknown'}

const none: Found = {kind: 'none'}

/** The folder of the first component that may be no name. */
function folderOfOddName(path: string): string {
	const before = path.slice(0, path.indexOf('\ufffd'))
	return before.slice(0, Math.max(0, before.lastIndexOf('/')))
}

function canList(folder: string): boolean {
	try {
		opendirSync(folder).closeSync()
		accessSync(folder, constants.R_OK | constants.X_OK)
		return true
	} catch {
		return false
	}
}

/** One is the other, or lies below it. */
const isRelated = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)

/** `unknown`: it cannot be looked at. */
function lookQuietly(root: string, path: string, mounts: MountPoints): Found {
	try {
		const stats = lstatSync(`${root}/${path}`, {throwIfNoEntry: false})
		if (stats === undefined) return none
		if (!stats.isDirectory()) return {kind: 'other'}
		mounts.note(path, stats)
		return {kind: 'folder', ino: stats.ino}
	} catch (error) {
		return gone.has(errnoOf(error) ?? '') ? none : {kind: 'unknown'}
	}
}

/** Paths that lie below none of the others. */
function withoutNested(paths: readonly string[]): string[] {
	const kept: string[] = []
	const tops = new Set(paths)
	for (const path of tops) {
		let slash = path.lastIndexOf('/')
		while (slash > 0 && !tops.has(path.slice(0, slash))) slash = path.lastIndexOf('/', slash - 1)
		if (slash <= 0) kept.push(path)
	}
	return kept.sort()
}

/** Whether all folders on the way to a path are folders and no links: what lies behind a link is not in the tree. */
class Parents {
	readonly #look: (path: string) => Found
	readonly #known = new Map<string, 'folder' | 'none' | 'unknown'>([['', 'folder']])

	constructor(look: (path: string) => Found) {
		this.#look = look
	}

	/** What the folder of a path is. `none`: nothing of the tree can be at the path. */
	kindOf(path: string): 'folder' | 'none' | 'unknown' {
		const slash = path.lastIndexOf('/')
		const folder = slash < 0 ? '' : path.slice(0, slash)
		const known = this.#known.get(folder)
		if (known !== undefined) return known
		const above = this.kindOf(folder)
		const found = above === 'folder' ? this.#look(folder).kind : above
		const kind = found === 'other' ? 'none' : found
		this.#known.set(folder, kind)
		return kind
	}
}
