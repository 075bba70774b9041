// The names below a root: fast-glob walks the folders, over our own listing of each: pruned, typed, and safe for any name. A folder
// that holds no folders is listed later, when its content is due. Never opens or follows anything but folders, and looks at nothing
// in them: that is scan.ts.
import {lstatSync, readdirSync} from 'node:fs'
import {resolve} from 'node:path'
import fastGlob from 'fast-glob'
import {isOwnName, limits} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {describeFailure, rootFailure} from '../disk/errors.js'
import type {IgnoreRules} from './ignore.js'
import {LeafFolders} from './leaf-folders.js'
import {hasReplacement, listByLstat, type NamedKind, resolveReplacements} from './odd-names.js'
import type {ScanProblem} from './result.js'

/** What stands in one folder. Both sorted by `<`; `folders` are those of `names` that were seen to be folders. */
export interface Listing {
	readonly names: readonly string[]
	readonly folders: readonly string[]
}

// fast-glob sees the root as the folder `r` of an empty file system. A pattern with a base folder keeps it from taking
// `.\x` for `./x`, and whatever stands in the real root's path is never read as a pattern.
const base = 'r'
const virtualRoot = resolve('/', base)

// Its `**` does not match line ends, which would lose such files silently. They stand in for lone surrogates, which no
// name that came out of UTF-8 can hold, while fast-glob looks at the names.
const lineEnd = /[\n\r\u2028\u2029]/
const lineEnds = /[\n\r\u2028\u2029]/g
const standIns = /[\udc0a\udc0d\udc28\udc29]/gu
const mask = (name: string): string =>
	name.replace(lineEnds, (end) => String.fromCharCode(0xdc00 | (end.charCodeAt(0) & 0xff)))
const unmask = (path: string): string =>
	path.replace(standIns, (standIn) => {
		const low = standIn.charCodeAt(0) & 0xff
		return String.fromCharCode(low > 0x20 ? 0x2000 | low : low)
	})

// An own name starts with a dot, once what file systems ignore is gone; ASCII is never among that.
const mayBeOwn = (name: string): boolean => {
	const first = name.charCodeAt(0)
	return (first === 0x2e || first > 0x7f) && isOwnName(name)
}

const overLong = (text: string, maxBytes: number): boolean =>
	text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes

/** Sorted, each once: a folder that changes while it is listed may show a name twice. */
function inOrder(names: string[]): readonly string[] {
	names.sort()
	return names.some((name, i) => name === names[i + 1]) ? [...new Set(names)] : names
}

/** Lists a tree once. Make a new one for every scan. */
export class NameWalk {
	readonly #root: string
	readonly #rules: IgnoreRules
	readonly #listings = new Map<string, Listing>()
	/** Folders of which the content is not known. */
	readonly unlisted = new Set<string>()
	readonly problems: ScanProblem[] = []
	#rootError: Error | undefined
	#masked = false
	#entries = 0
	#skipped = 0
	#ignored = 0

	constructor(root: string, rules: IgnoreRules) {
		this.#root = root
		this.#rules = rules
	}

	/** By path, '' the root: every folder that was listed by now, or tried to be. */
	get listings(): ReadonlyMap<string, Listing> {
		return this.#listings
	}

	/** FIFOs, sockets and devices that listings showed. */
	get skipped(): number {
		return this.#skipped
	}

	/** Names that a rule leaves out. */
	get ignored(): number {
		return this.#ignored
	}

