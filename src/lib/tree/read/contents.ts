// The reading worker's methods: contents on their way out. A file that is not as the index says, before or after, is not sent.
import {createHash} from 'node:crypto'
import {closeSync, constants, fstatSync, openSync, readSync, type Stats} from 'node:fs'
import type {DiskStamp, Fault, Hash, PackRow} from '../../core/entry.js'
import type {RelPath} from '../../core/paths.js'
import {errnoOf, messageOf} from '../../errors/index.js'
import {describeFailure, TreeError} from '../disk/errors.js'
import {whileBusy} from '../disk/locked.js'
import {atProven, dropPins} from '../disk/parents.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'
import {hashOf} from '../write/staging.js'

export interface ReadItem {
	readonly id: number
	readonly path: RelPath
	readonly disk: DiskStamp
	/**
	 * The name under which this device keeps the file while the same round replaces it (a conflict copy), or null. The inode
	 * gets a second name then and loses its first, so its ctime tells nothing.
	 */
	readonly keptAs: RelPath | null
}

const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const changed = (): TreeError => new TreeError('CHANGED', 'it was changed during the sync')

/** Is this the file that the index speaks of? Compared field by field: it is asked twice for every file. */
const isAsKnown = (stats: Stats, {disk, keptAs}: Pick<ReadItem, 'disk' | 'keptAs'>): boolean =>
	stats.ino === disk.ino &&
	stats.size === disk.size &&
	stats.mtimeMs === disk.mtimeMs &&
	(stats.ctimeMs === disk.ctimeMs || keptAs !== null) &&
	(stats.mode & 0o777) === disk.mode &&
	stats.isFile()

/**
 * Opens the file under its name, or under that of its conflict copy where it has become that. `check` throws CHANGED when it is not
 * the one that is wanted; it is closed then.
 */
function openChecked(root: string, item: ReadItem, check: (fd: number) => void): number {
	try {
		return openAt(root, item.path, check)
	} catch (error) {
		if (item.keptAs === null || errnoOf(error) !== 'CHANGED') throw error
		return openAt(root, item.keptAs, check)
	}
}

function openAt(root: string, path: RelPath, check: (fd: number) => void): number {
	let fd: number
	try {
		fd = atProven(root, path, (at) => whileBusy(() => openSync(at, flags)))
	} catch (error) {
		const code = errnoOf(error)
		if (code === 'ENOENT' || code === 'ELOOP') throw changed()
		throw error
	}
	try {
		check(fd)
		return fd
	} catch (error) {
		closeSync(fd)
		throw error
	}
}

const assertAsKnown = (fd: number, item: ReadItem): void => {
	if (!isAsKnown(fstatSync(fd), item)) throw changed()
}

const faultOf = (error: unknown): Fault => ({
	code: errnoOf(error) ?? 'INTERNAL',
	message: error instanceof TreeError ? messageOf(error) : describeFailure('cannot be read', error),
})

/** Fills `target` from `fd`; true when it was filled to the last byte. */
function fill(fd: number, target: Uint8Array): boolean {
	let done = 0
	while (done < target.byteLength) {
		const got = readSync(fd, target, done, target.byteLength - done, null)
		if (got === 0) return false
		done += got
	}
	return true
}

/**
 * Reads many small files into one buffer, one after the other, hashed. Items with a fault take no bytes.
 * `bytes`: the sum of the items' sizes.
 */
export function readPack({root, items, bytes}: {root: string; items: readonly ReadItem[]; bytes: number}): Transferred<{
	items: PackRow[]
	buffer: ArrayBuffer
	used: number
}> {
	dropPins()
	const buffer = new ArrayBuffer(bytes)
	let used = 0
	const packed = items.map((item): PackRow => {
		const {id, disk} = item
		const content = new Uint8Array(buffer, used, disk.size)
		try {
			const fd = openChecked(root, item, (fd) => {
				// One look, behind the read: what has the known inode, size and times then is what was read.
				const isWhole = fill(fd, content)
				assertAsKnown(fd, item)
				if (!isWhole) throw changed()
			})
			closeSync(fd)
			used += disk.size
			return {id, hash: hashOf(content), size: disk.size}
		} catch (error) {
			return {id, fault: faultOf(error)}
		}
	})
	return withTransfer({items: packed, buffer, used}, [buffer])
}

interface OpenFile {
	readonly fd: number
	readonly item: ReadItem
	readonly hasher: ReturnType<typeof createHash>
	left: number
}
const open = new Map<number, OpenFile>()

/** Opens a large file for `readPiece`. */
export function openFile({root, item}: {root: string; item: ReadItem}): Fault | null {
	dropPins()
	try {
		open.set(item.id, {
			fd: openChecked(root, item, (fd) => assertAsKnown(fd, item)),
			item,
			hasher: createHash('sha256'),
			left: item.disk.size,
		})
		return null
	} catch (error) {
		return faultOf(error)
	}
}

export type Piece =
	| {readonly kind: 'piece'; readonly buffer: ArrayBuffer}
	| {readonly kind: 'last'; readonly buffer: ArrayBuffer; readonly hash: Hash}
	| {readonly kind: 'fault'; readonly fault: Fault}

/**
 * The next at most `bytes` bytes, in `spare` where that has the right size. The last piece brings the hash; the file is
 * closed then, and on a fault.
 */
export function readPiece({
	id,
	bytes,
	spare,
}: {
	id: number
	bytes: number
	spare?: ArrayBuffer | undefined
}): Transferred<Piece> {
	const file = open.get(id)
	if (file === undefined)
		return withTransfer<Piece>({kind: 'fault', fault: {code: 'EBADF', message: 'it is not open'}}, [])
	try {
		const wanted = Math.min(bytes, file.left)
		const piece = new Uint8Array(spare?.byteLength === wanted ? spare : new ArrayBuffer(wanted))
		if (!fill(file.fd, piece)) throw changed()
		file.hasher.update(piece)
		file.left -= piece.byteLength
		if (file.left > 0) return withTransfer<Piece>({kind: 'piece', buffer: piece.buffer}, [piece.buffer])
		assertAsKnown(file.fd, file.item)
		closeFile({id})
		return withTransfer<Piece>({kind: 'last', buffer: piece.buffer, hash: file.hasher.digest('base64url')}, [
			piece.buffer,
		])
	} catch (error) {
		closeFile({id})
		return withTransfer<Piece>({kind: 'fault', fault: faultOf(error)}, [])
	}
}

/** Closes a file before its end. */
export function closeFile({id}: {id: number}): void {
	const file = open.get(id)
	if (file === undefined) return
	open.delete(id)
	closeSync(file.fd)
}
