// The watched folder of a running node: collects changed paths, debounces them, and scans only those.
// A watcher may miss events: its paths are trusted only after a cookie was seen, and a full scan runs at an interval.
import {join} from 'node:path'
import {parseRelPath, type RelPath} from '../../core/paths.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import {Debounce, isOnSharedDisk, kindAt, type TreeWatcher, watchTree} from '../../tree/index.js'
import type {NodeState} from '../status/node-state.js'
import {VcsLocks} from './vcs-locks.js'

/** Changed paths remembered between two scans; with more, the next scan is a full one. */
const maxDirty = 5000
/** Time for the event of a cookie (ms). It usually takes 1 ms; a busy machine needs more. */
const cookieMs = 1000
/** Largest share of the time that full scans may take: slow ones run less often. */
const fullScanShare = 1 / 20
/** Wait before a full scan after the watcher has lost events (ms). Starts anew with each loss. */
const soonMs = 1000
/** How long a file that keeps changing is left out of syncs (ms); then it is synced as it is. */
const growingMs = 60_000
/** Largest drift between system clock and monotonic clock since the last check (ms); more means a clock change or a sleep. */
const clockJumpMs = 5000

export interface LiveFolderParts {
	readonly replica: Replica
	readonly debounceMs: number
	readonly rescanMs: number
	readonly signal: AbortSignal
	/** Runs a task while no round runs. */
	readonly exclusive: (task: () => Promise<void>) => Promise<void>
	/** Called when something else than this node changed the folder. */
	readonly onChanged: () => void
	readonly onWarning: (message: string, advice: readonly string[]) => void
	readonly onHeld: (why: string | null) => void
}

interface Touched {
	readonly firstMs: number
	lastMs: number
	/** True: anything below it may have changed, too. */
	isTree: boolean
	/** True: no event since a sync was last requested. */
	isTold: boolean
}

export interface ScanOptions {
	/** True: a user waits for this sync, so files that are still being written are included. */
	readonly isAsked: boolean
	readonly onProgress?: (entries: number) => void
}

export class LiveFolder {
	readonly #parts: LiveFolderParts
	readonly #watcher: TreeWatcher
	readonly #debounce: Debounce
	/** A check waits for its turn. */
	#isCheckDue = false
	readonly #vcsLocks: VcsLocks
	/** Dirty paths: the index may be out of date for them. */
	#dirty = new Map<RelPath, Touched>()
	/** Dirty paths that the running scan has taken; the index is not updated yet. */
	#underWay: ReadonlyMap<RelPath, Touched> = new Map()
	/** Any path may be dirty: only a full scan can tell. */
	#isAllDirty = true
	/** `#isAllDirty` was set because of others' changes and not because of this node's own writes. */
	#isAllFresh = false
	#watching: NodeState['watching'] = 'starting'
	/** Problems of the last scan as one text, to compare them. */
	#problems = ''
	#timer: NodeJS.Timeout | undefined
	#clockMs = clockOffset()
	#closed = false

