// lstat of paths, into columns that cross threads cheaply, all at once or batch by batch. Runs in a worker.
// Never lists a folder, never follows a link.

import {lstatSync, readlinkSync, type Stats} from 'node:fs'
import {entryKinds} from '../../core/entries/batch.js'
import {noMounts, noteMount, type ScannedMounts} from '../../core/folder/mounts.js'
import {errnoOf} from '../../errors/index.js'
import {describeFailure} from '../disk/errors.js'
import {targetText} from '../disk/links.js'
import {MountPoints} from '../disk/mounts.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'
import type {ScanProblem, ScanResult} from './result.js'

/** Rows for which there is room at first: what a batch has. It grows fourfold. */
const firstRoom = 1024

const quietly = {throwIfNoEntry: false} as const

/** Codes by which a path is gone, or what was a folder on the way to it. */
export const gone = new Set(['ENOENT', 'ENOTDIR'])

const mountMissing =
	'a disk was mounted here and is not now; mount it again, or remove this folder to delete on both sides what was on it'

/** A file that has other names, too. */
export interface LinkedFile {
	readonly path: string
	readonly size: number
	readonly mtimeMs: number
}

/** lstat of every path in turn, into columns. Paths come sorted, so a folder comes before what is in it. */
export class Look {
	readonly #root: string
	readonly #unreadable: Set<string>
	/** Listed as folders, but none any more (`x/`): what was listed below lies elsewhere or nowhere. */
	readonly #lost: string[] = []
	readonly #problems: ScanProblem[]
	readonly #isLeftOut: (folder: string) => boolean
	readonly #mounts: MountPoints
	/** Files that have other names, too, as they were looked at. */
	readonly linked: LinkedFile[] = []
	#rows = new Rows()
	#skipped = 0

	/** `isLeftOut`: asked of folders that were not listed as such. `mounts`: hears of every folder. */
	constructor(
		root: string,
		unlisted: Set<string>,
		problems: ScanProblem[],
		isLeftOut: (folder: string) => boolean = () => false,
		mounts: MountPoints = new MountPoints(root, []),
	) {
		this.#root = root
		this.#unreadable = unlisted
		this.#problems = problems
		this.#isLeftOut = isLeftOut
		this.#mounts = mounts
	}

	/** Rows since the last `take`. */
	get count(): number {
		return this.#rows.count
	}

	/** `wasFolder`: it was listed as one. True when it is one, and not left out. */
	at(path: string, wasFolder: boolean): boolean {
		if (this.#lost.length > 0 && this.#lost.some((folder) => path.startsWith(folder))) {
			this.#unreadable.delete(path)
			return false
		}
		const full = `${this.#root}/${path}`
		try {
			const stats = lstatSync(full, quietly)
			if (stats?.isDirectory() === true) {
				if (!wasFolder && this.#isLeftOut(path)) return false
				if (this.#mounts.isDiskAway(path, stats)) return this.#diskAway(path)
				this.#rows.add(path, entryKinds.dir, stats)
				return true
			}
			if (wasFolder) {
				this.#lost.push(`${path}/`)
				this.#unreadable.delete(path)
			}
			if (stats === undefined) return false
			if (stats.isFile()) {
				if (stats.nlink > 1) this.linked.push({path, size: stats.size, mtimeMs: stats.mtimeMs})
				this.#rows.add(path, entryKinds.file, stats)
			} else if (stats.isSymbolicLink()) this.#link(path, full, stats)
			else this.#skipped++
		} catch (error) {
			const code = errnoOf(error) ?? 'EIO'
			if (gone.has(code)) return false
			// Of a dead mount point the listing was told already.
			const isTold = this.#unreadable.has(path) && this.#problems.some((problem) => problem.path === path)
			this.#unreadable.add(path)
			if (!isTold) this.#problems.push({path, code, message: describeFailure('it cannot be looked at', error)})
		}
		return false
	}

	/** What stands in the empty place of a disk is not the tree's. */
	#diskAway(path: string): false {
		this.#unreadable.add(path)
		this.#problems.push({path, code: 'MOUNT_MISSING', message: mountMissing})
		return false
	}

	#link(path: string, full: string, stats: Stats): void {
		const bytes = readlinkSync(full, {encoding: 'buffer'})
		const shown = bytes.toString('utf8')
		if (!Buffer.from(shown).equals(bytes)) {
			this.#unreadable.add(path)
			this.#problems.push({path, code: 'EILSEQ', message: 'the target of this link is not valid UTF-8'})
			return
		}
		this.#rows.targets.push([this.#rows.count, targetText(shown)])
		this.#rows.add(path, entryKinds.symlink, stats)
	}

