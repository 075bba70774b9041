// Waits while a version control tool works in the folder: a half-finished checkout must not be synced.
// Recognises the tools' lock files by name; never touches them.
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {kindAt} from '../../tree/index.js'

/** Lock files below a repository's root, by tool. */
const locks = [
	{tool: 'git', file: '.git/index.lock'},
	{tool: 'hg', file: '.hg/wlock'},
	{tool: 'jj', file: '.jj/working_copy/working_copy.lock'},
] as const

/** Longest wait for a lock (ms). One that stays longer was left behind by a crash. */
const longestMs = 60_000
const checkEveryMs = 100
/** Repositories remembered at most; others are not waited for. */
const maxRepositories = 200

export interface VcsLocksParts {
	readonly root: string
	/** Called with the reason when a sync begins to wait, and with null when it goes on. */
	readonly onHeld: (why: string | null) => void
}

export class VcsLocks {
	readonly #parts: VcsLocksParts
	/** Roots of repositories, relative; '' is the folder itself. */
	readonly #repositories = new Set([''])
	/** Paths of locks that outlasted the wait: not waited for again until they are gone. */
	readonly #stale = new Set<string>()

	constructor(parts: VcsLocksParts) {
		this.#parts = parts
	}

	/** A path changed: remembers its repository if it is in one. */
	note(path: string): void {
		if (this.#repositories.size >= maxRepositories) return
		const inside = /^(?:(.*)\/)?\.(?:git|hg|jj)(?:\/|$)/.exec(path)
		if (inside !== null) this.#repositories.add(inside[1] ?? '')
	}

	/** Resolves when no tool works in the folder, after 60 s at most. Rejects when the signal is aborted. */
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
				await pause(checkEveryMs, undefined, {signal})
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
