// Puts a staged file or link under its name, and folders: the functions that replace user files. Every name is looked at just
// before it is taken, and what stood there is kept.
import {randomBytes} from 'node:crypto'
import {chmodSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats, unlinkSync} from 'node:fs'
import type {DiskStamp} from '../../core/entries/entry.js'
import {nameOf, parentOf, type RelPath, tempPrefix} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {removeFolder, whileLocked} from '../disk/locked.js'
import {invalidate, noteCalled, twinError} from '../disk/parents.js'
import {type Callings, otherNameOf} from '../disk/spelling.js'
import {assertOccupant, inodeOf, isStill, lookAt, lookAtStanding, stampAt, stampOf} from '../disk/stat.js'
import type {Occupant} from '../tasks.js'
import {type Inheritance, keepingBits} from './inheritance.js'
import {assertStill, duplicate, isWithoutLinks, secondName, takeAway, takeToTrash, withKept} from './preserve.js'
import {quietly, type Staging} from './staging.js'
import type {TrashSession} from './trash.js'

/** The inodes that a run moves to another name. With their device: other mounts below the root use the same numbers. */
export class MovingInodes {
	readonly #known = new Set<string>()

	/** As `lookAt` found it. */
	add(found: Stats): void {
		const inode = inodeOf(found)
		if (inode !== undefined) this.#known.add(inode)
	}

