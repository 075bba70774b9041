// The reading worker's methods: contents on their way out. A file that is not as the index says, before or after, is not sent.
import {createHash} from 'node:crypto'
import {closeSync, constants, fstatSync, openSync, readSync, type Stats} from 'node:fs'
import {hashBytes} from '../../core/entries/batch.js'
import type {DiskStamp, Fault, Hash} from '../../core/entries/entry.js'
import type {RowFaults} from '../../core/entries/pack-rows.js'
import {sizeIn, stampIn} from '../../core/entries/stamp-columns.js'
import {type RelPath, splitPaths} from '../../core/paths.js'
import {errnoOf, messageOf} from '../../errors/index.js'
import {setDigest} from '../disk/digest.js'
import {describeFailure, TreeError} from '../disk/errors.js'
import {whileBusy} from '../disk/locked.js'
import {atProven, dropPins} from '../disk/parents.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'

/** A file to be read, as the index knows it. */
interface KnownFile {
	readonly path: RelPath
	readonly disk: DiskStamp
	/**
	 * The name under which this device keeps the file while the same round replaces it (a conflict copy), or null. The inode
	 * gets a second name then and loses its first, so its ctime tells nothing.
	 */
	readonly keptAs: RelPath | null
}

/** A large file to be read, by the step that wants it. */
export interface ReadItem extends KnownFile {
	readonly id: number
}

const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const changed = (): TreeError => new TreeError('CHANGED', 'it was changed during the sync')

/** Is this the file that the index speaks of? Compared field by field: it is asked twice for every file. */
const isAsKnown = (stats: Stats, {disk, keptAs}: KnownFile): boolean =>
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
function openChecked(root: string, item: KnownFile, check: (fd: number) => void): number {
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

const assertAsKnown = (fd: number, item: KnownFile): void => {
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

/** Small files to be read, as the index knows them: a row for each. */
export interface PackOrder {
	/** See `joinNames`. */
	readonly paths: string
	/** See `stampIn`. */
	readonly stamps: Float64Array
	/** `keptAs` of the few that have one, by row. */
	readonly keptAs: ReadonlyMap<number, RelPath>
}

/** What was read: the contents of rows without a fault, one behind the other, as long as their stamps say. */
export interface PackContents {
	/** See `PackRows`. */
	readonly hashes: Uint8Array
	readonly faults: RowFaults
	readonly buffer: ArrayBuffer
	/** Bytes of the contents, at the start of `buffer`. */
	readonly used: number
}

/** Reads many small files into one buffer, one after the other, hashed. */
export function readPack({root, order}: {root: string; order: PackOrder}): Transferred<PackContents> {
	dropPins()
	const paths = splitPaths(order.paths)
	const buffer = new ArrayBuffer(paths.reduce((sum, _, row) => sum + sizeIn(order.stamps, row), 0))
	const hashes = Buffer.from(new ArrayBuffer(hashBytes * paths.length))
	const faults: (readonly [number, Fault])[] = []
	let used = 0
	for (const [row, path] of paths.entries()) {
		const known = {path, disk: stampIn(order.stamps, row), keptAs: order.keptAs.get(row) ?? null}
		const content = new Uint8Array(buffer, used, known.disk.size)
		try {
			const fd = openChecked(root, known, (fd) => {
				// One look, behind the read: what has the known inode, size and times then is what was read.
				const isWhole = fill(fd, content)
				assertAsKnown(fd, known)
				if (!isWhole) throw changed()
			})
			closeSync(fd)
			used += content.byteLength
			setDigest(hashes, row, content)
		} catch (error) {
			faults.push([row, faultOf(error)])
		}
	}
	return withTransfer({hashes: new Uint8Array(hashes.buffer), faults, buffer, used}, [buffer, hashes.buffer])
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
