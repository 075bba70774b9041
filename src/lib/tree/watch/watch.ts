// Tells that something below a root changed, as a hint: events can be lost, so a scan is the truth.
// Owns what both ways of watching share: the root that goes and comes back, the system's limit, polling after it.
import {readFileSync, statSync} from 'node:fs'
import {resolve} from 'node:path'
import type {Watcher, WatchSink} from './sink.js'

export type {Watcher} from './sink.js'

export interface TreeWatcher extends Watcher {
	/** `ignore` answers differently from now on: what it leaves out is chosen anew, then `onUnseen` tells that some was not seen. */
	renew(): void
}

export interface WatchOptions {
	readonly root: string
	/** Is this path left out? A folder that is left out is not watched. */
	readonly ignore: (path: string, isDir: boolean) => boolean
	/** A path that may have changed, come or gone; null: anything may have, look at everything. */
	readonly onChange: (path: string | null) => void
	/** A folder that was not watched until now: anything in it may have changed. Default: `onChange(folder)`. */
	readonly onTree?: (folder: string) => void
	/** Nothing was looked at for a while (a flood of events, or a hold): look at everything soon. Default: `onChange(null)`. */
	readonly onUnseen?: () => void
	readonly onWarning: (message: string, advice: readonly string[]) => void
	/** Time between two `onChange(null)` once the system's limit is reached. */
	readonly pollMs?: number
	/** Time between two looks for a root that is gone. */
	readonly rootRetryMs?: number
	readonly way?: Way
}

/** `folders`: one watch per folder, where the system names the entry (Linux). `recursive`: one for all (Windows). `events`: chokidar. */
type Way = 'folders' | 'recursive' | 'events'

const usualWay = (): Way => {
	if (process.platform === 'linux' || process.platform === 'android') return 'folders'
	return process.platform === 'win32' ? 'recursive' : 'events'
}

async function openerOf(way: Way): Promise<(sink: WatchSink) => Watcher> {
	switch (way) {
		case 'folders':
			return (await import('./by-folder.js')).watchFolders
		case 'recursive':
			return (await import('./recursive.js')).watchRecursive
		case 'events':
			return (await import('./by-chokidar.js')).watchEvents
	}
}

const defaultPollMs = 15_000
const defaultRootRetryMs = 2_000

/** Watches until closed. Keeps the process alive. */
export const watchTree = (options: WatchOptions): TreeWatcher => new RootWatcher(options)

class RootWatcher implements TreeWatcher {
	readonly ready: Promise<void>
	readonly #options: WatchOptions
	#inner: Watcher | undefined
	#timer: NodeJS.Timeout | undefined
	#renewing: Promise<void> | undefined
	#closed = false

	constructor(options: WatchOptions) {
		this.#options = options
		this.ready = this.#start()
	}

	renew(): void {
		const before = this.#renewing ?? this.ready
		const renewing = before.then(() => this.#renew())
		this.#renewing = renewing
		void renewing.then(() => {
			if (this.#renewing === renewing) this.#renewing = undefined
		})
	}

	async settled(timeoutMs: number): Promise<boolean> {
		if (this.#closed || this.#inner === undefined || this.#renewing !== undefined) return false
		return this.#inner.settled(timeoutMs)
	}

	get blind(): readonly string[] {
		return this.#inner?.blind ?? []
	}

	hold(): () => void {
		return this.#inner?.hold() ?? (() => {})
	}

	async close(): Promise<void> {
		this.#closed = true
		clearInterval(this.#timer)
		await this.#stop()
	}

	/** Never rejects: what keeps the watch from beginning (no file descriptor is left) is taken for a root that is away for now. */
	async #start(): Promise<void> {
		try {
			await this.#open()
		} catch {
			this.#waitForRoot()
		}
	}

	async #open(): Promise<void> {
		const {ignore, way = usualWay()} = this.#options
		const root = resolve(this.#options.root)
		const sink: WatchSink = {
			root,
			ignore,
			onChange: (path) => {
				if (!this.#closed) this.#options.onChange(path)
			},
			onTree: (folder) => {
				if (!this.#closed) (this.#options.onTree ?? this.#options.onChange)(folder)
			},
			onUnseen: () => {
				if (!this.#closed) (this.#options.onUnseen ?? (() => this.#options.onChange(null)))()
			},
			onRootLost: () => this.#waitForRoot(),
			onLimit: (code) => this.#poll(code),
		}
		if (!isFolder(root)) return this.#waitForRoot()
		const open = await openerOf(way)
		if (this.#closed) return
		this.#inner = open(sink)
		await this.#inner.ready
	}

	/** A root that is gone, or polled, is watched by no rules. */
	async #renew(): Promise<void> {
		if (this.#closed || this.#timer !== undefined) return
		await this.#stop()
		await this.#start()
		if (!this.#closed) (this.#options.onUnseen ?? (() => this.#options.onChange(null)))()
	}

	async #stop(): Promise<void> {
		const inner = this.#inner
		this.#inner = undefined
		await inner?.close()
	}

	#waitForRoot(): void {
		if (this.#closed || this.#timer !== undefined) return
		void this.#stop()
		this.#options.onChange(null)
		this.#timer = setInterval(() => {
			if (!isFolder(this.#options.root)) return
			clearInterval(this.#timer)
			this.#timer = undefined
			void this.#start().then(() => {
				if (!this.#closed) this.#options.onChange(null)
			})
		}, this.#options.rootRetryMs ?? defaultRootRetryMs)
	}

	#poll(code: string): void {
		if (this.#closed || this.#timer !== undefined) return
		void this.#stop()
		const pollMs = this.#options.pollMs ?? defaultPollMs
		const {message, advice} = limitText(code, this.#options.root)
		this.#options.onWarning(
			`${message}; scanning the whole folder every ${Math.round(pollMs / 1000)} s instead`,
			advice,
		)
		this.#options.onChange(null)
		this.#timer = setInterval(() => this.#options.onChange(null), pollMs)
	}
}

const isFolder = (path: string): boolean => {
	try {
		return statSync(path).isDirectory()
	} catch {
		return false
	}
}

function limitText(code: string, root: string): {message: string; advice: readonly string[]} {
	const setting = code === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
	const limit = readLimit(setting)
	if (limit === undefined)
		return {message: `${root} cannot be watched: the system has no more file watches (${code})`, advice: []}
	const wanted = Math.max(limit * 4, setting === 'max_user_watches' ? 524_288 : 512)
	return {
		message: `${root} cannot be watched: this user's limit of ${limit} (fs.inotify.${setting}) is reached`,
		advice: [
			`sudo sysctl fs.inotify.${setting}=${wanted}`,
			'That raises it now. To keep it raised after a restart of the system:',
			`echo fs.inotify.${setting}=${wanted} | sudo tee /etc/sysctl.d/60-filesync.conf`,
			'Then start this command again.',
		],
	}
}

function readLimit(setting: string): number | undefined {
	try {
		const limit = Number.parseInt(readFileSync(`/proc/sys/fs/inotify/${setting}`, 'utf8'), 10)
		return Number.isNaN(limit) ? undefined : limit
	} catch {
		return undefined
	}
}
