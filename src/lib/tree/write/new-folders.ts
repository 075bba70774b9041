// Folders that are new in a run come to be with their first files: filled in staging, where nobody looks, and put in place by one
// rename of the outermost. A file so placed costs five system calls, put in place by itself it costs eight.
// Owns which folders of a run are still to be made; never touches what stands in the tree already.
import {chmodSync, lstatSync, mkdirSync, renameSync, rmSync} from 'node:fs'
import type {DiskStamp} from '../../core/entries/entry.js'
import {StampList} from '../../core/entries/stamp-columns.js'
import {byPath, limits, nameOf, parentOf, type RelPath} from '../../core/paths.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {whileLocked} from '../disk/locked.js'
import {noteCalled} from '../disk/parents.js'
import {lookAt} from '../disk/stat.js'
import type {FolderTask} from '../tasks.js'
import {type Inheritance, keepingBits} from './inheritance.js'
import {quietly, type Staging, tolerate} from './staging.js'

/** Files in a tree that is being built, a row each: content, mode and mtime are final, and so is what the disk shows of them. */
export class NewFiles {
	readonly ids: number[] = []
	readonly paths: RelPath[] = []
	/** Absolute, in staging. */
	readonly names: string[] = []
	readonly stamps = new StampList()

	add(id: number, path: RelPath, name: string, disk: DiskStamp): void {
		this.ids.push(id)
		this.paths.push(path)
		this.names.push(name)
		this.stamps.push(disk)
	}
}

/** A folder that is not there yet, with all that is being put into it and below. */
export interface NewTree {
	readonly top: RelPath
	/** Outer ones first; `at`: absolute, in staging. */
	readonly folders: {readonly task: FolderTask; readonly at: string}[]
	readonly files: NewFiles
}

interface Place {
	readonly at: string
	readonly tree: NewTree
}

/** Bytes of an absolute path in staging that no system call refuses. */
const longestPath = limits.pathBytes - 256

export class NewFolders {
	readonly #root: string
	readonly #staging: Staging
	readonly #inheritance: Inheritance
	/** Not made yet. */
	readonly #due = new Map<RelPath, FolderTask>()
	/** Of these, folders that a content ready to be put in place will make there. */
	readonly #promised = new Set<RelPath>()
	/** Folders of the trees that are being built. */
	readonly #places = new Map<RelPath, Place>()
	#trees: NewTree[] = []

	constructor(root: string, staging: Staging, inheritance: Inheritance) {
		this.#root = root
		this.#staging = staging
		this.#inheritance = inheritance
	}

	/** This folder is to be made; nothing stands at its path. Outer ones are told first. */
	defer(task: FolderTask): void {
		this.#due.set(task.path, task)
	}

	/** The folders of a tree that cannot be put in place whole are to be made one by one. */
	deferAll({folders}: NewTree): void {
		for (const {task} of folders) this.defer(task)
	}

	/**
	 * A content of this path will be put in place by itself, and its folders are made then. Until then none of them is built in staging:
	 * they would not be in place when the content needs them.
	 */
	promise(path: RelPath): void {
		for (let up = parentOf(path); up !== undefined && this.#due.has(up); up = parentOf(up)) this.#promised.add(up)
	}

	/** Files in the trees that are being built. */
	get files(): number {
		return this.#trees.reduce((sum, {files}) => sum + files.ids.length, 0)
	}

	/** The tree that a new file of this path belongs to and its folder there; undefined where its folder stands already. */
	placeFor(path: RelPath): Place | undefined {
		const folder = parentOf(path)
		return folder === undefined ? undefined : (this.#places.get(folder) ?? this.#begin(folder))
	}

	/** Is a folder above this path in a tree that is being built? It is not where it will be until that tree takes its name. */
	isBuildingAbove(path: RelPath): boolean {
		if (this.#places.size === 0) return false
		for (let up = parentOf(path); up !== undefined; up = parentOf(up)) if (this.#places.has(up)) return true
		return false
	}

	/** The trees to be put in place now; nothing more comes into them. */
	take(): readonly NewTree[] {
		const trees = this.#trees
		this.#trees = []
		this.#places.clear()
		return trees
	}

	/** The tree takes its name. Throws where something has that name by now, or where it cannot be moved there. */
	put({top, folders}: NewTree): void {
		const staged = folders[0]?.at
		if (staged === undefined) return
		atPath(this.#root, top, (at) => {
			whileLocked(() => {
				if (lookAt(at) !== undefined)
					throw new TreeError('EEXIST', 'something appeared under this name during the sync')
				// RACE: of what appears here after the look only an empty folder is replaced; for all else the rename fails.
				renameSync(staged, at)
			})
			for (const {task} of folders) noteCalled(this.#root, task.path)
		})
	}

	/** Removes what is left of a tree that was put in place another way. Never throws. */
	discard({folders}: NewTree): void {
		const staged = folders[0]?.at
		if (staged !== undefined) quietly(() => rmSync(staged, {recursive: true, force: true}))
	}

	/** The folders on the way to `path` that are still to be made, outer ones first; they count as made from now on. */
	takeAbove(path: RelPath): readonly FolderTask[] {
		if (this.#due.size === 0) return []
		const tasks: FolderTask[] = []
		for (let up = parentOf(path); up !== undefined; up = parentOf(up)) {
			const task = this.#due.get(up)
			if (task === undefined) break
			this.#due.delete(up)
			tasks.unshift(task)
		}
		return tasks
	}

	/** The folder of this path is made by other means. undefined: it is not to be made. Give it back by `defer` where that fails. */
	takeOne(path: RelPath): FolderTask | undefined {
		const task = this.#due.get(path)
		this.#due.delete(path)
		return task
	}

	/** All folders that no file has brought, outer ones first. */
	takeRest(): readonly FolderTask[] {
		const tasks = [...this.#due.values()].sort(byPath)
		this.#due.clear()
		return tasks
	}

	/** Builds `folder`, and those above it that are not there, where that is possible. */
	#begin(folder: RelPath): Place | undefined {
		const task = this.#due.get(folder)
		if (task === undefined || this.#promised.has(folder)) return undefined
		const parent = parentOf(folder)
		const above = parent === undefined ? undefined : (this.#places.get(parent) ?? this.#begin(parent))
		if (above === undefined && parent !== undefined && this.#due.has(parent)) return undefined
		const at =
			above === undefined ? this.#staging.fresh(this.#inheritance.folderFor(folder)) : `${above.at}/${nameOf(folder)}`
		if (Buffer.byteLength(at) > longestPath) return undefined
		mkdirSync(at, {mode: 0o700})
		tolerate(() => chmodSync(at, keepingBits(lstatSync(at), task.mode | 0o300)))
		const tree = above?.tree ?? {top: folder, folders: [], files: new NewFiles()}
		if (above === undefined) this.#trees.push(tree)
		const place = {at, tree}
		tree.folders.push({task, at})
		this.#due.delete(folder)
		this.#places.set(folder, place)
		return place
	}
}
