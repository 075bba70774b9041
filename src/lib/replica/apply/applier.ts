// Carries out one side's prepared steps: what can be done before contents come, each content as it comes, and the rest at the end.
// The index follows the disk, batch by batch; a path that fails is noted and the others go on.

import type {DirState, Fault, FileState, Hash, IndexRecord} from '../../core/entries/entry.js'
import type {PackRows} from '../../core/entries/pack-rows.js'
import {type RelPath, splitNames} from '../../core/paths.js'
import {ById} from '../../core/plan/by-id.js'
import {stagesOf} from '../../core/plan/order.js'
import type {Disposition, PlanStep} from '../../core/plan/plan.js'
import type {Index} from '../../index/index.js'
import {resultsOf, type TaskResult, type Thread} from '../../tree/index.js'
import type {Ready, StagedResult} from '../../tree/write/context.js'
import {type PreparedStep, refusedIn} from '../plan/prepared.js'
import type {RecordSource} from '../records.js'
import {copyRecord, recordsAgreed, recordsDone, recordsFailed} from './applied-records.js'
import {ExpectedContents, isPreparedPut, type Wanted} from './expected-contents.js'
import {Folders} from './folders.js'
import {finishFoldersBefore} from './folders-before.js'
import {IntentLog, intentOf, type Noted} from './intent-log.js'
import {LeftFolders} from './left-folders.js'
import {LocalContents} from './local-contents.js'
import {checkedPack, failure, mismatch, stateWith} from './pack.js'
import {carryOutRespellings, inTheWay} from './respelling.js'
import {fileTask, linkTask, metaTask, removeTask} from './tasks.js'

/** Tasks of one call into the worker: bounds what waits behind it. */
const callTasks = 2000

export interface ApplierParts {
	readonly root: string
	readonly index: Index
	/** The thread that writes; started only when there is something to write. */
	readonly writer: () => Thread
	readonly source: RecordSource
	readonly isIgnored: (path: RelPath, isDir: boolean) => boolean
	/** null: the trash is off. */
	readonly trashSession: string | null
	/** Nothing more is begun once it is aborted; what is under way is finished, and the index learns of it. */
	readonly signal: AbortSignal
	/** One of the two is told once for each step, after the index has it. */
	readonly onFault: (id: number, fault: Fault) => void
	readonly onDone: (ids: readonly number[]) => void
	/** Folders that earlier parts of the plan made. */
	readonly foldersBefore: ReadonlyMap<RelPath, DirState>
}

export class Applier {
	readonly #parts: ApplierParts
	/** In path order. */
	readonly #prepared: readonly PreparedStep[]
	readonly #steps: ById<PreparedStep>
	/** Whether there is anything but index records to write. */
	readonly #touchesDisk: boolean
	readonly #expected: ExpectedContents
	readonly #stages: ReturnType<typeof stagesOf>
	readonly #local: LocalContents
	readonly #left: LeftFolders
	readonly #folders: Folders
	readonly #failed = new Set<RelPath>()
	/** Sequence numbers taken ahead, by agree step. */
	readonly #reserved = new Map<number, number>()
	/** Of contents that came and have no name yet: how the path will be, with their hash. */
	readonly #states = new Map<number, FileState>()
	/** One batch after the other gets its names: the index has the records of the one before by then. */
	#publishing: Promise<void> = Promise.resolve()
	readonly #intents: IntentLog