	/**
	 * What was looked at since the last `take`, without problems and counts, which come with the result. What is unreadable is known
	 * for all paths up to the last of these.
	 */
	take(): Transferred<ScanResult> {
		const taken = this.#rows
		this.#rows = new Rows()
		return this.#result(taken, [], 0, 0, noMounts)
	}

	/** The rest, and all that is known of what is no row. `namesIn`: what was listed in a folder. */
	result(
		skipped: number,
		ignored: number,
		namesIn: (folder: string) => readonly string[] = () => [],
	): Transferred<ScanResult> {
		const problems = this.#problems.sort((a, b) => (a.path < b.path ? -1 : 1))
		const {found, table} = this.#mounts
		const noted = found.map((path) => noteMount(path, namesIn(path)))
		const mounts = {found: noted, table, haveMoved: this.#mounts.haveMoved}
		return this.#result(this.#rows, problems, this.#skipped + skipped, ignored, mounts)
	}

	#result(
		rows: Rows,
		problems: readonly ScanProblem[],
		skipped: number,
		ignored: number,
		mounts: ScannedMounts,
	): Transferred<ScanResult> {
		const columns = rows.columns()
		const result: ScanResult = {
			count: rows.count,
			paths: rows.paths.join('\0'),
			...columns,
			targets: rows.targets,
			problems,
			unreadable: [...this.#unreadable].sort(),
			mounts,
			skipped,
			ignored,
		}
		return withTransfer(
			result,
			Object.values(columns).map((column) => column.buffer),
		)
	}
}

/** Rows on their way into columns; a row is added after its target. */
class Rows {
	readonly paths: string[] = []
	readonly targets: [number, string][] = []
	#end = 0
	#room = firstRoom
	#ends = new Uint32Array(firstRoom)
	#kinds = new Uint8Array(firstRoom)
	#mode = new Uint16Array(firstRoom)
	#size = new Float64Array(firstRoom)
	#mtimeMs = new Float64Array(firstRoom)
	#ctimeMs = new Float64Array(firstRoom)
	#ino = new Float64Array(firstRoom)

	get count(): number {
		return this.paths.length
	}

	add(path: string, kind: number, stats: Stats): void {
		const row = this.paths.push(path) - 1
		if (row === this.#room) this.#grow()
		this.#end += path.length + 1
		this.#ends[row] = this.#end
		this.#kinds[row] = kind
		this.#mode[row] = stats.mode & 0o777
		this.#size[row] = stats.size
		this.#mtimeMs[row] = stats.mtimeMs
		this.#ctimeMs[row] = stats.ctimeMs
		this.#ino[row] = stats.ino
	}

	columns() {
		const {count} = this
		return {
			ends: this.#ends.subarray(0, count),
			kinds: this.#kinds.subarray(0, count),
			mode: this.#mode.subarray(0, count),
			size: this.#size.subarray(0, count),
			mtimeMs: this.#mtimeMs.subarray(0, count),
			ctimeMs: this.#ctimeMs.subarray(0, count),
			ino: this.#ino.subarray(0, count),
		}
	}

	#grow(): void {
		this.#room *= 4
		this.#ends = grown(this.#ends, new Uint32Array(this.#room))
		this.#kinds = grown(this.#kinds, new Uint8Array(this.#room))
		this.#mode = grown(this.#mode, new Uint16Array(this.#room))
		this.#size = grown(this.#size, new Float64Array(this.#room))
		this.#mtimeMs = grown(this.#mtimeMs, new Float64Array(this.#room))
		this.#ctimeMs = grown(this.#ctimeMs, new Float64Array(this.#room))
		this.#ino = grown(this.#ino, new Float64Array(this.#room))
	}
}

function grown<T extends {set(from: T): void}>(from: T, to: T): T {
	to.set(from)
	return to
}
