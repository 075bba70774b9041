// The folders of a plan: noted before any content, made with their first one or at the end, and given their mode and mtime last.
import type {IndexRecord} from '../../core/entries/entry.js'
import type {MkdirStep} from '../../core/plan/plan.js'
import type {TaskResult, Thread} from '../../tree/index.js'
import type {PreparedStep} from '../plan/prepared.js'
import type {IntentLog} from './intent-log.js'
import {folderTask} from './tasks.js'

/** Folders of one call: their records lie between those of their files, so each may touch another page of the index. */
const folderTasks = 200

export interface FolderParts {
	readonly prepared: readonly PreparedStep[]
	/** New folders, outer ones first. */
	readonly made: readonly MkdirStep[]
	readonly itemOf: (id: number) => PreparedStep
	readonly writer: () => Thread
	readonly intents: IntentLog
	/** Cuts a long list into calls of bounded length. */
	readonly inCalls: <T>(list: readonly T[], call: (some: readonly T[]) => Promise<void>, most?: number) => Promise<void>
	/** The records of conflict copies that came to be while folders were made. */
	readonly copiesIn: (results: readonly TaskResult[]) => readonly IndexRecord[]
	readonly write: (records: readonly IndexRecord[]) => Promise<void>
	/** Tells the index, and whoever listens. */
	readonly settle: (results: readonly TaskResult[]) => Promise<void>
}

export class Folders {
	readonly #parts: FolderParts
	readonly #unmade = new Set<number>()

	constructor(parts: FolderParts) {
		this.#parts = parts
	}

	/** Frees and notes their names. */
	async make(): Promise<void> {
		const {made, itemOf, writer, intents, inCalls, copiesIn, write} = this.#parts
		await inCalls(made, async (steps) => {
			const items = steps.map(({id}) => itemOf(id))
			await intents.noteLasting(items, false)
			const tasks = steps.map((step) => folderTask(step, itemOf(step.id).record))
			const results = await writer().call('makeFolders', {tasks})
			await this.#noteUnmade(results)
			await write(copiesIn(results))
		})
	}

	/** Makes those that no content has brought. */
	async makeRest(): Promise<void> {
		const {made, writer} = this.#parts
		if (made.length > 0) await this.#noteUnmade(await writer().call('makeRest', undefined))
	}

	/** Modes and mtimes. What is deepest comes first, so that closing a folder to writing stops nobody. */
	async finish(): Promise<void> {
		const {prepared, writer, intents, inCalls, settle} = this.#parts
		const made = this.#parts.made
			.filter(({id}) => !this.#unmade.has(id))
			.map((step) => ({step, mtime: step.state.mtime}))
		const metaOnly = prepared.filter(({disposition}) => disposition.how === 'meta')
		const changed = metaOnly.filter(({step}) => step.do === 'mkdir')
		if (changed.length > 0) await intents.noteLasting(changed, false)
		const alone = changed.flatMap(({step}) => (step.do === 'mkdir' ? [{step, mtime: null}] : []))
		const all = [...made, ...alone].sort((a, b) => (a.step.path < b.step.path ? 1 : -1))
		await inCalls(
			all,
			async (some) => {
				const tasks = some.map(({step, mtime}) => ({id: step.id, path: step.path, mode: step.state.mode, mtime}))
				await settle(await writer().call('finishFolders', {tasks}))
			},
			folderTasks,
		)
	}

	/** Folders that came to be are settled by `finish`, with the mode they keep. */
	async #noteUnmade(results: readonly TaskResult[]): Promise<void> {
		const failed = results.filter(({fault}) => fault !== null)
		for (const {id} of failed) this.#unmade.add(id)
		await this.#parts.settle(failed)
	}
}
