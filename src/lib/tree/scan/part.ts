// A look at some paths of a tree, where it is known which may have changed: the cost is what changed, not what is there.
// Runs in a worker. Never follows a link; a path that cannot be looked at is a problem and never taken for missing.
import {accessSync, constants, lstatSync, opendirSync} from 'node:fs'
import {errnoOf} from '../../errors/index.js'
import {MountPoints} from '../disk/mounts.js'
import {Callings} from '../disk/spelling.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'
import {foldsCase, IgnoreRules} from './ignore.js'
import {NameWalk} from './names.js'
import {hasReplacement} from './odd-names.js'
import {visitInOrder} from './order.js'
import type {ScanResult} from './result.js'
import type {ScanArgs} from './scan.js'
import {gone, type LinkedFile, Look} from './stat-columns.js'

/**
 * A path that may have changed, and the inode of the folder that the index has there. null: the index has no folder there, or what is in
 * it may have changed, too.
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
 * are not UTF-8 were looked for; '' the root. `others`: what the disk finds under one of the paths but is called so; the result holds it,
 * and of a folder all below.
 */
export interface PartScan {
	readonly result: ScanResult
	readonly below: readonly string[]
	readonly named: readonly string[]
	readonly others: readonly string[]
	/** Files among the result that have other names, too. */
	readonly linked: readonly LinkedFile[]
	/** A disk was mounted or unmounted, now or since `mounts` were met: only a scan of the whole folder tells what that means. */
	readonly haveMountsMoved: boolean
}

export function scanPart(args: PartScanArgs): Transferred<PartScan> {
	const {root, ignoreLines, foldCase = foldsCase(), dirty, mounts: known = []} = args
	const rules = new IgnoreRules(ignoreLines, foldCase)
	const mounts = new MountPoints(root, known)
	const unmounted = mounts.unmounted()
	const entries = new Entries(root, mounts)
	const met = new Set(dirty.map(({path}) => path))
	const others: string[] = []
	const below: string[] = []
	const listed: string[] = []
	const plain: string[] = []
	const named = new Set<string>()
	const todo = [...dirty]
	for (const {path, ino} of todo) {
		const found = entries.at(path)
		// One that cannot be listed is a problem only once it is tried.
		const isNew = found.kind === 'folder' && (found.ino !== ino || !canList(`${root}/${path}`))
		if (hasReplacement(path)) named.add(folderOfOddName(path))
		if (found.kind !== 'folder' || isNew) below.push(path)
		if (found.kind === 'none') {
			const other = entries.calledOtherwise(path)
			if (other === undefined || met.has(other)) continue
			met.add(other)
			others.push(other)
			todo.push({path: other, ino: null})
		} else if (rules.ignores(path, found.kind === 'folder')) continue
		else if (isNew) listed.push(path)
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
	return withTransfer(
		{result: value, below: withoutNested(below), named: [...named], others, linked: looked.linked, haveMountsMoved},
		buffers,
	)
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

/**
 * What stands at paths, each under just that name, and with folders that are no links on the way to it: what lies behind a link is not
 * in the tree.
 */
class Entries {
	readonly #root: string
	readonly #mounts: MountPoints
	readonly #callings = new Callings()
	readonly #folders = new Map<string, Found>([['', {kind: 'folder', ino: 0}]])

	constructor(root: string, mounts: MountPoints) {
		this.#root = root
		this.#mounts = mounts
	}

	at(path: string): Found {
		const [folder, name] = parted(path)
		const above = this.#folder(folder)
		if (above.kind !== 'folder') return above.kind === 'unknown' ? above : none
		const found = lookQuietly(this.#root, path, this.#mounts)
		if (found.kind === 'none' || found.kind === 'unknown') return found
		try {
			return this.#callings.isCalled(folder, this.#full(folder), name) ? found : none
		} catch {
			return {kind: 'unknown'}
		}
	}

	/** The path of what the disk finds at `path` though it is called otherwise; undefined: it finds nothing, or that cannot be told. */
	calledOtherwise(path: string): string | undefined {
		const called = this.#called(path)
		return called === path ? undefined : called
	}

	#called(path: string): string | undefined {
		const [above, name] = parted(path)
		const folder = above === '' ? '' : this.#called(above)
		if (folder === undefined || this.#folder(folder).kind !== 'folder') return undefined
		const prefix = folder === '' ? '' : `${folder}/`
		if (lookQuietly(this.#root, prefix + name, this.#mounts).kind === 'none') return undefined
		const at = this.#full(folder)
		try {
			if (this.#callings.isCalled(folder, at, name)) return prefix + name
			const other = this.#callings.nameOf(folder, at, name)
			return other === undefined ? undefined : prefix + other
		} catch {
			return undefined
		}
	}

	#folder(folder: string): Found {
		const found = this.#folders.get(folder) ?? this.at(folder)
		this.#folders.set(folder, found)
		return found
	}

	#full(folder: string): string {
		return folder === '' ? this.#root : `${this.#root}/${folder}`
	}
}

/** The folder of a path ('' the root) and its name there. */
function parted(path: string): [folder: string, name: string] {
	const slash = path.lastIndexOf('/')
	return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}
