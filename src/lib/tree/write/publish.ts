// The writing worker's methods for packs of small files, and how staged contents get their names: data first made durable, then
// renamed, then the folders made durable.
import type {DiskStamp, Fault} from '../../core/entries/entry.js'
import {setStamp, stampWidth} from '../../core/entries/stamp-columns.js'
import {joinNames, nameOf, type RelPath, splitPaths} from '../../core/paths.js'
import {hasDigest} from '../disk/digest.js'
import type {Durable} from '../disk/durable.js'
import {TreeError} from '../disk/errors.js'
import {dropPins} from '../disk/parents.js'
import type {FileRows, PublishedRows, TaskResult} from '../tasks.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'
import {current, failed, faultOf, folderOf, keptStamp, madeDurable, type Staged, type StagedResult} from './context.js'
import type {NewFiles, NewTree} from './new-folders.js'
import {makeFolder, putInPlace} from './place.js'

/**
 * Staged small files wait for each other until so many or so many bytes share one file-system sync: with a sync per pack a
 * disk spends its time on journal commits (139 MB in 5,300 files: 11 s instead of 4). In memory there is nothing to wait for.
 */
const publishAt = {files: 4000, bytes: 32 * 1024 * 1024} as const

/**
 * A pack: many small files, their contents one after the other in `bytes`. Once enough of them wait, all that wait are made ready.
 * The results are those of files that could not be staged; the others follow from `publishReady`.
 */
export function putPack({rows, bytes}: {rows: FileRows; bytes: Uint8Array}): StagedResult {
	const run = current()
	const {waiting, durable, newFolders} = run
	dropPins()
	const paths = splitPaths(rows.paths)
	run.inheritance.expect(
		paths,
		paths.filter((_, row) => rows.occupants.get(row)?.kind === 'file'),
	)
	const results: TaskResult[] = []
	const hashes = Buffer.from(rows.hashes.buffer, rows.hashes.byteOffset, rows.hashes.byteLength)
	let offset = 0
	for (const [row, path] of paths.entries()) {
		const size = rows.sizes[row] ?? 0
		const content = bytes.subarray(offset, offset + size)
		offset += size
		try {
			if (content.byteLength !== size) throw new TreeError('TOO_SHORT', 'fewer bytes came than were announced')
			if (!hasDigest(hashes, row, content)) throw new TreeError('HASH', 'its content was damaged on the way')
			stage(rows, row, path, content)
			run.waitingBytes += size
		} catch (error) {
			results.push(failed(rows.ids[row] ?? 0, 'cannot be written', error))
		}
	}
	const isDue =
		durable.isVolatile || waiting.length + newFolders.files >= publishAt.files || run.waitingBytes >= publishAt.bytes
	return isDue ? withResults(results, readyPacks(undefined)) : {results, ready: null}
}

export const withResults = (results: readonly TaskResult[], {results: more, ready}: StagedResult): StagedResult => ({
	results: [...results, ...more],
	ready,
})

/** A verified content in staging: in the tree of its new folder, or by itself until it is put in place. */
function stage(rows: FileRows, row: number, path: RelPath, content: Uint8Array): void {
	const {staging, waiting, newFolders, inheritance} = current()
	const id = rows.ids[row] ?? 0
	const look = {mtime: rows.mtimes[row] ?? 0, mode: rows.modes[row] ?? 0}
	const occupant = rows.occupants.get(row) ?? null
	const place = occupant === null ? newFolders.placeFor(path) : undefined
	if (place === undefined) {
		const name = staging.write(content, look, inheritance.folderFor(path))
		waiting.push({id, path, occupant, keepAs: rows.keepAs.get(row) ?? null, name, isLink: false})
		return
	}
	const name = `${place.at}/${nameOf(path)}`
	place.tree.files.add(id, path, name, staging.writeAt(name, content, look))
}

/** The files that wait are made ready to get their names. */
export function readyPacks(_: undefined): StagedResult {
	const run = current()
	dropPins()
	run.waitingBytes = 0
	return makeReady(run.waiting.splice(0), run.newFolders.take())
}

/**
 * Makes staged contents durable; their names follow with `publishReady`, once the index knows what they are. In this order a content
 * that is not in staging any more has its name, also after a power cut.
 */
