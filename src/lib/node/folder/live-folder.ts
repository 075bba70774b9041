// The folder of a running node: noticed changes, settled by the debounce, and scans that look at what changed alone.
// A watcher is a hint: what it told is trusted only behind a cookie, and the whole folder is looked at again and again.
import {join} from 'node:path'
import {parseRelPath, type RelPath} from '../../core/paths.js'
import type {Replica, ScanReport} from '../../replica/replica.js'
import {Debounce, isOnSharedDisk, kindAt, type TreeWatcher, watchTree} from '../../tree/index.js'
import type {NodeState} from '../status/node-state.js'
import {Quiet} from './vcs-locks.js'

/** Paths remembered between two scans; beyond it the whole folder is looked at. */
const maxDirty = 5000
/** How long the cookie may take. It takes a millisecond; a machine under load may need more. */
const cookieMs = 1000
/** A full look may take this share of the time at most: where it takes long it comes more seldom. */
const rescanShare = 1 / 20
/** What nobody looked at is looked at so long after the last of it. */
const soonMs = 1000
/** A file that changes all the time is left out of a sync for so long; then it goes as it is. */
const growingMs = 60_000
/** The system's clock and the steady one may differ by so much since the last look; more is a jump, or a machine that slept. */
const clockJumpMs = 5000

export interface LiveFolderParts {
	readonly replica: Replica
	readonly debounceMs: number
	readonly rescanMs: number
	readonly signal: AbortSignal
	/** Runs a task while no round is under way. */
	readonly exclusive: (task: () => Promise<void>) => Promise<void>
	/** Called when something other than this node changed the folder. */
	readonly onChanged: () => void
	readonly onWarning: (message: string, advice: readonly string[]) => void
	readonly onHeld: (why: string | null) => void
}

interface Touched {
	readonly firstMs: number
	lastMs: number
	/** Anything below it may have changed, too. */
	isTree: boolean
	/** Nothing happened to it since a sync was last requested. */
	isTold: boolean
}

export interface ScanOptions {
	/** Files that are still being written are taken, too: somebody waits for the sync to come back. */
	readonly isAsked: boolean
	readonly onProgress?: (entries: number) => void
}

export class LiveFolder {
	readonly #parts: LiveFolderParts
	readonly #watcher: TreeWatcher
	readonly #debounce: Debounce
	/** A look waits for its turn. */
	#isLookDue = false
	readonly #quiet: Quiet
	/** Dirty paths: the index may be out of date for them. */
	#dirty = new Map<RelPath, Touched>()
	/** Dirty paths that the running scan has taken; the index does not have them yet. */
	#underWay: ReadonlyMap<RelPath, Touched> = new Map()
	/** Any path may be dirty: only a scan of the whole folder tells. */
	#isAllDirty = true
	/** `#isAllDirty` was set because of a change by others, not by what this node wrote itself. */
	#isAllFresh = false
	#watching: NodeState['watching'] = 'starting'
	/** Problems of the last scan, as one text. */
	#problems = ''
	#timer: NodeJS.Timeout | undefined
	#clockMs = clockOffset()
	#closed = false

