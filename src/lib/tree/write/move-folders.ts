// The writing worker's method for folders that take another name whole: one rename instead of some ten calls for each entry. The
// inodes keep all that they show, and nobody ever sees a part of it. Never touches a folder that holds anything unknown.
import {readdirSync, renameSync, type Stats} from 'node:fs'
import {nameOf, parentOf} from '../../core/paths.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {whileLocked} from '../disk/locked.js'
import {dropPins, invalidate} from '../disk/parents.js'
import {assertOccupant, lookAt, stampOf} from '../disk/stat.js'
import type {FolderMoveTask, TaskResult} from '../tasks.js'
import {current, done, folderOf, settled} from './context.js'
import {makeAbove} from './publish.js'

/** For each task the results of its entries; null: it is not as it should be, or cannot be moved, and stands where it stood. */
export function moveFolders({tasks}: {tasks: readonly FolderMoveTask[]}): (readonly TaskResult[] | null)[] {
	const {root, durable} = current()
	dropPins()
	const folders = new Set<string>()
	const moved = tasks.map((task): TaskResult[] | null => {
		try {
			const results = moveFolder(task)
			folders.add(folderOf(root, task.from)).add(folderOf(root, task.to))
			return results
		} catch {
			return null
		}
	})
	const results = settled(
		moved.flatMap((some) => some ?? []),
		folders,
		durable,
	)
	return moved.map((some) => some && results.splice(0, some.length))
}

function moveFolder(task: FolderMoveTask): TaskResult[] {
	const {root, newFolders} = current()
	const {from, to} = task
	const seen = lookInto(task)
	const due = newFolders.takeOne(to)
	if (due === undefined) throw new TreeError('CHANGED', 'its new name is not to be made any more')
	try {
		makeAbove(to)
		atPath(root, from, (source) =>
			atPath(root, to, (target) => {
				invalidate(root, from)
				whileLocked(() => {
					if (lookAt(target) !== undefined)
						throw new TreeError('EEXIST', 'something appeared under this name during the sync')
					// RACE: what somebody puts into the folder since the look comes along, as it would with their own rename: the next scan
					// finds it there. Of what appears under the new name only an empty folder is replaced.
					renameSync(source, target)
				})
			}),
		)
	} catch (error) {
		newFolders.defer(due)
		throw error
	}
	// As they were seen before: whatever was done to one since is a change that the next scan finds.
	return task.entries.map(({id}, i) => {
		const stats = seen[i]
		return stats === undefined ? done(id, null) : done(id, stampOf(stats))
	})
}

/** What stands in the folder, in the order of the entries. Throws unless it is these as the index knows them, and nothing else. */
function lookInto({from, entries}: FolderMoveTask): Stats[] {
	const {root, moving} = current()
	const [first] = entries
	if (first === undefined) throw new TreeError('CHANGED', 'it holds nothing that moves')
	return atPath(root, first.path, (_, folder) => {
		const listed = readdirSync(folder)
		const names = new Set(listed)
		if (listed.length !== entries.length) throw new TreeError('CHANGED', 'it holds something else')
		return entries.map(({path, occupant}) => {
			const found = names.has(nameOf(path)) ? lookAt(`${folder}/${nameOf(path)}`) : undefined
			assertOccupant(found, occupant)
			if (found === undefined || parentOf(path) !== from || moving.has(found))
				throw new TreeError('CHANGED', 'it moves elsewhere')
			return found
		})
	})
}
