// lstat of paths, into columns that cross threads cheaply. Runs in a worker.
// Never lists a folder, never follows a link.
import {lstatSync, readlinkSync, type Stats} from 'node:fs'
import {errnoOf} from '../errors/index.js'
import {describeFailure} from './errors.js'
import {kindCodes, type ScanProblem, type ScanResult} from './scan-columns.js'
import {type Transferred, withTransfer} from './transfer.js'

/** Codes by which a path is gone, or what was a folder on the way to it. */
export const gone = new Set(['ENOENT', 'ENOTDIR'])

/** lstat of every path in turn, into columns. Paths come sorted, so a folder comes before what is in it. */
export class Look {
	readonly #root: string
	readonly #folders: ReadonlySet<string>
	readonly #unreadable: Set<string>
	readonly #problems: ScanProblem[]
	/** Listed as folders, but none any more (`x/`): what was listed below lies elsewhere or nowhere. */
	readonly #lost: string[] = []
	readonly #paths: string[] = []
	readonly #targets: [number, string][] = []
	readonly #kinds: Uint8Array<ArrayBuffer>
	readonly #mode: Uint16Array<ArrayBuffer>
	readonly #size: Float64Array<ArrayBuffer>
	readonly #mtimeMs: Float64Array<ArrayBuffer>
	readonly #ctimeMs: Float64Array<ArrayBuffer>
	readonly #ino: Float64Array<ArrayBuffer>
	#skipped = 0

	constructor(
		root: string,
		rows: number,
		folders: ReadonlySet<string>,
		unlisted: Set<string>,
		problems: ScanProblem[],
	) {
		this.#root = root
		this.#folders = folders
		this.#unreadable = unlisted
		this.#problems = problems
		this.#kinds = new Uint8Array(rows)
		this.#mode = new Uint16Array(rows)
		this.#size = new Float64Array(rows)
		this.#mtimeMs = new Float64Array(rows)
		this.#ctimeMs = new Float64Array(rows)
		this.#ino = new Float64Array(rows)
	}

	at(path: string): void {
		if (this.#lost.length > 0 && this.#lost.some((folder) => path.startsWith(folder))) {
			this.#unreadable.delete(path)
			return
		}
		const full = `${this.#root}/${path}`
		try {
			const stats = lstatSync(full, {throwIfNoEntry: false})
			if (stats?.isDirectory() === true) {
				this.#row(path, kindCodes.dir, stats)
				return
			}
			if (this.#folders.has(path)) {
				this.#lost.push(`${path}/`)
				this.#unreadable.delete(path)
			}
			if (stats === undefined) return
			if (stats.isFile()) this.#row(path, kindCodes.file, stats)
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
		this.#targets.push([this.#paths.length, target])
		this.#row(path, kindCodes.symlink, stats)
	}

	#row(path: string, kind: number, stats: Stats): void {
		const row = this.#paths.push(path) - 1
		this.#kinds[row] = kind
		this.#mode[row] = stats.mode & 0o777
		this.#size[row] = stats.size
		this.#mtimeMs[row] = stats.mtimeMs
		this.#ctimeMs[row] = stats.ctimeMs
		this.#ino[row] = stats.ino
	}

	result(skipped: number, ignored: number): Transferred<ScanResult> {
		const count = this.#paths.length
		const columns = {
			kinds: this.#kinds.subarray(0, count),
			mode: this.#mode.subarray(0, count),
			size: this.#size.subarray(0, count),
			mtimeMs: this.#mtimeMs.subarray(0, count),
			ctimeMs: this.#ctimeMs.subarray(0, count),
			ino: this.#ino.subarray(0, count),
		}
		const result: ScanResult = {
			count,
			paths: this.#paths.join('\0'),
			...columns,
			targets: this.#targets,
			problems: this.#problems,
			unreadable: [...this.#unreadable].sort(),
			skipped: this.#skipped + skipped,
			ignored,
		}
		return withTransfer(
			result,
			Object.values(columns).map((column) => column.buffer),
		)
	}
}
