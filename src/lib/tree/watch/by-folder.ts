// Watching by one fs.watch per folder, for systems whose watch names the entry (Linux): a twentieth of the start-up time
// and a fifth of the memory of a watch per file (docs/decisions). Never reports FileSync's own names, follows no links.
import {
	closeSync,
	type FSWatcher,
	lstatSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	watch,
} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {isOwnName, ownFolder} from '../../core/paths.js'
import {makeFolder} from '../../disk/folders.js'
import {errnoOf} from '../../errors/index.js'
import {otherNameOf} from '../disk/spelling.js'
import {LeafFolders} from '../scan/leaf-folders.js'
import {gone} from '../scan/stat-columns.js'
import {isLimit, type Watcher, type WatchSink} from './sink.js'

/** Folders watched, and listed where need be, between two turns of the event loop: some 3 ms. */
const foldersPerTurn = 64

/**
 * Events wait together, so that each path is looked at once however many it has: at once where they are few, else for so long.
 * Beyond `most` paths none is looked at: everything may have changed, which is told every `tellMs`; when it is calm, or has
 * lasted for `longestMs`, all folders are watched anew.
 */
const batch = {few: 50, laterMs: 50, most: 5000} as const
const overflow = {calmMs: 500, longestMs: 5000, tellMs: 250} as const

/** Events that the system keeps for a process that does not read them; those beyond it are lost without a word. */
const systemQueue = {file: '/proc/sys/fs/inotify/max_queued_events', usual: 16_384} as const

/** Where `settled` makes its cookies: below FileSync's own folder, in a folder that nothing else writes to. */
const cookieFolder = `${ownFolder}/watch`

export const watchFolders = (sink: WatchSink): Watcher => new FolderWatcher(sink)

interface Overflow {
	readonly timer: NodeJS.Timeout
	readonly sinceMs: number
	toldMs: number
}

class FolderWatcher implements Watcher {
	readonly ready: Promise<void>
	readonly #sink: WatchSink
	readonly #rootIno: number
	readonly #watches = new Map<string, FSWatcher>()
	readonly #cookies = new Map<string, {readonly onSeen: () => void; readonly onClosed: () => void}>()
	#nextCookie = 1
	/** Cookies that nobody waits for; one that could not be removed goes with the next. */
	readonly #oldCookies = new Set<string>()
	#cookieWatch: FSWatcher | undefined
	/** Paths with events that were not looked at yet. True: the entry came, went or was replaced. */
	readonly #pending = new Map<string, boolean>()
	#flushing: NodeJS.Timeout | NodeJS.Immediate | undefined
	/** Set while there are too many. */
	#overflow: Overflow | undefined
	/** All folders are being watched anew, and whether that must be done once more. */
	#renewing = false
	#renewAgain = false
	/** Folders that came to be, or came back, and are not watched yet with all below them. */
	readonly #adding = new Set<Promise<void>>()
	/** Folders that are there and cannot be watched or listed. */
	readonly #blind = new Set<string>()
	/** In this turn of the event loop, and how many tell that some were lost. */
	#events = 0
	readonly #mostEvents = queueLength() / 2
	/** While there are any, events are not looked at. */
	#holders = 0
	#closed = false

	constructor(sink: WatchSink) {
		this.#sink = sink
		this.#rootIno = inodeOf(sink.root) ?? 0
		this.ready = this.#add('', false)
	}

