// Hashes files where they lie: SHA-256 of exactly the content that the scan saw, or word that it is another by now.
// Runs in a worker. Never writes, never follows a link, holds 1 MiB whatever the size of a file.
import {createHash} from 'node:crypto'
import {closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats} from 'node:fs'
import type {Hash} from '../../core/entries/entry.js'
import {errnoOf} from '../../errors/index.js'
import {describeFailure} from '../disk/errors.js'
import {whileBusy} from '../disk/locked.js'
import {dropPins, pinParent} from '../disk/parents.js'
import type {Emit} from '../worker/transfer.js'

/** A file and what the last look showed of it. */
export interface HashItem {
	readonly path: string
	readonly size: number
	readonly mtimeMs: number
	readonly ctimeMs: number
	readonly ino: number
}

export interface HashArgs {
	readonly root: string
	readonly items: readonly HashItem[]
}

/** The result for the item of the same index. */
export type HashResult =
	| {readonly kind: 'hash'; readonly hash: Hash}
	/** Not what was seen, before or after reading, or gone: look again at the next round. */
	| {readonly kind: 'changed'}
	| {readonly kind: 'failed'; readonly code: string; readonly message: string}

/** Sent now and then while hashing. */
export interface HashProgress {
	readonly files: number
	readonly bytes: number
}

const pieceBytes = 1024 * 1024
const progressEveryBytes = 64 * pieceBytes
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

let piece: Buffer | undefined

/** Answers per item, in order. A failure of one never stops the others. */
export function hashFiles({root, items}: HashArgs, emit: Emit<HashProgress> = () => {}): HashResult[] {
	dropPins()
	const done = {files: 0, bytes: 0}
	let emittedAt = 0
	const onBytes = (bytes: number): void => {
		done.bytes += bytes
		if (done.bytes - emittedAt < progressEveryBytes) return
		emittedAt = done.bytes
		emit({...done})
	}
	try {
		return items.map((item) => {
			const outcome = hashFile(root, item, onBytes)
			done.files++
			return outcome
		})
	} finally {
		dropPins()
	}
}

const isAsSeen = (stats: Stats, item: HashItem): boolean =>
	stats.isFile() &&
	stats.size === item.size &&
	stats.mtimeMs === item.mtimeMs &&
	stats.ctimeMs === item.ctimeMs &&
	stats.ino === item.ino

const changed: HashResult = {kind: 'changed'}
/** What open and lstat say when something else stands there by now. */
const replaced = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO'])

function hashFile(root: string, item: HashItem, onBytes: (bytes: number) => void): HashResult {
	try {
		const parent = pinParent(root, item.path)
		try {
			const full = `${parent.at}/${parent.name}`
			// Opening a FIFO could block and opening a device can act, so look first.
			const before = lstatSync(full, {throwIfNoEntry: false})
			if (before === undefined || !isAsSeen(before, item)) return changed
			// RACE: another file may take the name here; fstat of what was opened tells.
			const fd = whileBusy(() => openSync(full, openFlags))
			try {
				// The look after reading tells all that one before would; a large file is worth both.
				if (item.size > pieceBytes && !isAsSeen(fstatSync(fd), item)) return changed
				const hash = hashContent(fd, item.size, onBytes)
				return hash !== undefined && isAsSeen(fstatSync(fd), item) ? {kind: 'hash', hash} : changed
			} finally {
				closeSync(fd)
			}
		} finally {
			parent.release()
		}
	} catch (error) {
		const code = errnoOf(error)
		if (code === undefined) throw error
		if (replaced.has(code)) return changed
		return {kind: 'failed', code, message: describeFailure('it cannot be read', error)}
	}
}

/** undefined when the content does not end where it should; never reads more than one piece beyond `size`. */
function hashContent(fd: number, size: number, onBytes: (bytes: number) => void): Hash | undefined {
	piece ??= Buffer.allocUnsafeSlow(pieceBytes)
	const sha = createHash('sha256')
	let length = 0
	for (;;) {
		const got = readSync(fd, piece, 0, pieceBytes, null)
		length += got
		if (got > 0) sha.update(got === pieceBytes ? piece : piece.subarray(0, got))
		onBytes(got)
		if (length > size) return undefined
		// A short read of a regular file that reaches the size is its end: fstat afterwards proves it.
		if (got === 0 || (length === size && got < pieceBytes)) break
	}
	return length === size ? sha.digest('base64url') : undefined
}
