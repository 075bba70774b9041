// lstat of paths, into columns that cross threads cheaply, all at once or portion by portion. Runs in a worker.
// Never lists a folder, never follows a link.
import {lstatSync, readlinkSync, type Stats} from 'node:fs'
import {errnoOf} from '../errors/index.js'
import {describeFailure} from './errors.js'
import {kindCodes, type ScanProblem, type ScanResult} from './scan-columns.js'
import {type Transferred, withTransfer} from './transfer.js'

const quietly = {throwIfNoEntry: false} as const

/** Codes by which a path is gone, or what was a folder on the way to it. */
export const gone = new Set(['ENOENT', 'ENOTDIR'])

/** lstat of every path in turn, into columns. Paths come sorted, so a folder comes before what is in it. */
export class Look {
	readonly #root: string
	readonly #unreadable: Set<string>
	/** Listed as folders, but none any more (`x/`): what was listed below lies elsewhere or nowhere. */
	readonly #lost: string[] = []
	readonly #problems: ScanProblem[]
	#rows: Rows
	#skipped = 0

	/** `rows`: how many paths there are at most before the next `take` or `result`. */
	constructor(root: string, rows: number, unlisted: Set<string>, problems: ScanProblem[]) {
		this.#root = root
		this.#unreadable = unlisted
		this.#problems = problems
		this.#rows = new Rows(rows)
	}

	/** `wasFolder`: it was listed as one. */
	at(path: string, wasFolder: boolean): void {
		if (this.#lost.length > 0 && this.#lost.some((folder) => path.startsWith(folder))) {
			this.#unreadable.delete(path)
			return
		}
		const full = `${this.#root}/${path}`
		try {
			const stats = lstatSync(full, quietly)
			if (stats?.isDirectory() === true) {
				this.#rows.add(path, kindCodes.dir, stats)
				return
			}
			if (wasFolder) {
				this.#lost.push(`${path}/`)
				this.#unreadable.delete(path)
			}
			if (stats === undefined) return
			if (stats.isFile()) this.#rows.add(path, kindCodes.file, stats)
			else if (stats.isSymbolicLink()) this.#link(path, full, stats)
			else this.#skipped++
		} catch (error) {
			const code = errnoOf(error) ?? 'EIO'
			if (gone.has(code)) return
			this.#unreadable.add(path)
			this.#problems.push({path, code, message: describeFailure('it cannot be looked at', error)})
		}
	}

	#link(path: string, full: string, stats: Stats): void {
		const bytes = readlinkSync(full, {encoding: 'buffer'})
		const target = bytes.toString('utf8')
		if (!Buffer.from(target).equals(bytes)) {
			this.#unreadable.add(path)
			this.#problems.push({path, code: 'EILSEQ', message: 'the target of this link is not valid UTF-8'})
			return
		}
		this.#rows.targets.push([this.#rows.count, target])
		this.#rows.add(path, kindCodes.symlink, stats)
	}

	/**
	 * What was looked at since the last `take`, without problems and counts, which come with the result. `rows`: how many paths
	 * follow at most. What is unreadable is known for all paths up to the last of these.
	 */
	take(rows: number): Transferred<ScanResult> {
		const taken = this.#rows
		this.#rows = new Rows(rows)
		return this.#result(taken, [], 0, 0)
	}

	/** The rest, and all that is known of what is no row. */
	result(skipped: number, ignored: number): Transferred<ScanResult> {
		return this.#result(this.#rows, this.#problems, this.#skipped + skipped, ignored)
	}

	#result(rows: Rows, problems: readonly ScanProblem[], skipped: number, ignored: number): Transferred<ScanResult> {
		const columns = rows.columns()
		const result: ScanResult = {
			count: rows.count,
			paths: rows.paths.join('\0'),
			...columns,
			targets: rows.targets,
			problems,
			unreadable: [...this.#unreadable].sort(),
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
	readonly #kinds: Uint8Array<ArrayBuffer>
	readonly #mode: Uint16Array<ArrayBuffer>
	readonly #size: Float64Array<ArrayBuffer>
	readonly #mtimeMs: Float64Array<ArrayBuffer>
	readonly #ctimeMs: Float64Array<ArrayBuffer>
	readonly #ino: Float64Array<ArrayBuffer>

	constructor(most: number) {
		this.#kinds = new Uint8Array(most)
		this.#mode = new Uint16Array(most)
		this.#size = new Float64Array(most)
		this.#mtimeMs = new Float64Array(most)
		this.#ctimeMs = new Float64Array(most)
		this.#ino = new Float64Array(most)
	}

	get count(): number {
		return this.paths.length
	}

	add(path: string, kind: number, stats: Stats): void {
		const row = this.paths.push(path) - 1
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
			kinds: this.#kinds.subarray(0, count),
			mode: this.#mode.subarray(0, count),
			size: this.#size.subarray(0, count),
			mtimeMs: this.#mtimeMs.subarray(0, count),
			ctimeMs: this.#ctimeMs.subarray(0, count),
			ino: this.#ino.subarray(0, count),
		}
	}
}
