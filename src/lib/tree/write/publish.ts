// The writing worker's methods for packs of small files, and how staged contents get their names: data first made durable, then
// renamed, then the folders made durable.
import type {RelPath} from '../../core/paths.js'
import {TreeError} from '../disk/errors.js'
import {dropPins} from '../disk/parents.js'
import type {FileTask, TaskResult} from '../tasks.js'
import {current, done, failed, folderOf, keptStamp, type Staged, type StagedResult, settled} from './context.js'
import type {NewTree} from './new-folders.js'
import {makeFolder, putInPlace} from './place.js'
import {hashOf} from './staging.js'

/**
 * Staged small files wait for each other until so many or so many bytes share one file-system sync: with a sync per pack a
 * disk spends its time on journal commits (139 MB in 5,300 files: 11 s instead of 4). In memory there is nothing to wait for.
 */
const publishAt = {files: 4000, bytes: 32 * 1024 * 1024} as const

/**
 * A pack: many small files, their contents one after the other in `bytes`. Once enough of them wait, all that wait are made ready.
 * The results are those of files that could not be staged; the others follow from `publishReady`.
 */
export function putPack({tasks, bytes}: {tasks: readonly FileTask[]; bytes: Uint8Array}): StagedResult {
	const run = current()
	const {waiting, durable, newFolders} = run
	dropPins()
	const results: TaskResult[] = []
	run.inheritance.expect(tasks)
	let offset = 0
	for (const task of tasks) {
		const content = bytes.subarray(offset, offset + task.size)
		offset += task.size
		try {
			stage(task, content)
			run.waitingBytes += task.size
		} catch (error) {
			results.push(failed(task.id, 'cannot be written', error))
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
function stage(task: FileTask, content: Uint8Array): void {
	const {staging, waiting, newFolders, inheritance} = current()
	if (content.byteLength !== task.size) throw new TreeError('TOO_SHORT', 'fewer bytes came than were announced')
	if (hashOf(content) !== task.hash) throw new TreeError('HASH', 'its content was damaged on the way')
	const place = task.occupant === null ? newFolders.placeFor(task.path) : undefined
	if (place === undefined) {
		waiting.push({task, name: staging.write(content, task, inheritance.folderFor(task.path))})
		return
	}
	const name = `${place.at}/${task.path.slice(task.path.lastIndexOf('/') + 1)}`
	place.tree.files.push({task, name, disk: staging.writeAt(name, content, task)})
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
	try {
		const files = staged.filter(({task}) => 'hash' in task).map(({name}) => name)
		durable.files([...trees.flatMap(filesIn), ...files], trees.flatMap(foldersIn))
	} catch (error) {
		for (const {name} of staged) staging.discard(name)
		for (const tree of trees) {
			newFolders.deferAll(tree)
			newFolders.discard(tree)
		}
		const tasks = [...trees.flatMap(({files}) => files), ...staged].map(({task}) => task)
		return {results: tasks.map(({id}) => failed(id, 'cannot be written to the disk', error)), ready: null}
	}
	for (const {task} of staged) newFolders.promise(task.path)
	const batch = ++run.batches
	run.ready.set(batch, {staged, trees})
	const all: readonly Staged[] = [...trees.flatMap(({files}) => files), ...staged]
	const names = all.map(({task, name}) => [task.id, staging.nameOf(name)] as const)
	return {results: [], ready: {batch, names, isVolatile: durable.isVolatile}}
}

/** A batch gets its names. What could not be put in place stays in staging, which tells so after a crash, until `dropLeftovers`. */
export function publishReady({batch}: {batch: number}): TaskResult[] {
	const run = current()
	dropPins()
	const {staged = [], trees = []} = run.ready.get(batch) ?? {}
	run.ready.delete(batch)
	const results: TaskResult[] = []
	const folders = new Set<string>()
	for (const tree of trees) results.push(...putTree(tree, folders))
	for (const one of staged) results.push(putStaged(one, folders))
	return settled(results, folders, run.durable)
}

const filesIn = ({files}: NewTree): string[] => (current().durable.isVolatile ? [] : files.map(({name}) => name))

/** The folders of a tree, in staging: without their own data a power cut could leave them empty. */
const foldersIn = ({folders}: NewTree): string[] => (current().durable.isVolatile ? [] : folders.map(({at}) => at))

/**
 * The tree takes its name in one rename, or, where that cannot be, its folders and files take theirs one by one. `folders` gets
 * those whose names are not durable yet.
 */
function putTree(tree: NewTree, folders: Set<string>): TaskResult[] {
	const {root, newFolders, leftovers} = current()
	try {
		newFolders.put(tree)
	} catch {
		newFolders.deferAll(tree)
		const results = tree.files.map(({task, name}) => putStaged({task, name}, folders))
		const [top] = tree.folders
		if (top !== undefined) leftovers.push(top.at)
		return results
	}
	folders.add(folderOf(root, tree.top))
	return tree.files.map(({task, disk}) => done(task.id, disk))
}

/** One staged content takes its name; the folders above it that are still to be made come first. */
function putStaged({task, name}: Staged, folders: Set<string>): TaskResult {
	const run = current()
	const {root, leftovers} = run
	try {
		makeAbove(task.path)
		const {path, keepAs, occupant} = task
		const disk = putInPlace(run, task, name)
		folders.add(folderOf(root, path))
		return done(task.id, disk, keptStamp(root, keepAs, occupant))
	} catch (error) {
		leftovers.push(name)
		return failed(task.id, 'cannot be put in place', error)
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
