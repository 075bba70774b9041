// A reading worker's method: what a sync that was cut off has left of each path it was about to change. Looks only.
import {readlinkSync, type Stats} from 'node:fs'
import type {DiskStamp, LiveState} from '../../core/entries/entry.js'
import {nameOf, type RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {targetText} from '../disk/links.js'
import {dropPins} from '../disk/parents.js'
import {otherNameOf} from '../disk/spelling.js'
import {isSameInode, kindOf, lookAt, stampOf} from '../disk/stat.js'
import {inodeKeeping} from '../disk/traits.js'
import {stagedLook} from '../write/staging.js'

/** What stands at one path. */
export interface Found {
	readonly kind: LiveState['kind']
	readonly disk: DiskStamp
	/** Of a link. */
	readonly target: string | null
}

export interface IntentLook {
	readonly at: Found | null
	readonly copy: Found | null
	/** Of the path that a folder's rename takes it from. */
	readonly from: Found | null
	/** The content lies in staging still, so the path has not got it. */
	readonly isStaged: boolean
	/** The disk shows modes and times as they were set. */
	readonly isExact: boolean
}

export interface IntentTask {
	readonly path: RelPath
	readonly copy: RelPath | null
	readonly from: RelPath | null
	readonly staged: string | null
}

/** In the order of the tasks; null: it cannot be told, and the scan says why. Due before staging is emptied. */
export function lookAtIntents({root, tasks}: {root: string; tasks: readonly IntentTask[]}): (IntentLook | null)[] {
	dropPins()
	const isExact = inodeKeeping(root)
	return tasks.map(({path, copy, from, staged}) => {
		try {
			const at = find(root, path)
			const inStaging = staged === null ? undefined : stagedLook(root, staged)
			return {
				at: at?.found ?? null,
				copy: copy === null ? null : (find(root, copy)?.found ?? null),
				from: from === null ? null : (find(root, from)?.found ?? null),
				// With both names it was cut off between taking the one and giving up the other.
				isStaged: inStaging !== undefined && !isSameInode(inStaging, at?.stats),
				isExact: isExact(path),
			}
		} catch {
			return null
		}
	})
}

/** null: nothing under just this name. Throws where it cannot be told, or where something stands that is neither file, folder nor link. */
function find(root: string, path: RelPath): {readonly found: Found; readonly stats: Stats} | null {
	try {
		return atPath(root, path, (at, folder) => {
			const stats = lookAt(at)
			if (stats === undefined || otherNameOf(folder, nameOf(path)) !== undefined) return null
			const kind = kindOf(stats)
			if (kind === undefined) throw new TreeError('EEXIST', 'something else stands there')
			return {
				found: {kind, disk: stampOf(stats), target: kind === 'symlink' ? targetText(readlinkSync(at)) : null},
				stats,
			}
		})
	} catch (error) {
		// A folder above it is gone, or called otherwise.
		if (['ENOENT', 'ENOTDIR', 'EXISTS'].includes(errnoOf(error) ?? '')) return null
		throw error
	}
}