	async settled(timeoutMs: number): Promise<boolean> {
		const folder = join(this.#sink.root, cookieFolder)
		const name = `${process.pid}-${this.#nextCookie++}`
		const cookie = join(folder, name)
		let answer: (seen: boolean) => void = () => {}
		const seen = new Promise<boolean>((resolve) => {
			answer = resolve
		})
		const timer = setTimeout(() => answer(false), timeoutMs)
		try {
			await this.ready
			if (this.#closed || !this.#watchCookies(folder)) return false
			for (const blind of [...this.#blind]) if (!this.#watches.has(blind)) this.#addTree(blind)
			this.#cookies.set(name, {
				onSeen: () => {
					this.#flush()
					void Promise.all(this.#adding).then(() => answer(this.#isSure()))
				},
				onClosed: () => {
					isRemoved(cookie)
					answer(false)
				},
			})
			// All watches of a process are one queue, so what happened before this is reported before this.
			closeSync(openSync(cookie, 'wx', 0o600))
			return await seen
		} catch {
			return false
		} finally {
			clearTimeout(timer)
			this.#cookies.delete(name)
			this.#oldCookies.add(cookie)
			for (const old of this.#oldCookies) if (isRemoved(old)) this.#oldCookies.delete(old)
		}
	}

	/** Is every event looked at as it comes, in every folder? */
	#isSure(): boolean {
		return !this.#closed && this.#overflow === undefined && this.#holders === 0 && !this.#renewing
	}

	get blind(): readonly string[] {
		return [...this.#blind]
	}

	hold(): () => void {
		this.#holders++
		let isHeld = true
		return () => {
			if (!isHeld) return
			isHeld = false
			if (--this.#holders === 0 && !this.#closed) void this.#watchAnew()
		}
	}

	async close(): Promise<void> {
		this.#closed = true
		clearTimeout(this.#overflow?.timer)
		this.#pending.clear()
		this.#cookieWatch?.close()
		// The process may end before those that wait are told.
		for (const {onClosed} of this.#cookies.values()) onClosed()
		for (const watcher of this.#watches.values()) watcher.close()
		this.#watches.clear()
	}

	#watchCookies(folder: string): boolean {
		if (this.#cookieWatch !== undefined && statSync(folder, {throwIfNoEntry: false}) !== undefined) return true
		this.#cookieWatch?.close()
		const own = lstatSync(join(this.#sink.root, ownFolder), {throwIfNoEntry: false})
		if (own !== undefined && !own.isDirectory()) return false
		makeFolder(dirname(folder), 0o700)
		makeFolder(folder, 0o700)
		this.#cookieWatch = watch(folder, (_, name) => this.#cookies.get(name ?? '')?.onSeen())
		this.#cookieWatch.on('error', () => this.#cookieWatch?.close())
		return true
	}

	/** Watches a new folder with all below it. What came and went there before that is told of as a whole, once all of it is watched. */
	#addTree(top: string): void {
		const adding = this.#add(top, true).then(() => {
			this.#adding.delete(adding)
			if (!this.#closed && !this.#blind.has(top)) this.#sink.onTree(top)
		})
		this.#adding.add(adding)
	}

	/** Watches `top` and all folders below. `report`: names what is found there, as nothing else would. */
	async #add(top: string, report: boolean): Promise<void> {
		const leaves = new LeafFolders(this.#sink.root)
		const todo = [top]
		for (let done = 1; todo.length > 0; done++) {
			const folder = todo.pop() ?? ''
			if (this.#closed || !this.#watch(folder)) continue
			// Looked at and listed after it is watched: what comes in between is either seen or an event.
			const entries = report || !leaves.has(folder) ? this.#list(folder) : []
			if (entries === undefined) continue
			this.#blind.delete(folder)
			for (const entry of entries) {
				const isDir = entry.isDirectory()
				if (!isDir && !report) continue
				const path = folder === '' ? entry.name : `${folder}/${entry.name}`
				if (isOwnName(entry.name) || this.#sink.ignore(path, isDir)) continue
				if (report) this.#sink.onChange(path)
				if (isDir) todo.push(path)
			}
			if (done % foldersPerTurn === 0) await new Promise((resolve) => setImmediate(resolve))
		}
	}

	/** undefined: it is gone again, which its parent says, or nobody can tell what is in it. */
	#list(folder: string) {
		try {
			return readdirSync(join(this.#sink.root, folder), {withFileTypes: true})
		} catch (error) {
			this.#loseWatch(folder, error)
			return undefined
		}
	}

	/** A folder cannot be watched, or not be listed, so that folders in it are not watched. */
	#loseWatch(folder: string, error: unknown): void {
		this.#watches.get(folder)?.close()
		this.#watches.delete(folder)
		if (!gone.has(errnoOf(error) ?? '')) this.#blind.add(folder)
	}

	#watch(folder: string): boolean {
		if (this.#watches.has(folder)) return true
		try {
			// RACE: a folder that becomes a link just now is watched through it; that only causes needless looks.
			const watcher = watch(join(this.#sink.root, folder), (event, name) => this.#on(folder, event, name))
			watcher.on('error', (error) => {
				this.#forget(folder)
				this.#loseWatch(folder, error)
				this.#sink.onChange(folder === '' ? null : folder)
			})
			this.#watches.set(folder, watcher)
			return true
		} catch (error) {
			if (isLimit(error)) this.#limit(errnoOf(error) ?? 'ENOSPC')
			else this.#loseWatch(folder, error)
			return false
		}
	}

	#limit(code: string): void {
		if (this.#closed) return
		// Watches are shared by all programs of this user: half a tree's worth is given back.
		void this.close()
		this.#sink.onLimit(code)
	}

	#forget(folder: string): void {
		const isBelow = (path: string): boolean => folder === '' || path === folder || path.startsWith(`${folder}/`)
		for (const [path, watcher] of this.#watches) {
			if (!isBelow(path)) continue
			watcher.close()
			this.#watches.delete(path)
		}
		for (const path of this.#blind) if (isBelow(path)) this.#blind.delete(path)
	}

	#on(folder: string, event: string, name: string | null): void {
		if (this.#closed) return
		this.#countEvent()
		if (name === null) {
			this.#sink.onChange(null)
			return
		}
		// An event of the folder itself carries its own name, as an event of a child of that name would.
		if (name === basename(join(this.#sink.root, folder))) {
			if (folder === '' && this.#rootIsLost()) return
			// Moved, removed or unmounted: this watch is not of what stands there now.
			if (folder !== '' && event === 'rename') this.#note(folder, true)
			else if (folder !== '') this.#sink.onChange(folder)
		}
		if (isOwnName(name)) return
		this.#note(folder === '' ? name : `${folder}/${name}`, event === 'rename')
	}

	/** So many events at once that the system's queue may have overflowed count as an overflow. */
	#countEvent(): void {
		if (this.#events++ === 0)
			setImmediate(() => {
				this.#events = 0
			})
		if (this.#events >= this.#mostEvents && this.#holders === 0 && this.#overflow === undefined) this.#enterOverflow()
	}

	#note(path: string, isRename: boolean): void {
		if (this.#holders > 0) return
		if (this.#overflow !== undefined) {
			this.#extendOverflow(this.#overflow)
			return
		}
		this.#pending.set(path, isRename || this.#pending.get(path) === true)
		if (this.#pending.size > batch.most) this.#enterOverflow()
		else if (this.#flushing === undefined) {
			const flush = (): void => {
				this.#flushing = undefined
				if (this.#pending.size <= batch.few) this.#flush()
				else this.#flushing = setTimeout(() => this.#flush(), batch.laterMs)
			}
			this.#flushing = setImmediate(flush)
		}
	}

	/** Too many to look at one by one. */
	#enterOverflow(): void {
		this.#pending.clear()
		this.#sink.onChange(null)
		const nowMs = performance.now()
		this.#overflow = {timer: setTimeout(() => void this.#watchAnew(), overflow.calmMs), sinceMs: nowMs, toldMs: nowMs}
	}

	#extendOverflow(current: Overflow): void {
		const nowMs = performance.now()
		if (nowMs - current.sinceMs < overflow.longestMs) current.timer.refresh()
		if (nowMs - current.toldMs < overflow.tellMs) return
		current.toldMs = nowMs
		this.#sink.onChange(null)
	}

	/**
	 * Watches all folders anew, because folders came and moved unseen. Changes between the old watches and the new are covered by the event
	 * at the end. A second call waits for the first: two at once would remove each other's watches.
	 */
	async #watchAnew(): Promise<void> {
		clearTimeout(this.#overflow?.timer)
		this.#overflow = undefined
		this.#renewAgain = true
		if (this.#renewing) return
		this.#renewing = true
		while (this.#renewAgain && !this.#closed) {
			this.#renewAgain = false
			this.#pending.clear()
			this.#forget('')
			await this.#add('', false)
		}
		this.#renewing = false
		if (!this.#closed) this.#sink.onUnseen()
	}

	#flush(): void {
		this.#flushing = undefined
		const pending = [...this.#pending]
		this.#pending.clear()
		for (const [path, isRename] of pending) if (!this.#closed) this.#lookAt(path, isRename)
	}

	#lookAt(path: string, isRename: boolean): void {
		if (!isRename && !this.#blind.has(path)) {
			if (!this.#sink.ignore(path, false)) this.#sink.onChange(path)
			return
		}
		const stats = this.#look(path)
		const wasFolder = this.#watches.has(path)
		if (wasFolder || this.#blind.has(path)) this.#forget(path)
		const isDir = stats?.isDirectory() ?? wasFolder
		if (this.#sink.ignore(path, isDir)) return
		this.#sink.onChange(path)
		if (stats?.isDirectory() === true) this.#addTree(path)
	}

	/** undefined also where the disk finds something that is called otherwise: that has an event of its own. */
	#look(path: string) {
		const at = join(this.#sink.root, path)
		try {
			const stats = lstatSync(at, {throwIfNoEntry: false})
			return stats !== undefined && otherNameOf(dirname(at), basename(at)) === undefined ? stats : undefined
		} catch {
			return undefined
		}
	}

	#rootIsLost(): boolean {
		if (inodeOf(this.#sink.root) === this.#rootIno) return false
		void this.close()
		this.#sink.onRootLost()
		return true
	}
}

/** undefined: nothing is there that can be looked at (a disk that is gone answers with an error). */
function inodeOf(path: string): number | undefined {
	try {
		return statSync(path, {throwIfNoEntry: false})?.ino
	} catch {
		return undefined
	}
}

/** Removes a cookie; false where it cannot be (its disk is gone, say). It lies in FileSync's own folder. */
function isRemoved(path: string): boolean {
	try {
		rmSync(path, {force: true})
		return true
	} catch {
		return false
	}
}

function queueLength(): number {
	try {
		const length = Number.parseInt(readFileSync(systemQueue.file, 'utf8'), 10)
		return length > 0 ? length : systemQueue.usual
	} catch {
		return systemQueue.usual
	}
}
