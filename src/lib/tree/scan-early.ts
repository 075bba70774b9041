// A look at the names of a folder right after they were listed, while the system has them at hand: a quarter of a scan's time less
// than a look at all names once all are listed. What is no plain file or folder is looked at later, in its turn.
import {lstatSync, type Stats} from 'node:fs'
import {kindCodes} from './scan-columns.js'

const quietly = {throwIfNoEntry: false} as const

/** A row that tells nothing. */
const unknown = 255

/** Rows that there is room for at first; then twice as many, and so on. */
const firstRows = 4096

interface Columns {
	readonly kinds: Uint8Array
	readonly mode: Uint16Array
	readonly size: Float64Array
	readonly mtimeMs: Float64Array
	readonly ctimeMs: Float64Array
	readonly ino: Float64Array
}

function columnsFor(rows: number, from?: Columns): Columns {
	const columns = {
		kinds: new Uint8Array(rows),
		mode: new Uint16Array(rows),
		size: new Float64Array(rows),
		mtimeMs: new Float64Array(rows),
		ctimeMs: new Float64Array(rows),
		ino: new Float64Array(rows),
	}
	if (from !== undefined) {
		columns.kinds.set(from.kinds)
		columns.mode.set(from.mode)
		columns.size.set(from.size)
		columns.mtimeMs.set(from.mtimeMs)
		columns.ctimeMs.set(from.ctimeMs)
		columns.ino.set(from.ino)
	}
	return columns
}

/** What an early look tells of a path. */
export interface EarlyRow {
	readonly kind: number
	/** 0o777 bits. */
	readonly mode: number
	readonly size: number
	readonly mtimeMs: number
	readonly ctimeMs: number
	readonly ino: number
}

/** What was seen of a folder: the row of its first name, the others follow; and what it was itself after them. */
export interface EarlyFolder {
	readonly firstRow: number
	/** Its inode; undefined: it was no folder (any more), so its names were looked at elsewhere or nowhere. */
	readonly ino: number | undefined
}

/** For one scan. */
export class EarlyLooks {
	readonly #root: string
	#columns = columnsFor(firstRows)
	#count = 0

	constructor(root: string) {
		this.#root = root
	}

	/** Looks at the names of a folder, and then at the folder. */
	folder(path: string, names: readonly string[]): EarlyFolder {
		const at = path === '' ? this.#root : `${this.#root}/${path}`
		const firstRow = this.#count
		this.#makeRoom(names.length)
		for (const name of names) this.#add(lookQuietly(`${at}/${name}`))
		const stats = lookQuietly(at)
		return {firstRow, ino: stats?.isDirectory() === true ? stats.ino : undefined}
	}

	/** undefined: it has to be looked at in its turn. */
	at(row: number): EarlyRow | undefined {
		const {kinds, mode, size, mtimeMs, ctimeMs, ino} = this.#columns
		const kind = kinds[row] ?? unknown
		if (kind === unknown) return undefined
		return {
			kind,
			mode: mode[row] ?? 0,
			size: size[row] ?? 0,
			mtimeMs: mtimeMs[row] ?? 0,
			ctimeMs: ctimeMs[row] ?? 0,
			ino: ino[row] ?? 0,
		}
	}

	#makeRoom(rows: number): void {
		const {length} = this.#columns.kinds
		if (this.#count + rows > length) this.#columns = columnsFor(Math.max(2 * length, this.#count + rows), this.#columns)
	}

	#add(stats: Stats | undefined): void {
		const row = this.#count++
		const {kinds, mode, size, mtimeMs, ctimeMs, ino} = this.#columns
		if (stats?.isFile() === true) kinds[row] = kindCodes.file
		else if (stats?.isDirectory() === true) kinds[row] = kindCodes.dir
		else {
			kinds[row] = unknown
			return
		}
		mode[row] = stats.mode & 0o777
		size[row] = stats.size
		mtimeMs[row] = stats.mtimeMs
		ctimeMs[row] = stats.ctimeMs
		ino[row] = stats.ino
	}
}

/** What cannot be looked at now is told when it is looked at in its turn. */
function lookQuietly(at: string): Stats | undefined {
	try {
		return lstatSync(at, quietly)
	} catch {
		return undefined
	}
}
