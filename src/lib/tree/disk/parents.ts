// Makes sure that no folder on the way to a path is a symbolic link, or called otherwise, while something is done there.
// Synchronous, for worker threads; each thread has pins of its own. Never creates or removes anything.
import {closeSync, constants, existsSync, lstatSync, openSync} from 'node:fs'
import {errnoOf} from '../../errors/index.js'
import {TreeError} from './errors.js'
import {Callings} from './spelling.js'

/** Where to act: `at` + '/' + `name`. Valid until `release()`. */
export interface PinnedParent {
	readonly at: string
	readonly name: string
	release(): void
}

interface Pin {
	readonly fd: number
	users: number
}

/** File descriptors kept open for folders not in use, per thread; bounded so that `ulimit -n 64` is enough for two threads. */
const maxPins = 8

const openFolder = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0)
const openRoot = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)
const descriptors = '/proc/self/fd'
let pinning: boolean | undefined

/** Key: root + NUL + folder, in order of last use. A pin closed while in use lives on until its last release. */
const pins = new Map<string, Pin>()

/** Can this system act below an open folder by its descriptor? */
export function canPin(): boolean {
	pinning ??= (process.platform === 'linux' || process.platform === 'android') && existsSync(descriptors)
	return pinning
}

/**
 * Pins the folder that holds `path` (relative, checked). Throws an Error with code ELOOP (a link is on the way),
 * ENOTDIR, ENOENT, or whatever opening said. Call `release()` in a `finally`.
 */
export function pinParent(root: string, path: string): PinnedParent {
	const slash = path.lastIndexOf('/')
	const folder = slash < 0 ? '' : calledNow(root, path.slice(0, slash))
	const name = path.slice(slash + 1)
	if (!canPin()) return {at: checkedFolder(root, folder), name, release: () => {}}
	const pin = pinFolder(root, folder)
	pin.users++
	let released = false
	const release = (): void => {
		if (released) return
		released = true
		pin.users--
		if (pin.users < 0) closeSync(pin.fd)
	}
	return {at: `${descriptors}/${pin.fd}`, name, release}
}

/** Folders that are called just so, by key; found out for as long as pins hold. */
const calledSo = new Set<string>()
let callings = new Callings()

/** A folder that was made, or renamed, is called as it was asked for. */
export function noteCalled(root: string, folder: string): void {
	calledSo.add(keyOf(root, folder))
}

/**
 * Throws EXISTS unless the folder that the disk finds in its parent at `at` has the name in its path. What is put below it under another
 * spelling, the next scan would find at another path.
 */
function assertCalledSo(root: string, folder: string, at: string): void {
	const key = keyOf(root, folder)
	if (calledSo.has(key)) return
	const slash = folder.lastIndexOf('/')
	const [parent, name] = [folder.slice(0, Math.max(0, slash)), folder.slice(slash + 1)]
	if (!callings.isCalled(keyOf(root, parent), at, name))
		throw twinError(folder, callings.nameOf(keyOf(root, parent), at, name))
	calledSo.add(key)
}

/** What the disk finds at `path` is called `other` there. */
export function twinError(path: string, other = 'another one'): TreeError {
	const stands = path.slice(0, path.lastIndexOf('/') + 1) + other
	return new TreeError(
		'EXISTS',
		`this disk takes "${path}" and "${stands}", which stands there, for one name; rename one of the two`,
	)
}

function forgetCalled(): void {
	calledSo.clear()
	callings = new Callings()
}

/** Folders that took another spelling, by the key of the old one. Empty nearly always. */
const respelled = new Map<string, string>()

/** `folder` is called `now`: what is asked for below its old name is there. Both are names of one entry to the disk. */
export function noteRespelled(root: string, folder: string, now: string): void {
	invalidate(root, folder)
	forgetCalled()
	respelled.set(keyOf(root, folder), now)
}

/** A new run begins: all is called as the index says. */
export function forgetRespelled(): void {
	respelled.clear()
}

/** The path by which a folder is called in this run. */
export function calledNow(root: string, folder: string): string {
	if (respelled.size === 0) return folder
	for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 1)) {
		const now = respelled.get(keyOf(root, folder.slice(0, end)))
		if (now !== undefined) return now + folder.slice(end)
	}
	return folder
}