	has(found: Stats): boolean {
		if (this.#known.size === 0) return false
		const inode = inodeOf(found)
		return inode !== undefined && this.#known.has(inode)
	}
}

/** What a run has at hand for this. */
interface PlaceContext {
	readonly root: string
	readonly trash: TrashSession | null
	readonly staging: Pick<Staging, 'fresh'>
	readonly inheritance: Inheritance
	/** Inodes that this run gave a second name: their ctime is another one than the index knows. */
	readonly moving: MovingInodes
}

interface Task {
	readonly path: RelPath
	readonly occupant: Occupant
	readonly keepAs: RelPath | null
}

/**
 * Removes a file, link or empty folder. Files and links are kept first, unless `moved`: their content is at another path here. An entry
 * that the disk finds under this name but that has another spelling stays: the name itself is free.
 */
export function remove(run: PlaceContext, task: Task & {readonly moved: boolean}, callings: Callings): void {
	const {root, moving} = run
	const {path, occupant, moved} = task
	atPath(root, path, (at, folder) => {
		const found = lookAt(at)
		if (found === undefined) return
		if (!callings.isCalled(parentOf(path) ?? '', folder, nameOf(path))) return
		assertOccupant(found, occupant, moving.has(found))
		if (found.isDirectory()) {
			invalidate(root, path)
			removeFolder(at)
		} else makeRoom(at, found, run, task, moved)
	})
}

/** Makes a folder (owner may write until the end of the run). A file or link of the name makes room; a folder is taken as it is. */
export function makeFolder(run: PlaceContext, task: Task & {readonly mode: number}): DiskStamp {
	const {path, keepAs, occupant, mode} = task
	return atPath(run.root, path, (at, folder) => {
		const found = lookAt(at)
		if (found !== undefined && occupant === null) assertCalled(folder, path)
		if (found?.isDirectory()) return stampAt(at)
		if (found !== undefined) {
			assertOccupant(found, occupant, run.moving.has(found) && keepAs === null)
			makeRoom(at, found, run, task, false)
		}
		mkdirSync(at, {mode: (mode & 0o777) | 0o300})
		noteCalled(run.root, path)
		// Whoever is not of a setgid folder's group loses that bit by a chmod.
		const made = lstatSync(at)
		if ((made.mode & 0o777) !== ((mode & 0o777) | 0o300)) openForNow(at, keepingBits(made, mode | 0o300))
		return stampAt(at)
	})
}

/** Throws EXISTS when what the disk finds under this name is called otherwise: it cannot have both. */
function assertCalled(folder: string, path: RelPath): void {
	const other = otherNameOf(folder, nameOf(path))
	if (other !== undefined) throw twinError(path, other)
}

/** A folder under construction; it gets its mode at the end of the run, which tells of a fault. */
function openForNow(at: string, mode: number): void {
	try {
		chmodSync(at, mode)
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
	}
}

/** The file or link `found` at `at` goes, and is kept as the task says; `moved`: its content lives on elsewhere here. */
function makeRoom(at: string, found: Stats, {root, trash, staging}: PlaceContext, task: Task, moved: boolean): void {
	const {path, keepAs} = task
	const go = (): void => takeAway(at, found, staging.fresh(), {root, path})
	if (moved) go()
	else if (keepAs === null && trash !== null) takeToTrash(at, found, trash, path)
	else withKept(at, found, {root, trash, path, keepAs}, go)
}

/**
 * The staged file or link takes its name, in one step: who reads the name sees the old or the new content, never neither.
 * An empty folder of the name is removed first. `seen`: the staged one when it was sure to be what is to be put. Returns what the
 * disk shows of it then.
 */
export function putInPlace(run: PlaceContext, task: Task, staged: string, seen = lookAtStanding(staged)): DiskStamp {
	const {root, trash, moving} = run
	const {path, occupant, keepAs} = task
	return atPath(root, path, (at, folder) => {
		const found = lookAt(at)
		const isLoose = found !== undefined && moving.has(found)
		if (found !== undefined && occupant === null) assertCalled(folder, path)
		assertOccupant(found, occupant, isLoose)
		if (found === undefined || occupant === null) return moveIntoPlace(staged, at, seen, takeFree)
		if (found.isDirectory()) {
			invalidate(root, path)
			removeFolder(at)
			return moveIntoPlace(staged, at, seen, takeFree)
		}
		if (found.isFile() && seen.isFile() && !moving.has(seen)) run.inheritance.giveWhatHad(path, found, staged, seen)
		const replace = (): DiskStamp =>
			moveIntoPlace(staged, at, seen, (from) => {
				// RACE: what another process puts under this name after this second look is replaced unseen: some microseconds, for
				// Node has no renameat2(RENAME_EXCHANGE). Taking the old file away first would leave the name empty for that time.
				whileLocked(() => {
					assertStill(at, found)
					renameSync(from, at)
				})
			})
		const livesOn = isLoose && keepAs === null
		return livesOn ? replace() : withKept(at, found, {root, trash, path, keepAs}, replace)
	})
}

/** Gives the file or link `from`, as it was `seen`, the name `at`. */
type Take = (from: string, at: string, seen: Stats) => void

/** As a free name: fails with CHANGED when something stands there. */
function takeFree(from: string, at: string, seen: Stats): void {
	try {
		secondName(from, at, seen)
	} catch (error) {
		if (errnoOf(error) === 'EEXIST') throw appeared()
		if (errnoOf(error) === 'EXDEV' || !isWithoutLinks(error)) throw error
		// RACE: where the disk has no hard links, what comes here after this look is replaced unseen.
		whileLocked(() => {
			if (lookAt(at) !== undefined) throw appeared()
			renameSync(from, at)
		})
		return
	}
	// The content has its name: what the disk will not give up of the other one goes with the next clearing of staging.
	quietly(() => whileLocked(() => unlinkSync(from)))
}

const appeared = (): TreeError => new TreeError('CHANGED', 'something appeared under this name during the sync')

/** Takes the name; where another mount below the root begins there, from beside it. */
function moveIntoPlace(staged: string, at: string, seen: Stats, take: Take): DiskStamp {
	try {
		return taken(staged, at, seen, take)
	} catch (error) {
		if (errnoOf(error) !== 'EXDEV') throw error
	}
	const beside = `${at.slice(0, at.lastIndexOf('/'))}/${tempPrefix}${randomBytes(9).toString('hex')}`
	try {
		duplicate(staged, beside, seen)
		if (!seen.isSymbolicLink()) chmodSync(beside, seen.mode & 0o777)
		const disk = taken(beside, at, lookAtStanding(beside), take)
		quietly(() => unlinkSync(staged))
		return disk
	} catch (error) {
		rmSync(beside, {force: true})
		throw error
	}
}

/** Takes the name and says what the disk shows then. Who wrote there since is seen by the next scan: then it is what was `seen`. */
function taken(from: string, at: string, seen: Stats, take: Take): DiskStamp {
	take(from, at, seen)
	const stands = lookAtStanding(at)
	return stampOf(seen.isSymbolicLink() || (isStill(stands, seen) && stands.mode === seen.mode) ? stands : seen)
}
