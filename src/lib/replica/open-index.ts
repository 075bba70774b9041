// Opens the index of a folder: checks that the folder is the one it speaks of, and gives a new folder its marker.
import {join} from 'node:path'
import {isSameRoot} from '../core/folder/root.js'
import {FileSyncError} from '../errors/index.js'
import {Index, type IndexOptions} from '../index/index.js'
import {clearLeftovers, isCopied, readMarker, writeMarker} from '../tree/index.js'
import {isDamaged} from './preview.js'

/** Tombstones older than this are forgotten; a device away for longer can bring a deleted file back, never lose one. */
const tombstoneDays = 180
const daySec = 86_400

export interface OpenOptions {
	readonly root: string
	/** The database's own folder. */
	readonly indexDir: string
	readonly nowMs: () => number
	readonly random: (bytes: number) => Uint8Array
	/** Take the folder as it is: forget what was agreed, unite with the peer, delete nothing. */
	readonly firstSync: boolean
}

export const indexOptions = ({indexDir, random, nowMs}: OpenOptions): IndexOptions => ({
	dir: indexDir,
	random,
	nowSec: () => Math.floor(nowMs() / 1000),
})

export const openIndex = (options: OpenOptions): Promise<Index> => Index.open(indexOptions(options))

/** The index of this very folder, ready for use. Throws ROOT_MISSING, ROOT_REPLACED and what `Index.open` throws. */
export async function openedIndex(options: OpenOptions): Promise<Index> {
	const {root, indexDir, nowMs, random, firstSync} = options
	const nowSec = () => Math.floor(nowMs() / 1000)
	const marker = readMarker(root)
	let index: Index
	try {
		index = await openIndex(options)
	} catch (error) {
		if (!firstSync || !isDamaged(error)) throw error
		await Index.destroy(indexDir)
		index = await openIndex(options)
	}
	try {
		let known = index.root
		const isReplaced = known !== null && (marker === null || !isSameRoot(known, marker))
		if (isReplaced && !firstSync) throw replaced(root, marker === null)
		if (isReplaced || (firstSync && !index.isNew)) {
			try {
				await index.startOver()
			} catch (error) {
				// It is read whole here for the first time.
				if (!isDamaged(error)) throw error
				await index.close()
				await Index.destroy(indexDir)
				index = await openIndex(options)
				// The new index knows no root yet.
				known = index.root
			}
		}
		const identity =
			marker === null || isCopied(marker) ? writeMarker(root, Buffer.from(random(12)).toString('hex')) : marker
		if (known === null || known.id !== identity.id || known.ino !== identity.ino || known.ctimeMs !== identity.ctimeMs)
			await index.write({root: identity})
		await index.pruneGone(nowSec() - tombstoneDays * daySec)
		clearLeftovers(root)
	} catch (error) {
		await index.close()
		throw error
	}
	return index
}

/** Not the folder that was synced before, or one without its marker. */
export function replaced(root: string, missing: boolean): FileSyncError {
	const what = missing
		? `${join(root, '.filesync', 'root.json')}, the marker of this folder, is missing: the disk may not be mounted, or the folder was emptied or replaced`
		: `${root} is not the folder that was synced before: it was restored, copied or replaced`
	return new FileSyncError('ROOT_REPLACED', `${what}. Nothing was changed`, [
		'if a disk is not mounted there, mount it and run the command again',
		'if this is the right folder, run once with --first-sync (sync, or serve where serve runs): both sides are united, nothing is deleted',
	])
}
