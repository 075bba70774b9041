// What a scan found gone or replaced, by which a file or folder under a new name is known again: its content, its mode and mtime.
// Memory: some 300 bytes for each, bounded.
import type {Hash, IndexRecord, Seen} from '../../core/entries/entry.js'
import {sameStamp} from '../../core/folder/observe.js'
import {nameOf, parentOf, type RelPath} from '../../core/paths.js'

/** Files that are remembered. A rename of more is read, and shows what the disk shows. */
const maxFiles = 200_000

/** So many are remembered until the next scan is over. */
const maxKept = 10_000

export class GoneEntries {
	readonly #keepsInodes: (path: RelPath) => boolean
	/** Sizes of contents that went: a new file of such a size may be a rename. */
	readonly #sizes = new Set<number>()
	readonly #byInode = new Map<number, {readonly record: IndexRecord; readonly hash: Hash}>()
	readonly #byHash = new Map<Hash, IndexRecord>()
	readonly #folders = new Map<RelPath, IndexRecord>()
	/** The old folder of a new one, told by a file that came from there. */
	readonly #origins = new Map<RelPath, IndexRecord>()

	/** Of the scan before: one that ran while somebody renamed a folder met it under neither name. */
	#before: GoneEntries | undefined

	/**
	 * `keepsInodes`: do inodes on the disk of this path keep their number and their ctime? Then one that shows under this name what it
	 * showed under another has the content of then: only a folder was renamed. `before`: of the scan before this one.
	 */
	constructor(keepsInodes: (path: RelPath) => boolean, before?: GoneEntries) {
		this.#keepsInodes = keepsInodes
		this.#before = before
	}

	/** The scan is over: what the next one is given of it. */
	kept(): GoneEntries | undefined {
		this.#before = undefined
		return this.#byHash.size > maxKept ? undefined : this
	}

	/** A file's content is not at its path any more, or a folder is gone. */
	note(record: IndexRecord): void {
		const {state, disk, racy, path} = record
		if (state.kind === 'dir') this.#folders.set(path, record)
		if (state.kind !== 'file') return
		this.#sizes.add(state.size)
		if (state.hash === null || this.#byHash.size >= maxFiles) return
		if (!this.#byHash.has(state.hash)) this.#byHash.set(state.hash, record)
		if (disk !== null && !racy) this.#byInode.set(disk.ino, {record, hash: state.hash})
	}

	/** Nothing went, now or in the scan before. */
	get isEmpty(): boolean {
		return this.#sizes.size + this.#folders.size === 0 && this.#before?.isEmpty !== false
	}

	hasSize(size: number): boolean {
		return this.#sizes.has(size) || this.#before?.hasSize(size) === true
	}

	/** The hash of a file that came from another name as it was: nothing of it need be read. */
	movedHash({path, disk}: Seen): Hash | undefined {
		const gone = this.#atInode(disk.ino)
		if (gone === undefined || gone.record.disk === null || !sameStamp(gone.record.disk, disk)) return undefined
		return this.#keepsInodes(path) ? gone.hash : undefined
	}

	/** The record of the name that a new file of this content came from. */
	originOf(path: RelPath, hash: Hash): IndexRecord | undefined {
		const origin = this.#withHash(hash)
		if (origin !== undefined && nameOf(origin.path) === nameOf(path)) this.#noteFolders(origin.path, path)
		return origin
	}

	/** The record of the folder whose files stand in this new one. Ask it once all files were asked for. */
	folderOriginOf(path: RelPath): IndexRecord | undefined {
		return this.#origins.get(path)
	}

	#atInode(ino: number): {readonly record: IndexRecord; readonly hash: Hash} | undefined {
		return this.#byInode.get(ino) ?? (this.#before === undefined ? undefined : this.#before.#atInode(ino))
	}

	#withHash(hash: Hash): IndexRecord | undefined {
		return this.#byHash.get(hash) ?? (this.#before === undefined ? undefined : this.#before.#withHash(hash))
	}

	#folderAt(path: RelPath): IndexRecord | undefined {
		return this.#folders.get(path) ?? (this.#before === undefined ? undefined : this.#before.#folderAt(path))
	}

	#noteFolders(from: RelPath, to: RelPath): void {
		let [oldFolder, newFolder] = [parentOf(from), parentOf(to)]
		while (oldFolder !== undefined && newFolder !== undefined && oldFolder !== newFolder) {
			const record = this.#folderAt(oldFolder)
			if (record === undefined || this.#origins.has(newFolder)) return
			this.#origins.set(newFolder, record)
			oldFolder = parentOf(oldFolder)
			newFolder = parentOf(newFolder)
		}
	}
}
