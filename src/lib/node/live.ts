// The folder of a running node: noticed changes, settled by the debounce, and scans that look at what changed alone.
// A watcher is a hint: what it told is trusted only behind a cookie, and the whole folder is looked at again and again.
import {lstatSync} from 'node:fs'
import {join} from 'node:path'
import {parseRelPath, type RelPath} from '../core/paths.js'
import type {Replica, ScanReport} from '../replica/replica.js'
import {Debounce, type TreeWatcher, watchTree} from '../tree/index.js'
import {Quiet} from './quiet.js'
import type {NodeState} from './state.js'

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
}

type Dirty = Map<RelPath, Touched> | 'all'

export class LiveFolder {
	readonly #parts: LiveFolderParts
	readonly #watcher: TreeWatcher
	readonly #debounce: Debounce
	readonly #quiet: Quiet
	/** Since the last look that decides whether a sync is due. */
	#fresh: Set<RelPath> | 'all' = new Set()
	/** Since the last scan. */
	#dirty: Dirty = 'all'
	#watching: NodeState['watching'] = 'starting'
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
			onChange: (path) => this.#note(path),
			onUnseen: () => {
				this.#dirty = 'all'
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

	/** Paths that changed since the last scan, as far as they are known. */
	get changes(): number {
		return this.#dirty === 'all' ? 0 : this.#dirty.size
	}

	/** Brings the index up to the folder: by what the watcher told since the last scan where that can be trusted. */
	async scan(signal: AbortSignal, onProgress?: (entries: number) => void): Promise<ScanReport> {
		await this.#quiet.wait(signal)
		return (await this.#scanChanges(signal)) ?? (await this.#scanAll(signal, onProgress))
	}

	/**
	 * A round did not do all that it planned: what it left (second names in staging among it) no event tells of, so the next
	 * scan looks at everything.
	 */
	distrust(): void {
		this.#dirty = 'all'
	}

	/** A round is about to change much here: its own events are not worth a look. Call the result when it is over. */
	hold(): () => void {
		this.#dirty = 'all'
		return this.#watcher.hold()
	}

	/** A sync of this node is over: changes seen while it ran are looked at once more. */
	poke(): void {
		if (this.#fresh === 'all' || this.#fresh.size > 0) this.#debounce.poke()
	}

	async close(): Promise<void> {
		this.#closed = true
		clearTimeout(this.#timer)
		this.#debounce.close()
		await this.#watcher.close()
	}

	#note(path: string | null): void {
		const nowMs = performance.now()
		if (path !== null) this.#quiet.note(path)
		const check = path === null ? undefined : parseRelPath(path)
		if (!check?.ok) {
			this.#dirty = 'all'
			this.#fresh = 'all'
		} else {
			if (this.#fresh !== 'all') this.#fresh.add(check.path)
			this.#touch(check.path, nowMs)
		}
		this.#debounce.poke()
	}

	#touch(path: RelPath, nowMs: number): void {
		if (this.#dirty === 'all') return
		const known = this.#dirty.get(path)
		if (known !== undefined) known.lastMs = nowMs
		else if (this.#dirty.size < maxDirty) this.#dirty.set(path, {firstMs: nowMs, lastMs: nowMs})
		else this.#dirty = 'all'
	}

	/** The debounce says that it is quiet. Changes that this node made itself are none. */
	async #look(): Promise<void> {
		const fresh = this.#fresh
		this.#fresh = new Set()
		try {
			if (fresh !== 'all' && fresh.size < maxDirty && (await this.#parts.replica.isUnchanged([...fresh]))) return
		} catch {
			// The index cannot be read: the sync that follows says so.
		}
		if (!this.#closed) this.#parts.onChanged()
	}

	/** undefined: what changed is not known for sure. */
	async #scanChanges(signal: AbortSignal): Promise<ScanReport | undefined> {
		if (this.#watching !== 'live' || this.#dirty === 'all' || this.#clockJumped()) return undefined
		if (!(await this.#watcher.settled(cookieMs))) return undefined
		const taken = this.#take()
		if (taken === undefined) return undefined
		try {
			return await this.#parts.replica.scanPart([...taken.keys()], signal)
		} catch (error) {
			this.#dirty = 'all'
			throw error
		}
	}

	async #scanAll(signal: AbortSignal, onProgress?: (entries: number) => void): Promise<ScanReport> {
		// A change behind the look at a folder and ahead of its watch would be known to nobody.
		await unlessAborted(this.#watcher.ready, signal)
		clearTimeout(this.#timer)
		this.#dirty = new Map()
		const startedAt = performance.now()
		try {
			const {replica} = this.#parts
			const {rules} = replica
			const report = await replica.scan(signal, onProgress)
			// Before the first scan the rules were read for the watcher.
			if (report.rules !== rules && rules !== '') this.#watcher.renew()
			this.#clockMs = clockOffset()
			return report
		} catch (error) {
			this.#dirty = 'all'
			throw error
		} finally {
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
		const {exclusive, signal, onChanged} = this.#parts
		let changed = 0
		try {
			await exclusive(async () => {
				if (when !== 'again' && this.#dirty !== 'all') return
				await this.#quiet.wait(signal)
				changed = (await this.#scanAll(signal)).changed
			})
		} catch {
			// The sync that follows meets the same fault and says what it is.
			changed = 1
		}
		if (changed > 0 && !this.#closed) onChanged()
	}

	/** What is dirty, but for files that are still being written; those stay. */
	#take(): ReadonlyMap<RelPath, Touched> | undefined {
		if (this.#dirty === 'all') return undefined
		const {replica, debounceMs} = this.#parts
		const nowMs = performance.now()
		const taken = new Map<RelPath, Touched>()
		const left = new Map<RelPath, Touched>()
		for (const [path, touched] of this.#dirty) {
			const {firstMs, lastMs} = touched
			const isGrowing = nowMs - lastMs < debounceMs && lastMs - firstMs > debounceMs && nowMs - firstMs < growingMs
			if (isGrowing && isFile(join(replica.root, path))) left.set(path, touched)
			else taken.set(path, touched)
		}
		this.#dirty = left
		if (left.size > 0) {
			if (this.#fresh !== 'all') for (const path of left.keys()) this.#fresh.add(path)
			this.#debounce.poke()
		}
		return taken
	}

	#clockJumped(): boolean {
		return Math.abs(clockOffset() - this.#clockMs) > clockJumpMs
	}
}

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

function isFile(path: string): boolean {
	try {
		return lstatSync(path, {throwIfNoEntry: false})?.isFile() === true
	} catch {
		return false
	}
}
