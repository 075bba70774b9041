// The writing worker's method for entries that take another spelling of their name, on a disk that folds case or Unicode form: one
// rename in place, at no time is anything gone. Never touches what is not called as the index says. Contents are not its business: an
// edit comes along, and shows by the stamp of before.
import {readdirSync, renameSync} from 'node:fs'
import {sameStamp} from '../../core/folder/observe.js'
import {nameOf} from '../../core/paths.js'
import {atPath} from '../disk/at-path.js'
import {TreeError} from '../disk/errors.js'
import {whileLocked} from '../disk/locked.js'
import {calledNow, dropPins, noteRespelled} from '../disk/parents.js'
import {Callings} from '../disk/spelling.js'
import {kindOf, lookAt, stampOf} from '../disk/stat.js'
import type {RespellTask, TaskResult} from '../tasks.js'
import {setLook} from './apply.js'
import {current, done, failed, folderOf, settled} from './context.js'

/** Ends the name that an entry has between two renames. It is an ordinary name: who finds one after a crash finds the file. */
const between = '.sync-renaming'

/** Outer folders come first: what is below one is looked for where it is then. */
export function respell({tasks}: {tasks: readonly RespellTask[]}): TaskResult[] {
	const {root, durable} = current()
	dropPins()
	const folders = new Set<string>()
	const speller = new Speller(root)
	const results = tasks.map((task): TaskResult => {
		try {
			const result = speller.respell(task)
			folders.add(folderOf(root, task.to))
			return result
		} catch (error) {
			return failed(task.id, 'cannot be renamed', error)
		}
	})
	return settled(results, folders, durable)
}

class Speller {
	readonly #root: string
	readonly #callings = new Callings()
	/** Does a rename between two names that are one to the disk do what it says? Some take it for nothing to do. */
	#renames: boolean | undefined

	constructor(root: string) {
		this.#root = root
	}

	respell({id, from, to, occupant, look}: RespellTask): TaskResult {
		return atPath(this.#root, to, (at, folder) => {
			const [old, name] = [nameOf(from), nameOf(to)]
			const names = this.#callings.namesIn(to.slice(0, -name.length), folder)
			const isNamed = old === name
			const oldFolder = from.slice(0, -old.length - 1)
			if (calledNow(this.#root, oldFolder) !== to.slice(0, -name.length - 1))
				throw new TreeError('CHANGED', 'its folder has not taken its new name')
			if (!names.has(old) || (!isNamed && names.has(name)))
				throw new TreeError('CHANGED', 'it was renamed during the sync')
			const found = lookAt(`${folder}/${old}`)
			if (found === undefined || kindOf(found) !== occupant.kind)
				throw new TreeError('CHANGED', 'it became something else during the sync')
			if (!isNamed) this.#rename(folder, old, name)
			names.delete(old)
			names.add(name)
			if (occupant.kind === 'dir') noteRespelled(this.#root, from, to)
			const stands = lookAt(at)
			if (stands === undefined) throw new TreeError('CHANGED', 'it disappeared during the sync')
			const isStill = stands.size === found.size && stands.mtimeMs === found.mtimeMs
			const isKnown = occupant.kind === 'dir' || (isStill && sameStamp(stampOf(found), occupant.disk))
			if (!isKnown) return done(id, occupant.disk)
			return done(id, look === null ? stampOf(stands) : setLook(at, stands, {...look, kind: occupant.kind}))
		})
	}

	/** RACE: what somebody puts under the old name since the look takes the new one, as it would with their own rename. */
	#rename(folder: string, old: string, name: string): void {
		if (this.#renames !== false) {
			whileLocked(() => renameSync(`${folder}/${old}`, `${folder}/${name}`))
			this.#renames ??= readdirSync(folder).includes(name)
			if (this.#renames) return
		}
		whileLocked(() => renameSync(`${folder}/${old}`, `${folder}/${name}${between}`))
		whileLocked(() => renameSync(`${folder}/${name}${between}`, `${folder}/${name}`))
	}
}