/** The folder that was looked at last, as a key of `pins`; forgotten with them. */
let proven: string | undefined

/** Bytes of an absolute path that every call takes. */
const longestPath = 4000

/**
 * Calls `act` with an absolute path of `path` after a look that no link is on the way: one look for all paths of a folder in a
 * row, and some 4 µs a call cheaper than a pin. For who knows the inode that it wants and compares: RACE: a folder that
 * becomes a link after the look is followed, and what is found there is another inode. Throws what `pinParent` throws.
 */
export function atProven<T>(root: string, path: string, act: (at: string) => T): T {
	const at = `${root}/${path}`
	const key = keyOf(root, path.slice(0, Math.max(0, path.lastIndexOf('/'))))
	if (proven === key && at.length * 3 < longestPath) return act(at)
	const pin = pinParent(root, path)
	try {
		proven = key
		return act(`${pin.at}/${pin.name}`)
	} finally {
		pin.release()
	}
}

/** Forgets `folder` and all below it: call it when a folder was renamed or removed by ourselves. */
export function invalidate(root: string, folder: string): void {
	proven = undefined
	calledSo.clear()
	const key = keyOf(root, folder)
	for (const [at, pin] of pins) if (folder === '' || at === key || at.startsWith(`${key}/`)) drop(at, pin)
}

/**
 * Forgets all. A pin stays with its folder when somebody renames that folder and puts another in its place, so call
 * this at the start of every batch: that bounds how long one can be out of date.
 */
export function dropPins(): void {
	proven = undefined
	forgetCalled()
	for (const [key, pin] of pins) drop(key, pin)
}

const keyOf = (root: string, folder: string): string => `${root}\0${folder}`

/** `users` is one less than the number of holders once the table is none of them, so −1 means: close. */
function drop(key: string, pin: Pin): void {
	pins.delete(key)
	pin.users--
	if (pin.users < 0) closeSync(pin.fd)
}

function pinFolder(root: string, folder: string): Pin {
	const key = keyOf(root, folder)
	const known = pins.get(key)
	if (known !== undefined) {
		pins.delete(key)
		pins.set(key, known)
		return known
	}
	const pin = {fd: folder === '' ? openSync(root, openRoot) : openBelow(root, folder), users: 0}
	pins.set(key, pin)
	for (const [oldest, old] of pins) {
		if (pins.size <= maxPins) break
		drop(oldest, old)
	}
	return pin
}

function openBelow(root: string, folder: string): number {
	const slash = folder.lastIndexOf('/')
	const parent = pinFolder(root, slash < 0 ? '' : folder.slice(0, slash))
	const at = `${descriptors}/${parent.fd}/${folder.slice(slash + 1)}`
	try {
		const fd = openSync(at, openFolder)
		try {
			assertCalledSo(root, folder, `${descriptors}/${parent.fd}`)
		} catch (error) {
			closeSync(fd)
			throw error
		}
		return fd
	} catch (error) {
		// Linux says ENOTDIR for a link as well.
		if (errnoOf(error) === 'ENOTDIR' && lstatSync(at, {throwIfNoEntry: false})?.isSymbolicLink() === true)
			throw linkError(folder)
		throw error
	}
}

const linkError = (folder: string): TreeError =>
	new TreeError('ELOOP', `the folder "${folder}" is a symbolic link by now`)

/** Without descriptors: looks at every folder on the way. */
function checkedFolder(root: string, folder: string): string {
	let at = root
	if (folder === '') return at
	for (const component of folder.split('/')) {
		const parent = at
		at += `/${component}`
		// RACE: a folder looked at here may become a link before the caller acts; nothing on this platform pins it.
		const stats = lstatSync(at)
		if (stats.isSymbolicLink()) throw linkError(at.slice(root.length + 1))
		if (!stats.isDirectory()) throw new TreeError('ENOTDIR', `"${at.slice(root.length + 1)}" is not a folder`)
		assertCalledSo(root, at.slice(root.length + 1), parent)
	}
	return at
}
