// Folders that earlier parts of a plan made. What comes into one now changes its mtime, so it is set once more.
import type {DirState} from '../../core/entries/entry.js'
import {parentOf, type RelPath} from '../../core/paths.js'
import type {Thread} from '../../tree/index.js'

/** Those of `before` that hold one of `paths`. The index says nothing of a folder's mtime, so what fails does no harm. */
export async function finishFoldersBefore(
	before: ReadonlyMap<RelPath, DirState>,
	paths: Iterable<RelPath>,
	writer: () => Thread,
): Promise<void> {
	if (before.size === 0) return
	const touched = new Map<RelPath, DirState>()
	for (const path of paths) {
		const parent = parentOf(path)
		const state = parent === undefined ? undefined : before.get(parent)
		if (parent !== undefined && state !== undefined) touched.set(parent, state)
	}
	if (touched.size === 0) return
	const deepestFirst = [...touched].sort(([a], [b]) => (a < b ? 1 : -1))
	const tasks = deepestFirst.map(([path, {mode, mtime}]) => ({id: 0, path, mode, mtime}))
	await writer().call('finishFolders', {tasks})
}
