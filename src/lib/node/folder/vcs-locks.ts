// Waits while a version control tool works in the tree: what it is half-way through would be synced as it is then.
// Knows the tools' lock files by name; never touches them.
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {kindAt} from '../../tree/index.js'

/** Lock files below a repository's root, by tool. */
const locks = [
	{tool: 'git', file: '.git/index.lock'},
	{tool: 'hg', file: '.hg/wlock'},
	{tool: 'jj', file: '.jj/working_copy/working_copy.lock'},
] as const

/** A lock that lies longer was left behind by a crash. */
const longestMs = 60_000
const lookEveryMs = 100
/** Repositories that are remembered; further ones are not waited for. */
const maxRepositories = 200

export interface QuietParts {
	readonly root: string
	/** Why a sync waits, once when it begins to; null when it goes on. */
	readonly onHeld: (why: string | null) => void
}

export class Quiet {
	readonly #parts: QuietParts
	/** Roots of repositories, relative, '' for the folder itself. */
	readonly #repositories = new Set([''])
	/** Locks that were waited for in vain: their time is over until they go. By path. */
	readonly #stale = new Set<string>()

	constructor(parts: QuietParts) {
		this.#parts = parts
	}

	/** A path changed: it may tell of a repository. */
	note(path: string): void {
		if (this.#repositories.size >= maxRepositories) return
		const inside = /^(?:(.*)\/)?\.(?:git|hg|jj)(?:\/|$)/.exec(path)
		if (inside !== null) this.#repositories.add(inside[1] ?? '')
	}

	/** Resolves when no tool works, at most 60 s later. Rejects when the signal is aborted. */
	async wait(signal: AbortSignal): Promise<void> {
		const startedAt = performance.now()
		let held: string | undefined
		try {
			for (;;) {
				const lock = this.#lock()
				if (lock === undefined) return
				if (performance.now() - startedAt > longestMs) {
					this.#stale.add(lock.file)
					return
				}
				if (held !== lock.file) this.#parts.onHeld(`${lock.tool} is at work: ${lock.file}`)
				held = lock.file
				await pause(lookEveryMs, undefined, {signal})
			}
		} finally {
			if (held !== undefined) this.#parts.onHeld(null)
		}
	}

	#lock(): {readonly tool: string; readonly file: string} | undefined {
		for (const repository of this.#repositories) {
			for (const {tool, file} of locks) {
				const path = repository === '' ? file : `${repository}/${file}`
				if (kindAt(join(this.#parts.root, path)) === undefined) this.#stale.delete(path)
				else if (!this.#stale.has(path)) return {tool, file: path}
			}
		}
		return undefined
	}
}
