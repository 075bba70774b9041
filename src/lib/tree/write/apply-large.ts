// The writing worker's methods for one large file that comes in pieces. A file that cannot be written fails alone, at its end.
import type {Fault} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import {TreeError} from '../disk/errors.js'
import {dropPins} from '../disk/parents.js'
import type {FileTask} from '../tasks.js'
import {type Transferred, withTransfer} from '../worker/transfer.js'
import {current, failed, faultOf, type StagedResult} from './context.js'
import {makeReady} from './publish.js'

/** A large file begins, which is to come to `path`; its pieces follow in `appendStage`. A fault here (disk full) is kept and told by `finishStage`. */
export function openStage({id, path}: {id: number; path: RelPath}): Fault | null {
	const {staging, open, lost, inheritance} = current()
	dropPins()
	try {
		open.set(id, staging.open(inheritance.folderFor(path)))
		return null
	} catch (error) {
		const fault = faultOf('cannot be written', error)
		lost.set(id, fault)
		return fault
	}
}

/** `bytes` of the task's content, in order. A fault is told by `finishStage`. Gives the buffer back. */
export function appendStage({id, bytes}: {id: number; bytes: Uint8Array}): Transferred<ArrayBuffer | undefined> {
	const {staging, open, lost} = current()
	const stage = open.get(id)
	if (stage !== undefined) {
		try {
			staging.append(stage, bytes)
		} catch (error) {
			open.delete(id)
			lost.set(id, faultOf('cannot be written', error))
			staging.abandon(stage)
		}
	}
	const {buffer} = bytes
	return buffer instanceof ArrayBuffer ? withTransfer(buffer, [buffer]) : withTransfer(undefined, [])
}

/**
 * The last piece is there: verifies size and hash and makes the file ready to get its name, with the small files that its folder
 * waited for.
 */
export function finishStage({task}: {task: FileTask}): StagedResult {
	const {staging, open, lost, newFolders, inheritance} = current()
	dropPins()
	inheritance.expect([task.path], task.occupant?.kind === 'file' ? [task.path] : [])
	const stage = open.get(task.id)
	if (stage === undefined) {
		const fault = lost.get(task.id) ?? {code: 'EIO', message: 'writing it failed before'}
		return {results: [{id: task.id, fault, disk: null, kept: null}], ready: null}
	}
	open.delete(task.id)
	try {
		const {size, hash} = staging.close(stage, task)
		if (size !== task.size) throw new TreeError('TOO_SHORT', `${size} bytes came where ${task.size} were announced`)
		if (hash !== task.hash) throw new TreeError('HASH', 'its content was damaged on the way')
	} catch (error) {
		staging.discard(stage.name)
		return {results: [failed(task.id, 'cannot be written', error)], ready: null}
	}
	const run = current()
	const {id, path, occupant, keepAs} = task
	const staged = {id, path, occupant, keepAs, name: stage.name, isLink: false}
	if (!newFolders.isBuildingAbove(task.path)) return makeReady([staged])
	run.waitingBytes = 0
	return makeReady([...run.waiting.splice(0), staged], newFolders.take())
}

/** Forgets a large file that does not come to its end. */
export function dropStage({id}: {id: number}): void {
	const {staging, open} = current()
	const stage = open.get(id)
	if (stage === undefined) return
	open.delete(id)
	staging.abandon(stage)
}
