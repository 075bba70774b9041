// The root's marker (`.filesync/root.json`), which tells whether this is the folder that the index speaks of, and the
// probes by which two peers find out that they share one folder. Decides nothing: that is core/folder/root.
import {randomBytes} from 'node:crypto'
import {
	closeSync,
	constants,
	fstatSync,
	fsyncSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readSync,
	renameSync,
	rmSync,
	statSync,
	unlinkSync,
	writeSync,
} from 'node:fs'
import {join} from 'node:path'
import type {RootIdentity} from '../core/folder/root.js'
import {ownFolder} from '../core/paths.js'
import {accessAdvice} from '../disk/access.js'
import {errnoOf, FileSyncError} from '../errors/index.js'
import {shellWord} from '../errors/shell.js'
import {adviceOf, isDiskFull, isPassing} from '../errors/system.js'
import {describeFailure, rootFailure, TreeError} from './disk/errors.js'
import {whileBusy, whileLocked} from './disk/locked.js'
import {dropPins, type PinnedParent, pinParent} from './disk/parents.js'
import {quietly} from './write/staging.js'

const markerName = 'root.json'
const markerMode = 0o600
const modeProbe = 'probe-modes'
/** Where the watcher makes its cookies (watch-folders.ts). */
const cookieFolder = 'watch'
/** Bytes. A marker is some 70. */
const maxMarkerBytes = 4096
/** The id of a marker that was copied from another place, or put back from a backup, ends so: it is another root's. */
const copiedSuffix = ' copied'
/** Times of birth this close are one: FAT keeps it in steps of 10 ms. */
const birthToleranceMs = 20
const noFollow = constants.O_NOFOLLOW ?? 0
const openNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow

export const isCopied = ({id}: RootIdentity): boolean => id.endsWith(copiedSuffix)

/**
 * The root's identity, or null when it has no (valid) marker. Throws FileSyncError ROOT_MISSING when the root is not
 * there or cannot be entered, ROOT_REPLACED when the marker cannot be read or `.filesync` is not a folder.
 */
export function readMarker(root: string): RootIdentity | null {
	requireRoot(root)
	try {
		return inOwnFolder(root, markerName, (at) => {
			const fd = whileBusy(() => openSync(at, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0)))
			try {
				const stats = fstatSync(fd)
				if (!stats.isFile()) throw new TreeError('EINVAL', 'it is not a regular file')
				const bytes = Buffer.alloc(maxMarkerBytes)
				const marker = parseMarker(bytes.toString('utf8', 0, readSync(fd, bytes, 0, maxMarkerBytes, 0)))
				if (marker === undefined) return null
				const {id, birthMs} = marker
				// ext4 gives a folder put back by cp the inode numbers of the one removed before, so the inode proves nothing alone.
				const isOther = birthMs !== null && Math.abs(birthMs - stats.birthtimeMs) > birthToleranceMs
				return {id: isOther ? `${id}${copiedSuffix}` : id, ino: stats.ino, ctimeMs: stats.ctimeMs}
			} finally {
				closeSync(fd)
			}
		})
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return null
		throw markerFailure(root, 'cannot be read', error)
	}
}

/**
 * Writes the marker, durable and in one step, making `.filesync` (0700) where it is missing. Errors as `readMarker`.
 * `id`: printable, at most 100 characters.
 */
export function writeMarker(root: string, id: string): RootIdentity {
	requireRoot(root)
	if (parseMarker(JSON.stringify({id})) === undefined)
		throw new RangeError('a root id has 1 to 100 printable characters')
	try {
		makeOwnFolder(root)
		return inOwnFolder(root, markerName, (at, folder) => {
			const birthMs = putMarker(at, id, true)
			// Windows gives a new file the birth of the one whose name it takes, and some disks show the last change for it.
			if (birthMs !== null && Math.abs(lstatSync(at).birthtimeMs - birthMs) > birthToleranceMs) putMarker(at, id, false)
			syncFolder(folder)
			const {ino, ctimeMs} = lstatSync(at)
			return {id, ino, ctimeMs}
		})
	} catch (error) {
		throw markerFailure(root, 'cannot be written', error)
	}
}

/** Puts a whole, synced marker at `at`; with the time of its birth in it, where that is wanted and known. Returns that time. */
function putMarker(at: string, id: string, withBirth: boolean): number | null {
	const temporary = `${at}.${randomBytes(6).toString('hex')}`
	const fd = openSync(temporary, openNew, markerMode)
	let birthMs: number | null
	try {
		birthMs = withBirth ? birthOf(fd) : null
		writeSync(fd, `${JSON.stringify({id, birth_ms: birthMs})}\n`)
		fsyncSync(fd)
	} finally {
		closeSync(fd)
	}
	try {
		whileLocked(() => renameSync(temporary, at))
	} catch (error) {
		rmSync(temporary, {force: true})
		throw error
	}
	return birthMs
}

/**
 * Does the disk of the root keep modes? FAT, Windows and Android's shared storage show the same ones for whatever was asked. The marker
 * is made with a mode that no such disk shows, so its mode tells; where somebody changed that, a new file is made to find out.
 */
export function keepsModes(root: string): boolean {
	const hasMode = ({mode}: {mode: number}): boolean => (mode & 0o777) === markerMode
	try {
		if (inOwnFolder(root, markerName, (at) => hasMode(lstatSync(at)))) return true
		return inOwnFolder(root, modeProbe, (at) => {
			const fd = openSync(at, constants.O_RDONLY | constants.O_CREAT | noFollow, markerMode)
			try {
				return hasMode(fstatSync(fd))
			} finally {
				closeSync(fd)
				quietly(() => rmSync(at, {force: true}))
			}
		})
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
		// On a disk where nothing can be made nobody changes a mode.
		return true
	}
}

