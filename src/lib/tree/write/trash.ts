// `.filesync/trash/RUN/PATH`: what a sync overwrote or deleted, kept for `trash_days`. Never touches anything outside `.filesync/`.
import {lstatSync, mkdirSync, readdirSync, renameSync} from 'node:fs'
import {lstat, readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {ownFolder, type RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {describeFailure, TreeError} from '../disk/errors.js'

/** How many names are tried for one path in one run before giving up; more than a few means something is wrong. */
const maxTries = 100

/** The file system is full: in blocks, in inodes, or for this user. */
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')

/** Bytes of a name. Some bytes stay free for a number. */
const maxNameBytes = 240

const runName = /^\d{8}-\d{6}(\.\d+)?$/

/** `20260102-030405` in UTC: the name of a run's folder in the trash. */
export function trashSessionName(nowMs: number): string {
	const digits = new Date(nowMs).toISOString().replace(/\D/g, '')
	return `${digits.slice(0, 8)}-${digits.slice(8, 14)}`
}

/** A path as one name: `/` and `%` as a URL has them; of a long one its end. */
function flatName(path: RelPath): string {
	const name = Buffer.from(path.replaceAll('%', '%25').replaceAll('/', '%2F'))
	return name
		.subarray(Math.max(0, name.byteLength - maxNameBytes))
		.toString('utf8')
		.replaceAll('\ufffd', '')
}

/**
 * One run's place in the trash. Folders are made when first needed. On a full disk no folder can be made, but a rename needs no room:
 * what goes there then has its path in one name, in a folder that was made ahead (the reserve, which becomes that of the run) or in that
 * of the newest run there is.
 */
export class TrashSession {
	readonly #trash: string
	readonly #base: string
	readonly #reserve: string
	readonly #made = new Set<string>()

	constructor(root: string, run: string) {
		this.#reserve = join(root, ownFolder, 'reserve')
		this.#trash = join(root, ownFolder, 'trash')
		this.#base = join(this.#trash, run)
	}

	/**
	 * Calls `put` with a free absolute place for `path`, in the first of `RUN`, `RUN.2`, … where its name is free and its
	 * parents are folders. `put` must fail with EEXIST (or ENOTEMPTY) instead of overwriting. Returns the place that was taken.
	 */
	keep(path: RelPath, put: (place: string) => void): string {
		try {
			return this.#keepAtPath(path, put)
		} catch (error) {
			const folder = isFull(error) ? this.#standing() : undefined
			if (folder === undefined) throw error
			return this.#keepFlat(folder, path, put)
		}
	}

	/** Makes the folders that a full disk would not take any more. Never throws: without them it fails where they are needed. */
	prepare(): void {
		try {
			for (const folder of [this.#trash, this.#reserve])
				if (lstatSync(folder, {throwIfNoEntry: false}) === undefined) mkdirSync(folder, {mode: 0o700})
		} catch (error) {
			if (errnoOf(error) === undefined) throw error
		}
	}

	/** A folder that stands in the trash, undefined where there is none. */
	#standing(): string | undefined {
		const isFolder = (path: string): boolean => lstatSync(path, {throwIfNoEntry: false})?.isDirectory() === true
		try {
			if (isFolder(this.#base)) return this.#base
			if (isFolder(this.#reserve)) {
				renameSync(this.#reserve, this.#base)
				return this.#base
			}
			const runs = readdirSync(this.#trash).filter((name) => runName.test(name))
			return runs
				.sort()
				.map((name) => join(this.#trash, name))
				.findLast(isFolder)
		} catch (error) {
			if (errnoOf(error) === undefined) throw error
			return undefined
		}
	}

	#keepFlat(folder: string, path: RelPath, put: (place: string) => void): string {
		const name = flatName(path)
		for (let attempt = 1; attempt <= maxTries; attempt++) {
			const place = join(folder, attempt === 1 ? name : `${name}.${attempt}`)
			try {
				put(place)
				return place
			} catch (error) {
				if (errnoOf(error) !== 'EEXIST') throw error
			}
		}
		throw new TreeError('EEXIST', 'no free name in the trash')
	}

	#keepAtPath(path: RelPath, put: (place: string) => void): string {
		for (let attempt = 1; attempt <= maxTries; attempt++) {
			const place = join(attempt === 1 ? this.#base : `${this.#base}.${attempt}`, path)
			try {
				this.#makeParent(place)
				put(place)
				return place
			} catch (error) {
				const code = errnoOf(error)
				if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'ENOTEMPTY' && code !== 'EISDIR') throw error
			}
		}
		throw new TreeError('EEXIST', 'no free name in the trash')
	}

	/**
	 * Makes the folders above `place`. A link may lie here under a folder's name, trashed in the same second: it is no folder,
	 * wherever it leads. ENOTDIR then.
	 */
	#makeParent(place: string): void {
		const parent = join(place, '..')
		if (this.#made.has(parent)) return
		if (parent !== this.#trash) this.#makeParent(parent)
		try {
			mkdirSync(parent, {mode: 0o700})
		} catch (error) {
			if (errnoOf(error) !== 'EEXIST') throw error
			if (!lstatSync(parent).isDirectory())
				throw new TreeError('ENOTDIR', 'a file lies there under the name of a folder')
		}
		this.#made.add(parent)
	}
}

/** The names of the runs in the trash, oldest first. Empty where there is no trash, or it cannot be listed. Never rejects. */
export async function trashSessions(root: string): Promise<readonly string[]> {
	const trash = join(root, ownFolder, 'trash')
	try {
		if (!(await lstat(trash)).isDirectory()) return []
		return (await readdir(trash)).filter((name) => runName.test(name)).sort()
	} catch {
		return []
	}
}

/**
 * Removes runs from the trash, off the main thread. What cannot be removed now (a file in use, an immutable one, a read-only disk) is
 * tried again the next time, and returned as one sentence. Never rejects.
 */
export async function removeTrashSessions(root: string, runs: readonly string[]): Promise<readonly string[]> {
	const kept: string[] = []
	for (const run of runs) {
		const at = join(root, ownFolder, 'trash', run)
		try {
			await rm(at, {recursive: true, force: true})
		} catch (error) {
			kept.push(describeFailure(`old files in the trash stay: ${at} cannot be removed`, error))
		}
	}
	const [first, ...more] = kept
	if (first === undefined) return []
	return [more.length === 0 ? first : `${first}, nor can ${more.length} more of that age`]
}
