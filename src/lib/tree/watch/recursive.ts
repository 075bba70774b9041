// Watching a whole tree by one handle of the system, as Windows offers it. A handle on each folder, as chokidar holds them, would
// keep everybody from renaming or removing the folders above. Never reports FileSync's own names.
import {type FSWatcher, statSync, watch} from 'node:fs'
import {isOwnName} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {isLimit, type Watcher, type WatchSink} from './sink.js'

export const watchRecursive = (sink: WatchSink): Watcher => new RecursiveWatcher(sink)

class RecursiveWatcher implements Watcher {
	readonly ready = Promise.resolve()
	readonly blind: readonly string[] = []
	readonly #sink: WatchSink
	readonly #watcher: FSWatcher | undefined
	#holders = 0
	#hasSkipped = false
	#closed = false

	constructor(sink: WatchSink) {
		this.#sink = sink
		try {
			this.#watcher = watch(sink.root, {recursive: true}, (_, name) => this.#on(name))
			this.#watcher.on('error', (error) => this.#fail(error))
		} catch (error) {
			// Whoever opens a way of watching has its result only after this.
			setImmediate(() => this.#fail(error))
		}
	}

	/** Windows gives its events in their order, but nothing tells that the last of them has come. */
	async settled(): Promise<boolean> {
		return false
	}

	hold(): () => void {
		this.#holders++
		let isHeld = true
		return () => {
			if (!isHeld) return
			isHeld = false
			this.#holders--
			if (this.#holders > 0 || !this.#hasSkipped) return
			this.#hasSkipped = false
			if (!this.#closed) this.#sink.onUnseen()
		}
	}

	async close(): Promise<void> {
		this.#closed = true
		this.#watcher?.close()
	}

	/** `name`: relative to the root; null: more happened than the system's buffer holds. */
	#on(name: string | null): void {
		if (this.#closed) return
		if (this.#holders > 0) {
			this.#hasSkipped = true
			return
		}
		if (name === null) {
			this.#sink.onChange(null)
			return
		}
		const path = name.replaceAll('\\', '/')
		if (!this.#isLeftOut(path)) this.#sink.onChange(path)
	}

	/** What it is nobody knows: it is left out when it would be both as a file and as a folder, or lies in a folder that is. */
	#isLeftOut(path: string): boolean {
		if (path.split('/').some(isOwnName)) return true
		const {ignore} = this.#sink
		for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
			if (ignore(path.slice(0, slash), true)) return true
		return ignore(path, false) && ignore(path, true)
	}

	/** The handle is of no use any more. A root that stands is watched anew. */
	#fail(error: unknown): void {
		if (this.#closed) return
		void this.close()
		if (isLimit(error) && statSync(this.#sink.root, {throwIfNoEntry: false}) !== undefined)
			this.#sink.onLimit(errnoOf(error) ?? 'ENOSPC')
		else this.#sink.onRootLost()
	}
}