	constructor(prepared: readonly PreparedStep[], parts: ApplierParts) {
		this.#parts = parts
		this.#intents = new IntentLog(parts.index)
		this.#prepared = prepared
		this.#steps = new ById(prepared, ({step}) => step.id)
		this.#expected = new ExpectedContents(prepared, this.#steps)
		const todo: PlanStep[] = []
		/** Folders that stand here now. */
		const folders = new Set<RelPath>()
		let touchesDisk = false
		for (const item of prepared) {
			const {step, record, disposition} = item
			if (record?.state.kind === 'dir') folders.add(step.path)
			if (disposition.how !== 'nothing' && disposition.how !== 'refused') touchesDisk = true
			if (disposition.how !== 'whole' && disposition.how !== 'local') continue
			todo.push(step)
		}
		this.#touchesDisk = touchesDisk
		this.#stages = stagesOf(todo, (path) => (folders.has(path) ? 'dir' : undefined), inTheWay(prepared))
		this.#left = new LeftFolders({...parts, pathOf: (id) => this.#steps.get(id)?.step.path})
		this.#folders = new Folders({
			prepared,
			made: this.#stages.folders,
			itemOf: (id) => this.#item(id),
			writer: parts.writer,
			intents: this.#intents,
			inCalls: (list, call, most) => this.#inCalls(list, call, most),
			copiesIn: (results) => this.#copiesIn(results),
			write: (records) => parts.index.write({records}),
			settle: (results) => this.#settle(results),
		})
		this.#local = new LocalContents({
			prepared,
			stages: this.#stages,
			writer: parts.writer,
			inCalls: (list, call) => this.#inCalls(list, call),
			settle: (results) => this.#settle(results),
			announce: (items, intents) => this.#intents.noteLasting(items, true, intents),
		})
	}

	/** How many contents have not come yet. */
	get missing(): number {
		return this.#expected.count
	}

	/** The same in bytes. */
	get missingBytes(): number {
		return this.#expected.bytes
	}

	/** Contents that have not come yet. */
	get wanted(): readonly Wanted[] {
		return this.#expected.wanted
	}

	/** Paths whose step was not done, IGNORED ones aside: the next sync takes them up. */
	get failed(): readonly RelPath[] {
		return [...this.#failed].sort()
	}

	/** Everything that needs no content from the peer and frees or makes names. */
	async begin(): Promise<void> {
		const {root, writer, trashSession} = this.#parts
		this.#refuse()
		if (!this.#touchesDisk) return
		await writer().call('beginApply', {root, trashSession})
		await this.#respell()
		await this.#local.stage()
		await this.#remove(this.#stages.clear.map((step) => this.#item(step.id)))
		await this.#folders.make()
		await this.#local.put()
		const links = this.#stages.links.filter(({id}) => !this.#local.isPlaced(id))
		await this.#inCalls(links, async (steps) => {
			const tasks = steps.map((step) => linkTask(step, this.#item(step.id).record))
			await this.#settleStaged(await writer().call('stageLinks', {tasks}))
		})
	}

	/**
	 * A pack: contents of many small files, one after the other; `transfer`: its buffer, where nothing else needs it. A row that was not
	 * asked for is a lie: `false` then.
	 */
	async takePack(rows: PackRows, contents: Uint8Array, transfer: readonly ArrayBuffer[]): Promise<boolean> {
		const checked = checkedPack(rows, contents, (id) => this.#expected.take(id))
		if (checked === undefined) return false
		const {rows: files, bytes, states, lost} = checked
		// They may get their names with a later pack only.
		for (const [id, state] of states) this.#states.set(id, state)
		await this.#settle(lost)
		if (files.ids.length === 0) return true
		const moved = bytes === contents ? transfer : []
		await this.#settleStaged(await this.#parts.writer().call('putPack', {rows: files, bytes}, moved))
		return true
	}

	/** Path and size, in bytes, of the content that a step puts here. */
	fileOf(id: number): {readonly path: RelPath; readonly size: number} | undefined {
		const item = this.#steps.get(id)
		return item !== undefined && isPreparedPut(item) ? {path: item.step.path, size: item.step.state.size} : undefined
	}

	/** A large file begins. False when it was not asked for or has another size than the plan says. */
	async openLarge(id: number, size: number): Promise<boolean> {
		const item = this.#expected.find(id)
		if (item === undefined || item.step.state.size !== size) return false
		await this.#parts.writer().call('openStage', {id, path: item.step.path})
		return true
	}

	/** The next bytes of a large file. Returns their buffer, where it was moved to the writer, to be used again. */
	async takePiece(id: number, bytes: Uint8Array, transfer: readonly ArrayBuffer[]): Promise<ArrayBuffer | undefined> {
		const buffer = await this.#parts.writer().call('appendStage', {id, bytes}, transfer)
		return transfer.length > 0 ? buffer : undefined
	}

	/** A large file ends: with its hash, or with what went wrong at the sender. */
	async endLarge(id: number, end: {readonly hash: Hash} | {readonly fault: Fault}): Promise<boolean> {
		const item = this.#expected.take(id)
		if (item === undefined) return false
		const fault = 'fault' in end ? end.fault : mismatch(item.step, {size: item.step.state.size, hash: end.hash})
		if (fault !== undefined || 'fault' in end) {
			await this.#parts.writer().call('dropStage', {id})
			await this.#settle([failure(id, fault ?? {code: 'INTERNAL', message: ''})])
			return true
		}
		const task = fileTask(item.step, item.record, end.hash)
		this.#states.set(id, stateWith(item.step, end.hash))
		await this.#settleStaged(await this.#parts.writer().call('finishStage', {task}))
		return true
	}

	/**
	 * All contents are there, or will not come: removals, modes and times, and what only the index learns. `held`: agree steps
	 * that must wait, because their version has seen a content that is not yet safe at the other side.
	 */
	async finish(held: ReadonlySet<number> = new Set()): Promise<void> {
		const missing = this.#expected.wanted.map(({id}) =>
			failure(id, {code: 'MISSING', message: 'its content did not come'}),
		)
		for (const {id} of missing) this.#expected.take(id)
		if (missing.length > 0) await this.#settle(missing)
		await this.#publish()
		await this.#folders.makeRest()
		const removals = this.#stages.removals.filter(({id}) => !this.#local.isPlaced(id))
		await this.#remove(removals.map((step) => this.#item(step.id)))
		await this.#local.finish(this.#failed)
		await this.#setMeta()
		await this.#folders.finish()
		await finishFoldersBefore(this.#parts.foldersBefore, pathsOf(this.#prepared), this.#parts.writer)
		await this.#agree(this.#with('nothing').filter(({step}) => !held.has(step.id)))
		await this.#intents.end(this.#failed)
		if (this.#touchesDisk) await this.#parts.writer().call('dropLeftovers', undefined)
	}

	/**
	 * Takes the sequence numbers of agree steps that `finish` held: what `agreeLate` writes then lies below the point that both
	 * sides agree on meanwhile, and the next sync need not walk it again.
	 */
	reserve(ids: ReadonlySet<number>): void {
		for (const id of ids) this.#reserved.set(id, this.#parts.source.takeSeq())
	}

	/** The sync breaks off: what has come whole gets its name, so that the next one need not send it again. Never rejects. */
	async keepWhatCame(): Promise<void> {
		try {
			await this.#publish()
		} catch {
			// Staging is emptied by the next run; the contents come again.
		}
	}

	/** Carries out agree steps that `finish` held. */
	async agreeLate(ids: ReadonlySet<number>): Promise<void> {
		await this.#agree(this.#with('nothing').filter(({step}) => ids.has(step.id)))
	}

	#respell(): Promise<void> {
		const {writer, index, source} = this.#parts
		return carryOutRespellings({
			prepared: this.#prepared,
			writer,
			takeSeq: source.takeSeq,
			inCalls: (list, call) => this.#inCalls(list, call),
			announce: (items, intents) => this.#intents.note(items, false, intents),
			write: (records) => index.write({records}),
			settle: (results, noted) => this.#settle(results, noted),
		})
	}

	async #publish(): Promise<void> {
		if (this.#touchesDisk) await this.#settleStaged(await this.#parts.writer().call('readyPacks', undefined))
	}

	/** What could not be staged failed; what is ready gets its names. */
	async #settleStaged({results, ready}: StagedResult): Promise<void> {
		await this.#settle(results)
		if (ready === null) return
		const turn = this.#publishing.then(() => this.#publishReady(ready))
		this.#publishing = turn.catch(() => {})
		await turn
	}

	async #publishReady({batch, ids, names, isVolatile}: Ready): Promise<void> {
		const items = Array.from(ids, (id) => this.#item(id))
		const staged = splitNames(names)
		const intents = items.map((item, i) => intentOf(item, staged[i], null, this.#states.get(item.step.id)))
		const noted = await this.#intents.note(items, !isVolatile, intents)
		const published = await this.#parts.writer().call('publishReady', {batch})
		await this.#settle(resultsOf(published), noted)
	}

	/** A conflict copy of the path is left over with it: it may have come to be at the other side alone. */
	#noteFailed(step: PlanStep): void {
		this.#failed.add(step.path)
		if (step.keepAs !== null) this.#failed.add(step.keepAs.path)
	}

	/**
	 * What was to be a conflict copy went away by itself before this step came to it: the step is done, but the other side may
	 * have the copy, so the next sync looks at it.
	 */
	#noteKept({id, fault, kept}: TaskResult): void {
		const keepAs = this.#steps.get(id)?.step.keepAs ?? null
		if (fault === null && kept === null && keepAs !== null) this.#failed.add(keepAs.path)
	}

	#item(id: number): PreparedStep {
		const item = this.#steps.get(id)
		if (item === undefined) throw new Error(`step ${id} is not of this plan`)
		return item
	}

	#with(how: Disposition['how']): PreparedStep[] {
		return this.#prepared.filter((item) => item.disposition.how === how)
	}

	/** Cuts a long list into calls of bounded length. */
	async #inCalls<T>(list: readonly T[], call: (some: readonly T[]) => Promise<void>, most = callTasks): Promise<void> {
		for (let at = 0; at < list.length; at += most) {
			this.#parts.signal.throwIfAborted()
			await call(list.slice(at, at + most))
		}
	}

	#refuse(): void {
		const refused = refusedIn(this.#prepared)
		for (const {step, fault} of refused) if (fault.code !== 'IGNORED') this.#noteFailed(step)
		for (const {step, fault} of refused) this.#parts.onFault(step.id, fault)
	}

	/** The conflict copies of what folders replaced. */
	#copiesIn(results: readonly TaskResult[]): IndexRecord[] {
		const {source, isIgnored} = this.#parts
		for (const result of results) this.#noteKept(result)
		return results.flatMap((result) => copyRecord(this.#item(result.id), result, {source, isIgnored}))
	}

	async #remove(items: readonly PreparedStep[]): Promise<void> {
		await this.#inCalls(items, async (some) => {
			const tasks = some.flatMap(({step, record}) =>
				step.do === 'remove' ? [removeTask(step, record, this.#local.isMovedFrom(step.path))] : [],
			)
			const noted = await this.#intents.note(some, false)
			await this.#settle(await this.#left.judge(await this.#parts.writer().call('removeAll', {tasks})), noted)
		})
	}

	async #setMeta(): Promise<void> {
		const items = this.#with('meta').filter(({step}) => step.do !== 'mkdir')
		await this.#inCalls(items, async (some) => {
			const tasks = some.flatMap(({step, record}) => metaTask(step, record) ?? [])
			const noted = await this.#intents.note(some, false)
			await this.#settle(await this.#parts.writer().call('setMeta', {tasks}), noted)
		})
	}

	/** The disk is as it should be; the index takes the version. */
	async #agree(items: readonly PreparedStep[]): Promise<void> {
		const {index, source, onDone} = this.#parts
		await this.#inCalls(items, async (some) => {
			// A winner's content may have been sent since the plan was prepared: its hash stands in the index by now.
			const current = await index.getMany(some.map(({step}) => step.path))
			const records = some.flatMap((item) =>
				recordsAgreed(item, current.get(item.step.path), this.#reserved.get(item.step.id) ?? source.takeSeq(), source),
			)
			await index.write({records})
			onDone(some.map(({step}) => step.id))
		})
	}

	/** The index learns what the disk shows now, then whoever listens. `noted`: the intents that these are the results of. */
	async #settle(results: Iterable<TaskResult>, noted?: Noted): Promise<void> {
		const {onFault, onDone} = this.#parts
		const records: IndexRecord[] = []
		const done: number[] = []
		const failed = new Map<number, Fault>()
		for (const result of results) {
			const {id, fault, disk} = result
			records.push(...this.#recordsFor(result))
			this.#states.delete(id)
			if (fault === null) done.push(id)
			else {
				failed.set(id, fault)
				if (disk !== null) this.#intents.noteUndurable(id)
			}
		}
		if (done.length + failed.size === 0 && noted === undefined) return
		await this.#intents.settle(records, failed, noted)
		for (const [id, fault] of failed) onFault(id, fault)
		onDone(done)
	}

	#recordsFor(result: TaskResult): IndexRecord[] {
		const item = this.#steps.get(result.id)
		if (item === undefined) return []
		const {source, isIgnored} = this.#parts
		if (result.fault === null) {
			// What a folder replaced was told when it was made.
			if (item.step.do !== 'mkdir') this.#noteKept(result)
			return recordsDone(item, result, this.#states.get(result.id), {source, isIgnored})
		}
		this.#noteFailed(item.step)
		return recordsFailed(item, result.fault, source)
	}
}

function* pathsOf(prepared: readonly PreparedStep[]): Generator<RelPath, void> {
	for (const {step} of prepared) yield step.path
}
