// A scan's rows, made into objects one by one, when they are asked for.
// Never touches the disk.
import {entryKinds, type RecordBatch, rowFlags} from '../../core/entries/batch.js'
import type {Seen} from '../../core/entries/entry.js'
import type {SeenRows} from '../../core/entries/seen.js'
import type {ScannedMounts} from '../../core/folder/mounts.js'
import {coveredBy, type RelPath} from '../../core/paths.js'
import type {ScanProblem, ScanResult} from './result.js'

/** The rows of one scan, sorted by path. Holds columns and one string, not an object per row. */
export class ScanColumns {
	readonly #result: ScanResult
	#isUnreadable: ((path: string) => boolean) | undefined
	#targets: ReadonlyMap<number, string> | undefined

	constructor(result: ScanResult) {
		this.#result = result
	}

	get length(): number {
		return this.#result.count
	}

	get problems(): readonly ScanProblem[] {
		return this.#result.problems
	}

	/** FIFOs, sockets and devices. */
	get skipped(): number {
		return this.#result.skipped
	}

	/** Entries left out by a rule. */
	get ignored(): number {
		return this.#result.ignored
	}

	/** Of the last batch alone. */
	get mounts(): ScannedMounts {
		return this.#result.mounts
	}

	/** Paths at and below which nothing may be taken as deleted. Sorted. */
	get unreadable(): readonly string[] {
		return this.#result.unreadable
	}

	/** True when nothing may be concluded from the absence of `path`. */
	isUnknown(path: string): boolean {
		this.#isUnreadable ??= coveredBy(this.#result.unreadable)
		return this.#isUnreadable(path)
	}

	/** The path of row `i`, 0 ≤ i < length. */
	pathAt(i: number): RelPath {
		const end = this.#result.ends[i]
		if (end === undefined || i >= this.length) throw new RangeError(`no row ${i} in a scan of ${this.length}`)
		// The scan checked each name for length, depth, Unicode and FileSync's own names; the disk does the rest.
		return this.#result.paths.slice(this.#startOf(i), end - 1) as RelPath
	}

	seenAt(i: number): Seen {
		const path = this.pathAt(i)
		const {kinds, mode, size, mtimeMs, ctimeMs, ino} = this.#result
		const code = kinds[i]
		return {
			path,
			kind: code === entryKinds.file ? 'file' : code === entryKinds.dir ? 'dir' : 'symlink',
			disk: {
				size: size[i] ?? 0,
				mtimeMs: mtimeMs[i] ?? 0,
				ctimeMs: ctimeMs[i] ?? 0,
				ino: ino[i] ?? 0,
				mode: mode[i] ?? 0,
			},
			target: code === entryKinds.symlink ? this.#targetAt(i) : null,
		}
	}

	/**
	 * True when row `i` is a file or folder that shows what row `at` of the index says, and that says all. False tells nothing of a link.
	 * Makes no object, because nearly every row of a scan is such a one.
	 */
	isStill(i: number, {columns, own}: RecordBatch, at: number): boolean {
		const {kinds, mode, size, mtimeMs, ctimeMs, ino} = this.#result
		return (
			kinds[i] === columns.kinds[at] &&
			kinds[i] !== entryKinds.symlink &&
			((columns.flags[at] ?? 0) & (rowFlags.racy | rowFlags.stamped)) === rowFlags.stamped &&
			size[i] === own.stampSizes[at] &&
			mtimeMs[i] === own.stampMtimes[at] &&
			ctimeMs[i] === own.stampCtimes[at] &&
			ino[i] === own.inos[at] &&
			mode[i] === own.stampModes[at]
		)
	}

	/** Rows `from` to below `to`; their columns are of the same memory. */
	rows(from: number, to: number): SeenRows {
		const {paths, kinds, mode, size, mtimeMs, ctimeMs, ino, targets} = this.#result
		return {
			// A NUL stands before each path but the first.
			paths: from < to ? paths.slice(this.#startOf(from), this.#startOf(to) - 1) : '',
			kinds: kinds.subarray(from, to),
			mode: mode.subarray(from, to),
			size: size.subarray(from, to),
			mtimeMs: mtimeMs.subarray(from, to),
			ctimeMs: ctimeMs.subarray(from, to),
			ino: ino.subarray(from, to),
			targets: targets.flatMap(([row, target]) => (row >= from && row < to ? [[row - from, target] as const] : [])),
		}
	}

	/**
	 * These rows from `from` on, then the first `count` of `next` (at most all), whose problems, counts and unreadable paths are those
	 * of all. Copies them, so few are cheap.
	 */
	followedBy(from: number, next: ScanColumns, count = next.length): ScanColumns {
		const a = this.rows(from, this.length)
		const b = next.rows(0, Math.min(count, next.length))
		const kept = a.kinds.length
		if (kept === 0 && b.kinds.length === next.length) return next
		const rows = kept + b.kinds.length
		const start = this.#startOf(from)
		const shift = this.#startOf(this.length) - start
		return new ScanColumns({
			...next.#result,
			count: rows,
			paths: kept > 0 && b.kinds.length > 0 ? `${a.paths}\0${b.paths}` : a.paths + b.paths,
			ends: joined(
				new Uint32Array(rows),
				this.#result.ends.subarray(from).map((end) => end - start),
				next.#result.ends.subarray(0, b.kinds.length).map((end) => end + shift),
			),
			kinds: joined(new Uint8Array(rows), a.kinds, b.kinds),
			mode: joined(new Uint16Array(rows), a.mode, b.mode),
			size: joined(new Float64Array(rows), a.size, b.size),
			mtimeMs: joined(new Float64Array(rows), a.mtimeMs, b.mtimeMs),
			ctimeMs: joined(new Float64Array(rows), a.ctimeMs, b.ctimeMs),
			ino: joined(new Float64Array(rows), a.ino, b.ino),
			targets: [...a.targets, ...b.targets.map(([row, target]) => [row + kept, target] as const)],
		})
	}

	/** The row of `path`, or undefined. Binary search. */
	find(path: string): number | undefined {
		let low = 0
		let high = this.length - 1
		while (low <= high) {
			const middle = (low + high) >>> 1
			const at = this.pathAt(middle)
			if (at === path) return middle
			if (at < path) low = middle + 1
			else high = middle - 1
		}
		return undefined
	}

	/** All rows in order; each object lives as long as the caller keeps it. */
	*[Symbol.iterator](): Generator<Seen, void> {
		for (let i = 0; i < this.length; i++) yield this.seenAt(i)
	}

	/** Of row `length`, too, as if another followed. */
	#startOf(i: number): number {
		return i === 0 ? 0 : (this.#result.ends[i - 1] ?? 0)
	}

	#targetAt(i: number): string {
		this.#targets ??= new Map(this.#result.targets)
		return this.#targets.get(i) ?? ''
	}
}

function joined<T extends {set(from: T, at?: number): void; readonly length: number}>(to: T, first: T, second: T): T {
	to.set(first)
	to.set(second, first.length)
	return to
}