	/**
	 * Lists all folders but those that hold no folders. `onFolder` hears the number of entries found so far, once per folder. Throws
	 * FileSyncError ROOT_MISSING when the root itself cannot be listed; all else is a problem.
	 */
	walk(onFolder: (entries: number) => void): void {
		const leaves = new LeafFolders(this.#root)
		const foldersIn = (directory: string): NamedKind[] => {
			const masked = directory.slice(virtualRoot.length + 1)
			const folder = this.#masked ? unmask(masked) : masked
			if (folder !== '' && leaves.has(folder)) return []
			const folders = this.#listFolder(folder)
			onFolder(this.#entries)
			return this.#masking(folders)
		}
		function list(directory: string, options: {withFileTypes: true}): NamedKind[]
		function list(directory: string): string[]
		function list(directory: string, options?: {withFileTypes: true}): NamedKind[] | string[] {
			const entries = foldersIn(directory)
			return options === undefined ? entries.map((entry) => entry.name) : entries
		}
		// It is shown folders alone: a name costs it three objects and a match, and every name is to be had.
		fastGlob.sync(`${base}/**`, {
			cwd: resolve('/'),
			dot: true,
			onlyDirectories: true,
			followSymbolicLinks: false,
			unique: false,
			fs: {readdirSync: list},
		})
		if (this.#rootError !== undefined) throw this.#rootError
	}

	/** Lists all that is below these folders. No folder is below another of them. */
	walkBelow(tops: readonly string[]): void {
		const todo = [...tops]
		for (let folder = todo.pop(); folder !== undefined; folder = todo.pop())
			for (const {name} of this.#listFolder(folder)) todo.push(`${folder}/${name}`)
	}

	/** Reports the names in a folder that are not UTF-8, as a listing of it does. One that cannot be listed has none. */
	reportUndecodable(folder: string): void {
		try {
			this.#withoutUndecodable(folder, folder === '' ? this.#root : `${this.#root}/${folder}`, [])
		} catch {
			// Gone, or not readable: who looks at the folder itself says so.
		}
	}

	/** What is in a folder, listed now where it was not before: kinds are not known then, and what is no file must be looked at. */
	listingOf(folder: string): Listing {
		return this.#listings.get(folder) ?? this.#listLate(folder)
	}

	/** As fast-glob is to see them. */
	#masking(folders: NamedKind[]): NamedKind[] {
		for (const entry of folders) {
			if (!lineEnd.test(entry.name)) continue
			this.#masked = true
			entry.name = mask(entry.name)
		}
		return folders
	}

	/** Notes what is in a folder; returns the folders among it. */
	#listFolder(folder: string): NamedKind[] {
		const prefix = folder === '' ? '' : `${folder}/`
		const names: string[] = []
		const folders: NamedKind[] = []
		// RACE: a folder that becomes a link before this call is listed through it; scan.ts does not enter a link.
		for (const entry of this.#read(folder, (at) => this.#readTyped(folder, at))) {
			const {name} = entry
			const isDir = entry.isDirectory()
			if (mayBeOwn(name)) continue
			const path = prefix + name
			if (this.#rules.ignores(path, isDir)) this.#ignored++
			else if (!isDir && !entry.isFile() && !entry.isSymbolicLink()) this.#skipped++
			else if (this.#canBeSynced(path, name)) {
				names.push(name)
				if (isDir) folders.push(entry)
			}
		}
		const listing = {names: inOrder(names), folders: inOrder(folders.map(({name}) => name))}
		this.#listings.set(folder, listing)
		this.#entries += listing.names.length
		return folders
	}

	/** Names alone, which come at half the cost. A folder among them has come since its parent was taken for a leaf. */
	#listLate(folder: string): Listing {
		const names: string[] = []
		for (const name of this.#read(folder, (at) => this.#readNames(folder, at))) {
			if (mayBeOwn(name)) continue
			const path = `${folder}/${name}`
			if (this.#isLeftOut(path)) this.#ignored++
			else if (this.#canBeSynced(path, name)) names.push(name)
		}
		return {names: inOrder(names), folders: []}
	}

	/** Of a name whose kind is not known: where it would be left out as a file and not as a folder, it is looked at. */
	#isLeftOut(path: string): boolean {
		if (!this.#rules.ignores(path, false)) return false
		return this.#rules.ignores(path, true) || !isFolder(`${this.#root}/${path}`)
	}

	/** `read` gets the folder's place on the disk. */
	#read<T>(folder: string, read: (at: string) => T[]): T[] {
		const at = folder === '' ? this.#root : `${this.#root}/${folder}`
		if (folder.length >= limits.depth && folder.split('/').length >= limits.depth) {
			this.unlisted.add(folder)
			this.#report(folder, 'ENAMETOOLONG', `folders deeper than ${limits.depth} levels are not synced`)
			return []
		}
		try {
			return read(at)
		} catch (error) {
			const code = errnoOf(error) ?? 'EIO'
			if (folder === '') this.#rootError = rootFailure(this.#root, error)
			this.unlisted.add(folder)
			// Gone or replaced since its parent was listed: what stands there now is told by lstat.
			if (code !== 'ENOENT' && code !== 'ENOTDIR')
				this.#report(folder, code, describeFailure('this folder cannot be listed', error))
			return []
		}
	}

	#readTyped(folder: string, at: string): NamedKind[] {
		const entries = typedEntries(at)
		return entries.some((entry) => hasReplacement(entry.name)) ? this.#withoutUndecodable(folder, at, entries) : entries
	}

	#withoutUndecodable(folder: string, at: string, entries: readonly NamedKind[]): NamedKind[] {
		return resolveReplacements(at, entries, (shown) =>
			this.#report(
				folder === '' ? shown : `${folder}/${shown}`,
				'EILSEQ',
				'its name is not valid UTF-8; rename it to sync it',
			),
		)
	}

	/** The folder was looked at just now; one that became a link meanwhile was listed through it, so it counts as unlisted. */
	#readNames(folder: string, at: string): string[] {
		const names = readdirSync(at)
		if (!lstatSync(at).isDirectory()) {
			this.unlisted.add(folder)
			return []
		}
		return names.some(hasReplacement) ? this.#readTyped(folder, at).map(({name}) => name) : names
	}

	#canBeSynced(path: string, name: string): boolean {
		if (!name.isWellFormed())
			return this.#report(path.toWellFormed(), 'EILSEQ', 'its name is not valid Unicode; rename it to sync it')
		if (overLong(name, limits.componentBytes))
			return this.#report(path, 'ENAMETOOLONG', `its name is longer than ${limits.componentBytes} bytes`)
		if (overLong(path, limits.pathBytes))
			return this.#report(path, 'ENAMETOOLONG', `its path is longer than ${limits.pathBytes} bytes`)
		return true
	}

	#report(path: string, code: string, message: string): false {
		this.problems.push({path, code, message})
		return false
	}
}

function typedEntries(at: string): NamedKind[] {
	try {
		return readdirSync(at, {withFileTypes: true})
	} catch (error) {
		// Where the file system tells no types, Node takes lstat of each name and fails when one has vanished.
		if (error instanceof Error && 'syscall' in error && error.syscall === 'lstat') return listByLstat(at)
		throw error
	}
}

function isFolder(at: string): boolean {
	try {
		return lstatSync(at, {throwIfNoEntry: false})?.isDirectory() === true
	} catch {
		return false
	}
}
