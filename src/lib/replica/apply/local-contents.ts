// The contents of a plan that are here already under another name: folders that take their new name whole, and files one by one.
// Knows in which order that is safe; the disk is the writer's.
import type {IndexRecord} from '../../core/entries/entry.js'
import type {Intent} from '../../core/folder/intent.js'
import {sameStamp} from '../../core/folder/observe.js'
import type {RelPath} from '../../core/paths.js'
import type {Stages} from '../../core/plan/order.js'
import type {FolderMoveTask, TaskResult, Thread} from '../../tree/index.js'
import {type FolderMove, folderMoves, isLocalStep} from '../plan/folder-moves.js'
import type {PreparedStep} from '../plan/prepared.js'
import {isFileRecord, isLiveRecord} from '../records.js'
import {intentOf} from './intent-log.js'
import {fileTask} from './tasks.js'

/** Entries of the folders that move in one call into the worker: bounds what waits behind it. A folder is never cut, however large. */
const callEntries = 2000

/** A file that comes from another name of this side. */
interface LocalFile {
	readonly item: PreparedStep
	readonly from: RelPath
}

export interface LocalParts {
	readonly prepared: readonly PreparedStep[]
	readonly stages: Pick<Stages, 'clear' | 'folders'>
	readonly writer: () => Thread
	/** Cuts a long list into calls of bounded length. */
	readonly inCalls: <T>(list: readonly T[], call: (some: readonly T[]) => Promise<void>) => Promise<void>
	/** Tells the index what is about to be done. */
	readonly announce: (items: readonly PreparedStep[], intents: readonly Intent[]) => Promise<void>
	/** Tells the index, and whoever listens. */
	readonly settle: (results: readonly TaskResult[]) => Promise<void>
}

export class LocalContents {
	readonly #parts: LocalParts
	readonly #files = new Map<number, LocalFile>()
	readonly #moves: readonly FolderMove[]
	/** Steps that were done by a folder that moved. */
	readonly #placed = new Set<number>()
	/** Names in staging of files that move one by one, by step. */
	readonly #staged = new Map<number, string>()
	readonly #movedFrom = new Set<RelPath>()
	#results: TaskResult[] = []

	constructor(parts: LocalParts) {
		this.#parts = parts
		for (const item of parts.prepared)
			if (isLocalStep(item)) this.#files.set(item.step.id, {item, from: item.disposition.from})
		const cleared = new Set(parts.stages.clear.map(({id}) => id))
		this.#moves = folderMoves(parts.prepared).filter(({removal}) => !cleared.has(removal.step.id))
	}

	/** Was this step done by a folder that moved? */
	isPlaced(id: number): boolean {
		return this.#placed.has(id)
	}

	/** Does the content at this path live on under another name? */
	isMovedFrom(path: RelPath): boolean {
		return this.#movedFrom.has(path)
	}

