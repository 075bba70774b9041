// Acting at a path: its parents are pinned, and a read-only folder of our own opens for the moment.
import {chmodSync, lstatSync} from 'node:fs'
import type {RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {pinParent} from './parents.js'

/** Where something is to be put, for as long as `act` runs: its parents are pinned. */
export function atPath<T>(root: string, path: RelPath, act: (at: string, folder: string) => T): T {
	const pin = pinParent(root, path)
	try {
		return withWritable(pin.at, () => act(`${pin.at}/${pin.name}`, pin.at))
	} finally {
		pin.release()
	}
}

/** Runs `act`; when a read-only folder of our own is in the way, opens it for the moment and closes it again. */
function withWritable<T>(folder: string, act: () => T): T {
	try {
		return act()
	} catch (error) {
		if (errnoOf(error) !== 'EACCES') throw error
		// A trailing slash makes the pinned folder itself the target and not the descriptor's link.
		const mode = lstatSync(`${folder}/`).mode & 0o7777
		if ((mode & 0o300) === 0o300) throw error
		try {
			chmodSync(`${folder}/`, mode | 0o300)
		} catch {
			throw error
		}
		try {
			return act()
		} finally {
			chmodSync(`${folder}/`, mode)
		}
	}
}