/**
 * Makes the probe file of `nonce`, so that a peer working on this very folder can see it. Where it cannot be made (a read-only
 * or full disk) there is none: the sync goes on, and of a folder that takes no file nothing can be lost.
 */
export function makeProbe(root: string, nonce: string): void {
	const name = probeName(nonce)
	quietly(() => {
		makeOwnFolder(root)
		inOwnFolder(root, name, (at) => closeSync(openSync(at, openNew, 0o600)))
	})
}

/** Is the probe of `nonce` in this folder, as far as that can be told? `nonce` may come from a peer. */
export function hasProbe(root: string, nonce: string): boolean {
	const name = probeName(nonce)
	let isThere = false
	quietly(() => {
		isThere = inOwnFolder(root, name, (at) => lstatSync(at, {throwIfNoEntry: false}) !== undefined)
	})
	return isThere
}

/** Removes the probe of `nonce`. What cannot be removed now goes with `clearLeftovers`. */
export function removeProbe(root: string, nonce: string): void {
	const name = probeName(nonce)
	quietly(() => inOwnFolder(root, name, (at) => rmSync(at, {force: true})))
}

/** Names in `.filesync` that no process needs when another one starts: probes, and markers that were being written. */
const leftover = /^(?:probe-[\w-]+|root\.json\.[0-9a-f]{12})$/

/**
 * Removes what a process that was killed left in `.filesync`: probes, half-written markers and the watcher's cookies. Due when
 * the folder is opened. Never throws.
 * RACE: a probe that another process on this very folder (with a state folder of its own) has just made goes, too. That one greets
 * again, and its peer then sees the probe.
 */
export function clearLeftovers(root: string): void {
	quietly(() =>
		inOwnFolder(root, markerName, (_, folder) => {
			for (const name of readdirSync(folder))
				if (leftover.test(name)) quietly(() => rmSync(join(folder, name), {force: true}))
			const cookies = join(folder, cookieFolder)
			if (lstatSync(cookies, {throwIfNoEntry: false})?.isDirectory() !== true) return
			for (const name of readdirSync(cookies)) quietly(() => unlinkSync(join(cookies, name)))
		}),
	)
}

function probeName(nonce: string): string {
	if (!/^[\w-]{8,64}$/.test(nonce)) throw new RangeError('a probe nonce has 8 to 64 characters of A-Z a-z 0-9 _ -')
	return `probe-${nonce}`
}

/** Runs `act` with `name` in `.filesync`, which is pinned meanwhile. */
function inOwnFolder<T>(root: string, name: string, act: (at: string, folder: string) => T): T {
	// A folder put in the place of an older one must be seen.
	dropPins()
	const parent: PinnedParent = pinParent(root, `${ownFolder}/${name}`)
	try {
		return act(`${parent.at}/${parent.name}`, parent.at)
	} finally {
		parent.release()
		dropPins()
	}
}

function makeOwnFolder(root: string): void {
	try {
		mkdirSync(join(root, ownFolder), {mode: 0o700})
	} catch (error) {
		if (errnoOf(error) !== 'EEXIST') throw error
	}
}

function requireRoot(root: string): void {
	try {
		if (!statSync(root).isDirectory()) throw new TreeError('ENOTDIR', 'not a folder')
	} catch (error) {
		throw rootFailure(root, error)
	}
}

/** When the file was made, ms since 1970; null where the file system does not keep that. */
function birthOf(fd: number): number | null {
	const {birthtimeMs} = fstatSync(fd)
	return birthtimeMs > 0 ? birthtimeMs : null
}

function parseMarker(text: string): {id: string; birthMs: number | null} | undefined {
	try {
		const value: unknown = JSON.parse(text)
		if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string')
			return undefined
		if (!/^[\x20-\x7e]{1,100}$/.test(value.id)) return undefined
		const birthMs = 'birth_ms' in value && typeof value.birth_ms === 'number' ? value.birth_ms : null
		return {id: value.id, birthMs}
	} catch {
		return undefined
	}
}

/** Makes the names in a folder durable. Windows and some network file systems cannot, and need not. */
function syncFolder(folder: string): void {
	try {
		const fd = openSync(folder, constants.O_RDONLY)
		try {
			fsyncSync(fd)
		} finally {
			closeSync(fd)
		}
	} catch (error) {
		if (!['EINVAL', 'EPERM', 'EISDIR', 'EBADF', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error
	}
}

function markerFailure(root: string, what: string, error: unknown): FileSyncError {
	const folder = join(root, ownFolder)
	const code = errnoOf(error)
	if (code === 'ELOOP' || code === 'ENOTDIR')
		return new FileSyncError(
			'ROOT_REPLACED',
			`${folder} must be a folder of FileSync's own, but it or its ${markerName} is a link or a file`,
			[`Look what it is (ls -ld ${folder}), move it away and run the command again.`],
			{cause: error},
		)
	const told = describeFailure(`the marker ${join(folder, markerName)} ${what}`, error)
	// Whose folder it is was not found out, and nothing says that it is another's.
	if (isPassing(code)) {
		const advice = adviceOf(code, [`check the disk: df ${shellWord(folder)}`])
		return new FileSyncError(isDiskFull(code) ? 'DISK_FULL' : 'DISK_FAILED', told, advice, {cause: error})
	}
	return new FileSyncError(
		'ROOT_REPLACED',
		told,
		[...accessAdvice(folder), `Give this user the right to read and write in ${folder}.`],
		{cause: error},
	)
}