export function makeReady(staged: readonly Staged[], trees: readonly NewTree[] = []): StagedResult {
	const run = current()
	const {durable, staging, newFolders} = run
	if (staged.length + trees.length === 0) return {results: [], ready: null}
	const ids = [...trees.flatMap(({files}) => files.ids), ...staged.map(({id}) => id)]
	try {
		const files = staged.filter(({isLink}) => !isLink).map(({name}) => name)
		durable.files([...trees.flatMap(filesIn), ...files], trees.flatMap(foldersIn))
	} catch (error) {
		for (const {name} of staged) staging.discard(name)
		for (const tree of trees) {
			newFolders.deferAll(tree)
			newFolders.discard(tree)
		}
		return {results: ids.map((id) => failed(id, 'cannot be written to the disk', error)), ready: null}
	}
	for (const {path} of staged) newFolders.promise(path)
	const batch = ++run.batches
	run.ready.set(batch, {staged, trees})
	const names = [...trees.flatMap(({files}) => files.names), ...staged.map(({name}) => name)]
	const below = names.map((name) => staging.nameOf(name))
	return {
		results: [],
		ready: {batch, ids: Uint32Array.from(ids), names: joinNames(below), isVolatile: durable.isVolatile},
	}
}

/** A batch gets its names. What could not be put in place stays in staging, which tells so after a crash, until `dropLeftovers`. */
export function publishReady({batch}: {batch: number}): Transferred<PublishedRows> {
	const run = current()
	dropPins()
	const {staged = [], trees = []} = run.ready.get(batch) ?? {}
	run.ready.delete(batch)
	const published = new Published(trees.reduce((sum, {files}) => sum + files.ids.length, staged.length))
	for (const tree of trees) putTree(tree, published)
	for (const one of staged) putStaged(one, published)
	return published.settle(run.durable)
}

/** What becomes of a batch, row by row. */
class Published {
	/** Folders whose names are not durable yet. */
	readonly folders = new Set<string>()
	readonly #ids: Uint32Array<ArrayBuffer>
	readonly #stamps: Float64Array<ArrayBuffer>
	readonly #faults: (readonly [number, Fault])[] = []
	readonly #kept = new Map<number, DiskStamp>()
	#row = 0

	constructor(rows: number) {
		this.#ids = new Uint32Array(rows)
		this.#stamps = new Float64Array(stampWidth * rows)
	}

	done(id: number, disk: DiskStamp, kept: DiskStamp | null): void {
		if (kept !== null) this.#kept.set(this.#row, kept)
		setStamp(this.#stamps, this.#row, disk)
		this.#ids[this.#row++] = id
	}

	allDone({ids, stamps}: NewFiles): void {
		this.#ids.set(ids, this.#row)
		this.#stamps.set(stamps.columns, this.#row * stampWidth)
		this.#row += ids.length
	}

	failed(id: number, error: unknown): void {
		this.#faults.push([this.#row, faultOf('cannot be put in place', error)])
		this.#ids[this.#row++] = id
	}

	settle(durable: Durable): Transferred<PublishedRows> {
		const [ids, stamps, faults, kept] = [this.#ids, this.#stamps, this.#faults, this.#kept]
		const rows = {ids, stamps, faults, kept, undurable: madeDurable(this.folders, durable)}
		return withTransfer(rows, [ids.buffer, stamps.buffer])
	}
}

const filesIn = ({files}: NewTree): string[] => (current().durable.isVolatile ? [] : files.names)

/** The folders of a tree, in staging: without their own data a power cut could leave them empty. */
const foldersIn = ({folders}: NewTree): string[] => (current().durable.isVolatile ? [] : folders.map(({at}) => at))

/** The tree takes its name in one rename, or, where that cannot be, its folders and files take theirs one by one. */
function putTree(tree: NewTree, published: Published): void {
	const {root, newFolders, leftovers} = current()
	const {files} = tree
	try {
		newFolders.put(tree)
	} catch {
		newFolders.deferAll(tree)
		for (const [row, path] of files.paths.entries()) {
			const [id = 0, name = ''] = [files.ids[row], files.names[row]]
			putStaged({id, path, name, occupant: null, keepAs: null, isLink: false}, published)
		}
		const [top] = tree.folders
		if (top !== undefined) leftovers.push(top.at)
		return
	}
	published.folders.add(folderOf(root, tree.top))
	published.allDone(files)
}

/** One staged content takes its name; the folders above it that are still to be made come first. */
function putStaged(staged: Staged, published: Published): void {
	const run = current()
	const {root, leftovers} = run
	const {id, path, keepAs, occupant, name} = staged
	try {
		makeAbove(path)
		const disk = putInPlace(run, staged, name)
		published.folders.add(folderOf(root, path))
		published.done(id, disk, keptStamp(root, keepAs, occupant))
	} catch (error) {
		leftovers.push(name)
		published.failed(id, error)
	}
}

/** Makes the folders above `path` that are still to be made. One that cannot be is tried again, and told of, at the end of the run. */
export function makeAbove(path: RelPath): void {
	const run = current()
	const tasks = run.newFolders.takeAbove(path)
	for (const [i, task] of tasks.entries()) {
		try {
			makeFolder(run, task)
		} catch (error) {
			for (const due of tasks.slice(i)) run.newFolders.defer(due)
			throw error
		}
	}
}