	/** Before any name is freed: contents that move one by one get a staged name. */
	async stage(): Promise<void> {
		const moving = new Set(this.#moves.flatMap(({entries}) => entries.map(({put}) => put.step.id)))
		await this.#stage([...this.#files].filter(([id]) => !moving.has(id)).map(([, file]) => file))
	}

	/** Once the folders above are noted: all takes its new name. */
	async put(): Promise<void> {
		await this.#moveFolders()
		const files = [...this.#files.values()].filter(({item}) => !this.#placed.has(item.step.id))
		await this.#parts.inCalls(files, async (some) => {
			const tasks = some.flatMap(({item: {step, record}}) =>
				step.do === 'put' ? [fileTask(step, record, step.state.hash ?? '')] : [],
			)
			const items = some.map(({item}) => item)
			await this.#parts.announce(
				items,
				items.map((item) => intentOf(item, this.#staged.get(item.step.id))),
			)
			const results = await this.#parts.writer().call('putLocal', {tasks})
			this.#results.push(...results.filter(({fault}) => fault === null))
			await this.#parts.settle(results.filter(({fault}) => fault !== null))
		})
		const done = new Set(this.#results.map(({id}) => id))
		const kept = new Set(files.filter(({item}) => !done.has(item.step.id)).map(({from}) => from))
		for (const {item, from} of files) if (done.has(item.step.id) && !kept.has(from)) this.#movedFrom.add(from)
	}

	/**
	 * After the old names went. The inodes were touched once more by that, so they are looked at again. One that shows more was edited
	 * meanwhile: it keeps the older stamp, by which the next scan finds the edit. `failed`: paths whose step was not done.
	 */
	async finish(failed: ReadonlySet<RelPath>): Promise<void> {
		const {stages, writer, inCalls, settle} = this.#parts
		// Where a name had to be free before the content had its new one, the trash has it.
		const trashed = new Set([...stages.clear, ...stages.folders].map(({path}) => path))
		const files = [...this.#files.values()].filter(({item}) => !this.#placed.has(item.step.id))
		const shared = files.flatMap(({item, from}): {path: RelPath; from: RelPath | null}[] => {
			const {path} = item.step
			if (failed.has(from)) return [{path, from}]
			return trashed.has(from) ? [{path, from: null}] : []
		})
		if (shared.length > 0) await writer().call('unshare', {pairs: shared})
		await inCalls(this.#results, async (some) => {
			const paths = some.map(({id}) => this.#files.get(id)?.item.step.path).filter((path) => path !== undefined)
			const stamps = await writer().call('stampsAt', {paths})
			const settled = some.map((result, i) => {
				const now = stamps[i] ?? null
				const isSame =
					now !== null && result.disk !== null && sameStamp({...now, ctimeMs: result.disk.ctimeMs}, result.disk)
				return isSame ? {...result, disk: now} : result
			})
			await settle(settled)
		})
		this.#results = []
	}

	async #stage(files: readonly LocalFile[]): Promise<void> {
		if (files.length === 0) return
		const records = new Map<RelPath, IndexRecord>()
		for (const {step, record} of this.#parts.prepared) if (record !== undefined) records.set(step.path, record)
		await this.#parts.inCalls(files, async (some) => {
			const tasks = some.flatMap(({item: {step}, from}) => {
				const record = records.get(from)
				return step.do === 'put' && isFileRecord(record)
					? [{id: step.id, path: from, disk: record.disk, mtime: step.state.mtime, mode: step.state.mode}]
					: []
			})
			const names = await this.#parts.writer().call('stageLocal', {tasks})
			for (const [i, {id}] of tasks.entries()) {
				const name = names[i]
				if (name !== undefined && name !== null) this.#staged.set(id, name)
			}
		})
	}

	/** Whole folders take their new name. Of those that cannot the files are staged, and go one by one. */
	async #moveFolders(): Promise<void> {
		const {inCalls, writer, settle, announce} = this.#parts
		const left: LocalFile[] = []
		for (const moves of inCallsOf(this.#moves))
			await inCalls(moves, async (some) => {
				await announce(
					some.flatMap(({removal, entries}) => [removal, ...entries.flatMap(({put, removal: old}) => [put, old])]),
					some.flatMap(({removal, entries}) => [
						intentOf(removal),
						...entries.flatMap(({put, removal: old}) => [intentOf(put, null, old.step.path), intentOf(old)]),
					]),
				)
				const answers = await writer().call('moveFolders', {tasks: some.map(moveTask)})
				const results: TaskResult[] = []
				for (const [i, {removal, entries}] of some.entries()) {
					const answer = answers[i] ?? null
					if (answer === null) {
						for (const {put} of entries) {
							const file = this.#files.get(put.step.id)
							if (file !== undefined) left.push(file)
						}
						continue
					}
					// What took the entries away shares their fate; the new folder's own step is told of at the end.
					const fault = answer[0]?.fault ?? null
					const gone = (id: number): TaskResult => ({id, fault, disk: null, kept: null})
					for (const result of answer) results.push(result)
					for (const entry of entries) results.push(gone(entry.removal.step.id))
					results.push(gone(removal.step.id))
				}
				for (const {id} of results) this.#placed.add(id)
				// The folders stand elsewhere by now: the index learns of it, also where the round is broken off.
				for (let at = 0; at < results.length; at += callEntries) await settle(results.slice(at, at + callEntries))
			})
		await this.#stage(left)
	}
}

/** Cuts moves by the entries in them. */
function inCallsOf(moves: readonly FolderMove[]): FolderMove[][] {
	const calls: FolderMove[][] = []
	let entries = callEntries
	for (const move of moves) {
		if (entries >= callEntries) {
			calls.push([])
			entries = 0
		}
		calls.at(-1)?.push(move)
		entries += move.entries.length
	}
	return calls
}

const moveTask = ({made, removal, entries}: FolderMove): FolderMoveTask => ({
	from: removal.step.path,
	to: made.step.path,
	entries: entries.flatMap(({put, removal: {step, record}}) =>
		isLiveRecord(record)
			? [{id: put.step.id, path: step.path, occupant: {kind: record.state.kind, disk: record.disk}}]
			: [],
	),
})