	constructor(parts: LiveFolderParts) {
		this.#parts = parts
		const {replica, debounceMs, onWarning, onHeld} = parts
		this.#quiet = new Quiet({root: replica.root, onHeld})
		this.#debounce = new Debounce({quietMs: debounceMs, run: () => void this.#look()})
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
				this.#scheduleRescan(soonMs)
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
	 * The first look, which waits for no peer: a round that comes meanwhile finds it done, and looks at what changed since alone.
	 * Never rejects.
	 */
	async begin(): Promise<void> {
		// What keeps the folder from being watched is told by the scan.
		await this.#watcher.ready.catch(() => {})
		if (!this.#closed) await this.#rescan('where none went before')
	}

	get watching(): NodeState['watching'] {
		return this.#watching
	}

	/** Paths that changed here and that no scan has looked at yet, and whether there may be others. */
	get unscanned(): {readonly changes: number; readonly isChecking: boolean} {
		const taken = [...this.#underWay.keys()].filter((path) => !this.#dirty.has(path)).length
		return {changes: this.#dirty.size + taken, isChecking: this.#isAllDirty}
	}

	/** Brings the index up to the folder: by what the watcher told since the last scan where that can be trusted. */
	async scan(signal: AbortSignal, options: ScanOptions): Promise<ScanReport> {
		await this.#quiet.wait(signal)
		const report = (await this.#scanChanges(signal, options)) ?? (await this.#scanAll(signal, options.onProgress))
		this.#problems = problemsText(report)
		return report
	}

	/**
	 * A round did not do all that it planned: what it left (second names in staging among it) no event tells of, so the next
	 * scan looks at everything.
	 */
	distrust(): void {
		this.#isAllDirty = true
	}

	/** A round is about to change much here: its own events are not worth a look. Call the result when it is over. */
	hold(): () => void {
		this.#isAllDirty = true
		return this.#watcher.hold()
	}

	/** A round of this node is over: what it wrote itself is no change, what others did meanwhile is one. Never rejects. */
	async roundOver(): Promise<void> {
		if (this.#closed) return
		// The events of what was written may still be on their way.
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
		if (path !== null) this.#quiet.note(path)
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

	/** The debounce says that it is quiet. Never rejects. */
	async #look(): Promise<void> {
		if (this.#isLookDue) return
		this.#isLookDue = true
		if (!(await this.#isDue()) || this.#closed) return
		this.#isAllFresh = false
		for (const touched of this.#dirty.values()) touched.isTold = true
		this.#parts.onChanged()
	}

	/** Is a sync due? Not for what this node wrote itself. Never rejects. */
	async #isDue(): Promise<boolean> {
		let isDue = true
		try {
			await this.#parts.exclusive(async () => {
				this.#isLookDue = false
				isDue = await this.#hasChanged()
			})
		} catch {
			// The index cannot be read, or the folder is gone: the sync that follows says so.
		}
		return isDue
	}

	/**
	 * Drops all dirty paths that are as recorded, and returns whether others are left. A path is dropped in the same turn of the event
	 * loop as its stat: a later change has a later event, which makes it dirty again.
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
		// Where some path did change, the scan takes all of them: a folder may have moved from one to another.
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

	/** undefined: what changed is not known for sure. */
	async #scanChanges(signal: AbortSignal, {isAsked}: ScanOptions): Promise<ScanReport | undefined> {
		if (this.#watching !== 'live' || this.#isAllDirty || this.#clockJumped()) return undefined
		// On a shared disk changes by other systems have no event here.
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

	/** Of paths that are no longer dirty. */
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
		// A change behind the look at a folder and ahead of its watch would be known to nobody.
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
			// Before the first scan the rules were read for the watcher.
			if (layout !== '' && layout !== replica.layout) this.#watcher.renew()
			this.#clockMs = clockOffset()
			return report
		} catch (error) {
			this.#isAllDirty = true
			throw error
		} finally {
			this.#underWay = new Map()
			this.#scheduleRescan(Math.max(this.#parts.rescanMs, (performance.now() - startedAt) / rescanShare))
		}
	}

	#scheduleRescan(ms: number): void {
		if (this.#closed) return
		clearTimeout(this.#timer)
		this.#timer = setTimeout(() => void this.#rescan('again'), ms)
	}

	/** Events may have been lost, so the whole folder is looked at now and then. */
	async #rescan(when: 'again' | 'where none went before'): Promise<void> {
		const {exclusive, signal, onChanged, replica} = this.#parts
		let isDue = false
		try {
			await exclusive(async () => {
				if (when !== 'again' && !this.#isAllDirty) return
				await this.#quiet.wait(signal)
				const {seq} = replica
				const before = this.#problems
				const report = await this.#scanAll(signal)
				this.#problems = problemsText(report)
				isDue = report.seq > seq || this.#problems !== before
			})
		} catch {
			// The sync that follows meets the same fault and says what it is.
			isDue = true
		}
		if (isDue && !this.#closed) onChanged()
	}

	/** What is dirty, but for files that are still being written where nobody waits for them; those stay. */
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

/** Equal for the same problems. undefined: not known. */
const problemsText = (report: ScanReport | undefined): string =>
	report === undefined ? '?' : report.problems.map(({path, code}) => `${path}\0${code}`).join('\n')

/** Stands in for bytes that are not UTF-8: what is there is not found by this name. */
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

/** The system's clock against the one that never jumps, in ms. */
const clockOffset = (): number => Date.now() - performance.now()
