// Watching by one fs.watch per folder, for systems whose watch names the entry (Linux): a twentieth of the start-up time
// and a fifth of the memory of a watch per file (docs/decisions). Never reports FileSync's own names, follows no links.
import {closeSync, type FSWatcher, lstatSync, mkdirSync, openSync, readdirSync, rmSync, statSync, watch} from 'node:fs'
import {basename, join} from 'node:path'
import {isOwnName, ownFolder} from '../core/paths.js'
import {errnoOf} from '../errors/index.js'
import {LeafFolders} from './leaf-folders.js'
import {isLimit, type Watcher, type WatchSink} from './watch-sink.js'

/** Folders watched, and listed where need be, between two turns of the event loop: some 3 ms. */
const foldersPerTurn = 64

/**
 * Events wait together, so that each path is looked at once however many it has: at once where they are few, else for so long.
 * Beyond `most` paths none is looked at: everything may have changed, which is told every `tellMs`; when it is calm, or has
 * lasted for `longestMs`, all folders are watched anew.
 */
const batch = {few: 50, laterMs: 50, most: 5000} as const
const flood = {calmMs: 500, longestMs: 5000, tellMs: 250} as const

/** Where `settled` makes its cookies: below FileSync's own folder, in a folder that nothing else writes to. */
const cookieFolder = `${ownFolder}/watch`

export const watchFolders = (sink: WatchSink): Watcher => new FolderWatcher(sink)

interface Flood {
	readonly timer: NodeJS.Timeout
	readonly sinceMs: number
	toldMs: number
}

class FolderWatcher implements Watcher {
	readonly ready: Promise<void>
	readonly #sink: WatchSink
	readonly #rootIno: number
	readonly #watches = new Map<string, FSWatcher>()
	readonly #cookies = new Map<string, () => void>()
	#nextCookie = 1
	#cookieWatch: FSWatcher | undefined
	/** Paths with events that were not looked at yet. True: the entry came, went or was replaced. */
	readonly #pending = new Map<string, boolean>()
	#flushing: NodeJS.Timeout | NodeJS.Immediate | undefined
	/** Set while there are too many. */
	#flood: Flood | undefined
	/** All folders are being watched anew. */
	#renewing = false
	/** While there are any, events are not looked at. */
	#holders = 0
	#closed = false

	constructor(sink: WatchSink) {
		this.#sink = sink
		this.#rootIno = statSync(sink.root, {throwIfNoEntry: false})?.ino ?? 0
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
			this.#cookies.set(name, () => {
				this.#flush()
				answer(this.#flood === undefined && this.#holders === 0 && !this.#renewing)
			})
			// All watches of a process are one queue, so what happened before this is reported before this.
			closeSync(openSync(cookie, 'wx', 0o600))
			return await seen
		} catch {
			return false
		} finally {
			clearTimeout(timer)
			this.#cookies.delete(name)
			rmSync(cookie, {force: true})
		}
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
		clearTimeout(this.#flood?.timer)
		this.#pending.clear()
		this.#cookieWatch?.close()
		for (const watcher of this.#watches.values()) watcher.close()
		this.#watches.clear()
	}

	#watchCookies(folder: string): boolean {
		if (this.#cookieWatch !== undefined && statSync(folder, {throwIfNoEntry: false}) !== undefined) return true
		this.#cookieWatch?.close()
		const own = lstatSync(join(this.#sink.root, ownFolder), {throwIfNoEntry: false})
		if (own !== undefined && !own.isDirectory()) return false
		mkdirSync(folder, {recursive: true, mode: 0o700})
		this.#cookieWatch = watch(folder, (_, name) => this.#cookies.get(name ?? '')?.())
		this.#cookieWatch.on('error', () => this.#cookieWatch?.close())
		return true
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

	#list(folder: string) {
		try {
			return readdirSync(join(this.#sink.root, folder), {withFileTypes: true})
		} catch {
			// Gone again (its parent says so), or not readable (the scan reports that).
			return []
		}
	}

	#watch(folder: string): boolean {
		if (this.#watches.has(folder)) return true
		try {
			// RACE: a folder that becomes a link just now is watched through it; that only causes needless looks.
			const watcher = watch(join(this.#sink.root, folder), (event, name) => this.#on(folder, event, name))
			watcher.on('error', () => {
				this.#forget(folder)
				this.#sink.onChange(folder === '' ? null : folder)
			})
			this.#watches.set(folder, watcher)
			return true
		} catch (error) {
			if (isLimit(error)) this.#limit(errnoOf(error) ?? 'ENOSPC')
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
		for (const [path, watcher] of this.#watches) {
			if (folder !== '' && path !== folder && !path.startsWith(`${folder}/`)) continue
			watcher.close()
			this.#watches.delete(path)
		}
	}

	#on(folder: string, event: string, name: string | null): void {
		if (this.#closed) return
		if (name === null) {
			this.#sink.onChange(null)
			return
		}
		// An event of the folder itself carries its own name, as an event of a child of that name would.
		if (name === basename(join(this.#sink.root, folder))) {
			if (folder === '' && this.#rootIsLost()) return
			if (folder !== '') this.#sink.onChange(folder)
		}
		if (isOwnName(name)) return
		this.#note(folder === '' ? name : `${folder}/${name}`, event === 'rename')
	}

	#note(path: string, isRename: boolean): void {
		if (this.#holders > 0) return
		if (this.#flood !== undefined) {
			this.#swim(this.#flood)
			return
		}
		this.#pending.set(path, isRename || this.#pending.get(path) === true)
		if (this.#pending.size > batch.most) this.#drown()
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
	#drown(): void {
		this.#pending.clear()
		this.#sink.onChange(null)
		const nowMs = performance.now()
		this.#flood = {timer: setTimeout(() => void this.#watchAnew(), flood.calmMs), sinceMs: nowMs, toldMs: nowMs}
	}

	#swim(current: Flood): void {
		const nowMs = performance.now()
		if (nowMs - current.sinceMs < flood.longestMs) current.timer.refresh()
		if (nowMs - current.toldMs < flood.tellMs) return
		current.toldMs = nowMs
		this.#sink.onChange(null)
	}

	/** Folders came and moved unseen. What happens between the old watches and the new is covered by the word at the end. */
	async #watchAnew(): Promise<void> {
		this.#renewing = true
		clearTimeout(this.#flood?.timer)
		this.#flood = undefined
		this.#pending.clear()
		this.#forget('')
		await this.#add('', false)
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
		if (!isRename) {
			if (!this.#sink.ignore(path, false)) this.#sink.onChange(path)
			return
		}
		const stats = this.#look(path)
		const wasFolder = this.#watches.has(path)
		if (wasFolder) this.#forget(path)
		const isDir = stats?.isDirectory() ?? wasFolder
		if (this.#sink.ignore(path, isDir)) return
		this.#sink.onChange(path)
		if (stats?.isDirectory() === true) void this.#add(path, true)
	}

	#look(path: string) {
		try {
			return lstatSync(join(this.#sink.root, path), {throwIfNoEntry: false})
		} catch {
			return undefined
		}
	}

	#rootIsLost(): boolean {
		const ino = statSync(this.#sink.root, {throwIfNoEntry: false})?.ino
		if (ino === this.#rootIno) return false
		void this.close()
		this.#sink.onRootLost()
		return true
	}
}
