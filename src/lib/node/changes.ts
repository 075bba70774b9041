// Changes of the own folder while a node runs: watcher events, settled by the debounce, the node's own writes left out.
import {parseRelPath, type RelPath} from '../core/paths.js'
import type {Replica} from '../replica/replica.js'
import {Debounce, type Watcher, watchTree} from '../tree/index.js'

/** Paths remembered between two looks; beyond it a full look follows anyway. */
const maxDirty = 2000

export interface ChangesParts {
	readonly replica: Replica
	readonly debounceMs: number
	/** Called when something other than this node changed the folder. */
	readonly onChanged: () => void
	readonly onWarning: (message: string, advice: readonly string[]) => void
}

export class Changes {
	readonly #parts: ChangesParts
	readonly #watcher: Watcher
	readonly #debounce: Debounce
	#dirty: Set<RelPath> | 'all' = new Set()

	constructor(parts: ChangesParts) {
		this.#parts = parts
		const {replica, debounceMs} = parts
		this.#debounce = new Debounce({quietMs: debounceMs, run: () => this.#look()})
		this.#watcher = watchTree({
			root: replica.root,
			ignore: (path, isDir) => {
				const check = parseRelPath(path)
				return !check.ok || replica.isIgnored(check.path, isDir)
			},
			onChange: (path) => this.#note(path),
			onWarning: parts.onWarning,
		})
	}

	get ready(): Promise<void> {
		return this.#watcher.ready
	}

	/** A sync of this node is over: changes seen while it ran are looked at once more. */
	poke(): void {
		if (this.#dirty === 'all' || this.#dirty.size > 0) this.#debounce.poke()
	}

	async close(): Promise<void> {
		this.#debounce.close()
		await this.#watcher.close()
	}

	#note(path: string | null): void {
		const check = path === null ? undefined : parseRelPath(path)
		if (check?.ok && this.#dirty !== 'all' && this.#dirty.size < maxDirty) this.#dirty.add(check.path)
		else this.#dirty = 'all'
		this.#debounce.poke()
	}

	async #look(): Promise<void> {
		const dirty = this.#dirty
		this.#dirty = new Set()
		if (dirty !== 'all' && (await this.#parts.replica.isUnchanged([...dirty]))) return
		this.#parts.onChanged()
	}
}