	constructor(parts: LiveFolderParts) {
		this.#parts = parts
		const {replica, debounceMs, onWarning, onHeld} = parts
		this.#vcsLocks = new VcsLocks({root: replica.root, onHeld})
		this.#debounce = new Debounce({quietMs: debounceMs, run: () => void this.#check()})
		this.#watcher = watchTree({
			root: replica.root,
			ignore: (path, isDir) => {
				const check = parseRelPath(path)
				return !check.ok || replica.isIgnored(check.path, isDir)
			},
			onChange: (path) => this.#note(path, false),
			onTree: (path) => this.#note(path, true),
			onUnseen: () => {
				this.#isAllDirty = true
				this.#scheduleFullScan(soonMs)
			},
			onWarning: (message, advice) => {
				this.#watching = 'polling'
				onWarning(message, advice)
			},
		})
		void this.#watcher.ready.then(() => {
			if (this.#watching === 'starting') this.#watching = 'live'
		})
	}

	/**
	 * Starts watching and runs the first scan, without a peer. The first round then scans only what changed since. Never rejects.
	 */
	async begin(): Promise<void> {
		// The scan reports what keeps the folder from being watched.
		await this.#watcher.ready.catch(() => {})
		if (!this.#closed) await this.#fullScan('at the start')
	}

	get watching(): NodeState['watching'] {
		return this.#watching
	}

	/** Number of changed paths that no scan has covered yet, and whether there may be others. */
	get unscanned(): {readonly changes: number; readonly isChecking: boolean} {
		const taken = [...this.#underWay.keys()].filter((path) => !this.#dirty.has(path)).length
		return {changes: this.#dirty.size + taken, isChecking: this.#isAllDirty}
	}

	/** Updates the index from the folder: scans the paths that the watcher named if they can be trusted, else everything. */
	async scan(signal: AbortSignal, options: ScanOptions): Promise<ScanReport> {
		await this.#vcsLocks.wait(signal)
		const report = (await this.#scanChanges(signal, options)) ?? (await this.#scanAll(signal, options.onProgress))
		this.#problems = problemsText(report)
		return report
	}

	/**
	 * A round failed or left paths over. No event tells what it left behind (such as second names in staging), so the next scan is a
	 * full one.
	 */
	distrust(): void {
		this.#isAllDirty = true
	}

	/** A round is about to change many paths here: ignores its events until the returned function is called. */
	hold(): () => void {
		this.#isAllDirty = true
		return this.#watcher.hold()
	}

	/** A round is over: tells its own writes from changes that others made meanwhile. Never rejects. */
	async roundOver(): Promise<void> {
		if (this.#closed) return
		// Events of the round's writes may still arrive.
		await this.#watcher.settled(cookieMs)
		if (this.#dirty.size > 0 && (await this.#isDue())) this.#debounce.poke()
	}

	async close(): Promise<void> {
		this.#closed = true
		clearTimeout(this.#timer)
		this.#debounce.close()
		await this.#watcher.close()
	}

	#note(path: string | null, isTree: boolean): void {
		const nowMs = performance.now()
		if (path !== null) this.#vcsLocks.note(path)
		const check = path === null ? undefined : parseRelPath(path)
		if (check?.ok) this.#touch(check.path, nowMs, isTree)
		else this.#touchAll()
		this.#debounce.poke()
	}

	#touch(path: RelPath, nowMs: number, isTree: boolean): void {
		const known = this.#dirty.get(path)
		if (known !== undefined) {
			known.lastMs = nowMs
			known.isTree ||= isTree
			known.isTold = false
		} else if (this.#dirty.size < maxDirty)
			this.#dirty.set(path, {firstMs: nowMs, lastMs: nowMs, isTree, isTold: false})
		else this.#touchAll()
	}

	#touchAll(): void {
		this.#isAllDirty = true
		this.#isAllFresh = true
	}

	/** Runs when no change came for the time of the debounce. Never rejects. */
	async #check(): Promise<void> {
		if (this.#isCheckDue) return
		this.#isCheckDue = true
		if (!(await this.#isDue()) || this.#closed) return
		this.#isAllFresh = false
		for (const touched of this.#dirty.values()) touched.isTold = true
		this.#parts.onChanged()
	}

	/** True if a sync is due: something else than this node changed the folder. Never rejects. */
	async #isDue(): Promise<boolean> {
		let isDue = true
		try {
			await this.#parts.exclusive(async () => {
				this.#isCheckDue = false
				isDue = await this.#hasChanged()
			})
		} catch {
			// The index cannot be read, or the folder is missing: the sync that follows reports it.
		}
		return isDue
	}

	/**
	 * Drops dirty paths whose stat matches the index; returns whether others are left. A path is dropped in the same turn of the event
	 * loop as its stat, so a later change makes it dirty again by its own event.
	 */
	async #hasChanged(): Promise<boolean> {
		if (this.#closed) return false
		const {replica, signal} = this.#parts
		if (this.#isAllFresh) return true
		const plain = [...this.#dirty].filter(([path, {isTree}]) => !isTree && !mayBeNoName(path)).map(([path]) => path)
		const unclear = new Map(this.#dirty)
		for (const path of plain) unclear.delete(path)
		await replica.peekAt(plain, (path, found) => {
			const touched = this.#dirty.get(path)
			if (found === 'same') this.#dirty.delete(path)
			else if (found === 'unclear' && touched !== undefined) unclear.set(path, touched)
		})
		// If one path did change, the scan covers all of them: a folder may have moved from one to another.
		const areAlone = unclear.size === this.#dirty.size
		if (unclear.size > 0 && areAlone && !this.#isAllDirty) {
			for (const path of unclear.keys()) this.#dirty.delete(path)
			const {seq} = replica
			const report = await this.#scanPart(unclear, signal)
			const before = this.#problems
			this.#problems = problemsText(report)
			if (report === undefined || report.seq > seq || this.#problems !== before) return true
		}
		return this.#isAllFresh || [...this.#dirty.values()].some(({isTold}) => !isTold)
	}

	/** The paths to scan; undefined: a full scan is needed. */
	async #scanChanges(signal: AbortSignal, {isAsked}: ScanOptions): Promise<ScanReport | undefined> {
		if (this.#watching !== 'live' || this.#isAllDirty || this.#clockJumped()) return undefined
		// Changes to a shared disk by other machines cause no event here.
		if (isOnSharedDisk(this.#parts.replica.root)) return undefined
		if (!(await this.#watcher.settled(cookieMs)) || this.#isAllDirty) return undefined
		const taken = this.#take(isAsked)
		for (const path of this.#watcher.blind) {
			const check = parseRelPath(path)
			if (!check.ok) return undefined
			taken.set(check.path, {firstMs: 0, lastMs: 0, isTree: true, isTold: true})
		}
		return this.#scanPart(taken, signal)
	}

	/** Scans paths that were taken from the dirty ones; undefined: only a full scan can tell. */
	async #scanPart(taken: ReadonlyMap<RelPath, Touched>, signal: AbortSignal): Promise<ScanReport | undefined> {
		this.#underWay = taken
		try {
			const trees = new Set([...taken].filter(([, {isTree}]) => isTree).map(([path]) => path))
			const report = await this.#parts.replica.scanPart([...taken.keys()], signal, trees)
			if (report === undefined) this.#isAllDirty = true
			return report
		} catch (error) {
			this.#isAllDirty = true
			throw error
		} finally {
			this.#underWay = new Map()
		}
	}

	async #scanAll(signal: AbortSignal, onProgress?: (entries: number) => void): Promise<ScanReport> {
		// A change between the scan of a folder and the start of its watch would be missed.
		await unlessAborted(this.#watcher.ready, signal)
		clearTimeout(this.#timer)
		this.#underWay = this.#dirty
		this.#dirty = new Map()
		this.#isAllDirty = false
		this.#isAllFresh = false
		const startedAt = performance.now()
		try {
			const {replica} = this.#parts
			const {layout} = replica
			const report = await replica.scan(signal, onProgress)
			// The watcher read the rules before the first scan did.
			if (layout !== '' && layout !== replica.layout) this.#watcher.renew()
			this.#clockMs = clockOffset()
			return report
		} catch (error) {
			this.#isAllDirty = true
			throw error
		} finally {
			this.#underWay = new Map()
			this.#scheduleFullScan(Math.max(this.#parts.rescanMs, (performance.now() - startedAt) / fullScanShare))
		}
	}

	#scheduleFullScan(ms: number): void {
		if (this.#closed) return
		clearTimeout(this.#timer)
		this.#timer = setTimeout(() => void this.#fullScan('again'), ms)
	}

	/** Runs full scans at an interval, because events may have been lost. */
	async #fullScan(when: 'again' | 'at the start'): Promise<void> {
		const {exclusive, signal, onChanged, replica} = this.#parts
		let isDue = false
		try {
			await exclusive(async () => {
				if (when !== 'again' && !this.#isAllDirty) return
				await this.#vcsLocks.wait(signal)
				const {seq} = replica
				const before = this.#problems
				const report = await this.#scanAll(signal)
				this.#problems = problemsText(report)
				isDue = report.seq > seq || this.#problems !== before
			})
		} catch {
			// The sync that follows meets the same error and reports it.
			isDue = true
		}
		if (isDue && !this.#closed) onChanged()
	}

	/** Takes the dirty paths. Files that are still being written stay unless a user waits for this sync. */
	#take(isAsked: boolean): Map<RelPath, Touched> {
		const taken = this.#dirty
		this.#dirty = new Map()
		if (isAsked) return taken
		const {replica, debounceMs} = this.#parts
		const nowMs = performance.now()
		for (const [path, touched] of taken) {
			const {firstMs, lastMs, isTree} = touched
			const isGrowing = nowMs - lastMs < debounceMs && lastMs - firstMs > debounceMs && nowMs - firstMs < growingMs
			if (isTree || !isGrowing || kindAt(join(replica.root, path)) !== 'file') continue
			taken.delete(path)
			this.#dirty.set(path, {...touched, isTold: false})
		}
		if (this.#dirty.size > 0) this.#debounce.poke()
		return taken
	}

	#clockJumped(): boolean {
		return Math.abs(clockOffset() - this.#clockMs) > clockJumpMs
	}
}

/** A text that is equal for equal problems. undefined: they are not known. */
const problemsText = (report: ScanReport | undefined): string =>
	report === undefined ? '?' : report.problems.map(({path, code}) => `${path}\0${code}`).join('\n')

/** Replaces bytes that are not UTF-8: no file is found under this name. */
const mayBeNoName = (path: string): boolean => path.includes('\ufffd')

/** Rejects as soon as the signal is aborted. */
async function unlessAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted()
	let onAbort = (): void => {}
	const aborted = new Promise<void>((_, reject) => {
		onAbort = () => reject(signal.reason)
		signal.addEventListener('abort', onAbort, {once: true})
	})
	try {
		await Promise.race([wait, aborted])
	} finally {
		signal.removeEventListener('abort', onAbort)
	}
}

/** Offset of the system clock from the monotonic clock (ms). */
const clockOffset = (): number => Date.now() - performance.now()
