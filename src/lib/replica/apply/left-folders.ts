// Folders that could not be removed because something stands in them: what stays for good, and what waits for the next sync.
// Decides only from what the disk shows and what failed before; changes nothing.
import type {Fault} from '../../core/entries/entry.js'
import {parseRelPath, type RelPath} from '../../core/paths.js'
import type {TaskResult, Thread} from '../../tree/index.js'
import type {LeftEntry} from '../../tree/read/left-in.js'

interface Cause {
	readonly path: RelPath
	readonly fault: Fault
}

export interface LeftFoldersParts {
	readonly writer: () => Thread
	readonly isIgnored: (path: RelPath, isDir: boolean) => boolean
	/** The path of a step. */
	readonly pathOf: (id: number) => RelPath | undefined
}

export class LeftFolders {
	readonly #parts: LeftFoldersParts
	/** Why removals of this round failed, by path; of a folder that waits, what it waits for. */
	readonly #causes = new Map<RelPath, Cause>()
	/** Folders that stay for good: all that stands in them is never synced. */
	readonly #staying = new Set<RelPath>()

	constructor(parts: LeftFoldersParts) {
		this.#parts = parts
	}

	/**
	 * Results of removals, deepest first. ENOTEMPTY stands afterwards only for folders of which all that is left is out of scope; one
	 * that holds something else gets the fault of that, and the next sync tries again.
	 */
	async judge(results: readonly TaskResult[]): Promise<readonly TaskResult[]> {
		const full: RelPath[] = []
		for (const {id, fault} of results) {
			const path = fault === null ? undefined : this.#parts.pathOf(id)
			if (path === undefined || fault === null) continue
			this.#causes.set(path, {path, fault})
			if (fault.code === 'ENOTEMPTY') full.push(path)
		}
		if (full.length === 0) return results
		const listed = await this.#parts.writer().call('leftIn', {paths: full})
		const left = new Map(full.map((path, i) => [path, listed[i] ?? null]))
		return results.map((result) => {
			const path = this.#parts.pathOf(result.id)
			const entries = path === undefined ? undefined : left.get(path)
			if (path === undefined || entries === undefined) return result
			const cause = this.#waitsFor(path, entries)
			if (cause === undefined) {
				this.#staying.add(path)
				return {...result, fault: {code: 'ENOTEMPTY', message: 'it stays, because what it holds is not synced'}}
			}
			this.#causes.set(path, cause)
			const {code, message} = cause.fault
			return {
				...result,
				fault: cause.path === path ? cause.fault : {code, message: `it waits for ${cause.path}: ${message}`},
			}
		})
	}

	/** undefined: everything left in it is out of scope, so no later sync can empty it. */
	#waitsFor(folder: RelPath, entries: readonly LeftEntry[] | null): Cause | undefined {
		const itself = (code: string, message: string): Cause => ({path: folder, fault: {code, message}})
		if (entries === null) return itself('UNREADABLE', 'it is not empty, and what stands in it cannot be listed')
		for (const {name, kind} of entries) {
			const check = parseRelPath(`${folder}/${name}`)
			if (!check.ok || kind === undefined || this.#parts.isIgnored(check.path, kind === 'dir')) continue
			if (this.#staying.has(check.path)) continue
			return (
				this.#causes.get(check.path) ??
				itself('CHANGED', `${name} in it is new or was not to go; the next sync takes it up`)
			)
		}
		return entries.length === 0
			? itself('CHANGED', 'it was emptied during the sync; the next one takes it up')
			: undefined
	}
}
