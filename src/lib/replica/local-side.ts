// The folder of this device as one side of a round. Holds what one round needs of it; a new one is made for each round.

import type {DirState, Entry, Fault, IndexRecord} from '../core/entries/entry.js'
import type {PackRows} from '../core/entries/pack-rows.js'
import type {DeviceId} from '../core/entries/versions.js'
import type {AgreedPoint, Agreement} from '../core/folder/agreement.js'
import {parseRelPath, type RelPath} from '../core/paths.js'
import type {Disposition, PlanStep} from '../core/plan/plan.js'
import {isTooManyDeletions} from '../core/plan/safety.js'
import {TooManyDeletions} from '../sync/deletions.js'
import type {RoundEvent} from '../sync/events.js'
import type {
	Application,
	Changes,
	ContentSink,
	LeadingApplication,
	LeadingSide,
	Preparation,
	Settled,
	SideScan,
	Terms,
	Wish,
} from '../sync/side.js'
import type {Applier} from './apply/applier.js'
import type {Prepared} from './plan/prepared.js'
import type {Replica, ScanReport} from './replica.js'
import {Stamps} from './stamps.js'
import {type Source, Supply} from './supply.js'

export interface LocalSideParts {
	readonly replica: Replica
	/** The other side's device. */
	readonly peer: DeviceId
	readonly leads: boolean
	/** The newest point both agreed on, as this side has it. */
	readonly point: AgreedPoint | null
	/** A scan under way, or a way to start one. */
	readonly scan: () => Promise<ScanReport>
	/** Transfers under way at once. */
	readonly maxConcurrency: number
	/** This side's own limit. */
	readonly maxDeletePercent: number
	/** Most left-over paths with which a point is noted. */
	readonly mostLeftOver: number
	readonly nowMs: () => number
	readonly onEvent: (event: RoundEvent) => void
	/** Aborted when the round is to end: what is under way is finished, and nothing more begun. */
	readonly signal: AbortSignal
}

/** Implements both roles: of the verbs that only a leading side has, a following one uses none. */
export class LocalSide implements LeadingSide {
	readonly #parts: LocalSideParts
	readonly #supply: Supply
	/** Of the files that were compared, on the leading side: it alone knows of a wish whether the content's hash is known. */
	#stamps = new Stamps()
	#steps: PlanStep[] = []
	/** Of the parts before this one: paths that failed, and folders that were to be made. */
	readonly #failedBefore: RelPath[] = []
	readonly #foldersBefore = new Map<RelPath, DirState>()
	#putBytes = 0
	/** Paths of this side's own steps. */
	#touched: ReadonlySet<RelPath> | undefined
	#report: ScanReport | undefined
	#prepared: Prepared | undefined
	#allowDeletes = false
	#applier: Applier | undefined
	#agreement: Agreement | undefined

	constructor(parts: LocalSideParts) {
		this.#parts = parts
		const {replica, maxConcurrency, nowMs, onEvent} = parts
		this.#supply = new Supply({
			root: replica.root,
			reader: () => replica.reader,
			records: (paths) => replica.records(paths),
			isIgnored: (path, isDir) => replica.isIgnored(path, isDir),
			learnHashes: (hashes) => replica.learnHashes(hashes),
			known: (wish) => this.#known(wish),
			maxConcurrency,
			nowMs,
			onSent: (files, bytes) => onEvent({kind: 'moved', way: 'up', files, bytes}),
			onFile: onEvent,
		})
	}

	get device(): DeviceId {
		return this.#parts.replica.device
	}

	get root(): string {
		return this.#parts.replica.root
	}

	get seq(): number {
		return this.#parts.replica.seq
	}

	get rules(): string {
		return this.#parts.replica.rules
	}

	get contents(): LeadingSide['contents'] {
		const {files, bytes} = this.#parts.replica.counts
		return {files, bytes}
	}

	/** The point that both sides hold now, as far as this one knows. */
	get point(): AgreedPoint | null {
		return this.#agreement?.last ?? this.#parts.point
	}

	async scan(): Promise<SideScan> {
		const report = await this.#parts.scan()
		this.#report = report
		const {seq, files, bytes, problems, rules} = report
		return {seq, files, bytes, problems, moreProblems: 0, rules}
	}

	async *changesSince(otherRules: string): AsyncGenerator<Changes, void> {
		const {replica, point, leads} = this.#parts
		const isCurrent = point?.rules[0] === this.#report?.rules && point?.rules[1] === otherRules
		const since = isCurrent ? point : null
		for await (const records of replica.recordsSince(since?.mine ?? 0, since?.pending ?? [])) {
			if (leads)
				for (const {path, state, disk} of records)
					if (state.kind === 'file' && disk !== null) this.#stamps.add(path, disk)
			yield {entries: records, refused: []}
		}
	}

	async resolve(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, Entry>> {
		return this.#parts.replica.look(paths, this.#parts.signal)
	}

	records(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, IndexRecord>> {
		return this.#parts.replica.records(paths)
	}

	isIgnored(path: RelPath, isDir: boolean): boolean {
		return this.#parts.replica.isIgnored(path, isDir)
	}

	async expect(steps: readonly PlanStep[]): Promise<void> {
		for (const step of steps) {
			this.#steps.push(step)
			if (step.do === 'put') this.#putBytes += step.state.size
		}
		// By the time all are here and looked through, its thread runs.
		if (steps.length > 0) this.#parts.replica.expectWriting({steps: this.#steps.length, bytes: this.#putBytes})
	}

	async prepare({allowDeletes}: {readonly allowDeletes: boolean; readonly dryRun: boolean}): Promise<Preparation> {
		const {replica} = this.#parts
		this.#allowDeletes = allowDeletes
		const prepared = await replica.prepare(this.#steps)
		this.#prepared = prepared
		const dispositions = new Map<number, Disposition>()
		for (const {step, disposition} of prepared.steps)
			if (disposition.how !== 'whole') dispositions.set(step.id, disposition)
		return {dispositions, deletions: prepared.deletions, held: this.#held}
	}

	apply(
		onFault: (id: number, fault: Fault) => void,
		onDone: (ids: readonly number[]) => void = () => {},
	): LeadingApplication {
		const {replica, signal, onEvent} = this.#parts
		const prepared = this.#prepared
		if (prepared === undefined) throw new Error('a plan is carried out before it was prepared')
		this.#assertDeletions(prepared)
		const applier = replica.applier(prepared, signal, {onFault, onDone, foldersBefore: this.#foldersBefore})
		this.#applier = applier
		return new LocalApplication(applier, onEvent)
	}

	supply(wishes: Iterable<Wish>, sink: ContentSink): Promise<ReadonlyMap<number, Fault>> {
		return this.#supply.send(wishes, sink)
	}

	async next(): Promise<void> {
		for (const path of this.#applier?.failed ?? []) this.#failedBefore.push(path)
		for (const step of this.#steps) if (step.do === 'mkdir') this.#foldersBefore.set(step.path, step.state)
		this.#stamps = new Stamps()
		this.#steps = []
		this.#putBytes = 0
		this.#touched = undefined
		this.#prepared = undefined
		this.#applier = undefined
	}

	async settle({agree, generation, token, seq, rules, pending}: Terms): Promise<Settled> {
		const {replica, mostLeftOver} = this.#parts
		const failed = [...this.#failedBefore, ...(this.#applier?.failed ?? [])].sort()
		const told = pending.flatMap((path) => {
			const check = parseRelPath(path)
			return check.ok ? [check.path] : []
		})
		const all = [...new Set([...told, ...failed])].sort()
		const agreed = agree && all.length <= mostLeftOver
		const mine = replica.seq
		if (agreed)
			await this.#note(
				{generation, token, mine, theirs: seq, pending: all, rules: [this.#report?.rules ?? '', rules]},
				false,
			)
		return {agreed, seq: mine, pending: agreed ? failed : []}
	}

	async confirm(agreed: boolean): Promise<void> {
		if (agreed && this.#agreement !== undefined)
			await this.#parts.replica.agree({...this.#agreement, confirmed: true}, false)
	}

	agree(point: AgreedPoint): Promise<void> {
		return this.#note(point, true)
	}

	/** Its calls end with the signal of the round. */
	abandon(): void {}

	end(): void {}

	async #note(last: AgreedPoint, confirmed: boolean): Promise<void> {
		const {replica, peer, point, nowMs} = this.#parts
		const agreement = {peer, last, before: point, confirmed, atSec: Math.floor(nowMs() / 1000)}
		await replica.agree(agreement)
		this.#agreement = agreement
	}

	get #held(): number {
		const {files, links} = this.#parts.replica.counts
		return files + links
	}

	/** The other side's word can lift it for once, because what goes is kept in the trash. */
	#assertDeletions({deletions}: Prepared): void {
		const {replica, maxDeletePercent: maxPercent} = this.#parts
		const held = this.#held
		if (this.#allowDeletes || !isTooManyDeletions({deletions, held, maxPercent})) return
		throw new TooManyDeletions({side: 'local', deletions, held}, replica.root)
	}

	/** Of what this side's own steps touch the stamp is another one by now. */
	#known({path, alternative, isHashed}: Wish): Source | undefined {
		if (isHashed === undefined || alternative !== null) return undefined
		this.#touched ??= new Set(this.#steps.map((step) => step.path))
		if (this.#touched.has(path)) return undefined
		const disk = this.#stamps.find(path)
		return disk && {path, disk, isHashed}
	}
}

/** This side's steps under way. Contents wait until names are free. */
class LocalApplication implements LeadingApplication, ContentSink {
	readonly #applier: Applier
	readonly #onEvent: (event: RoundEvent) => void
	#begun: Promise<void> | undefined
	/** Bytes that came of the large files under way. */
	readonly #came = new Map<number, number>()

	constructor(applier: Applier, onEvent: (event: RoundEvent) => void) {
		this.#applier = applier
		this.#onEvent = onEvent
	}

	get wishes(): readonly Wish[] {
		return this.#applier.wanted.map(({id, source, size}) => {
			const path = this.#applier.fileOf(id)?.path
			return {id, path: source, alternative: path === undefined || path === source ? null : path, size}
		})
	}

	get expected(): Application['expected'] {
		return {files: this.#applier.missing, bytes: this.#applier.missingBytes}
	}

	get sink(): ContentSink {
		return this
	}

	get failed(): readonly RelPath[] {
		return this.#applier.failed
	}

	begin(): Promise<void> {
		this.#begun ??= this.#applier.begin()
		return this.#begun
	}

	async pack(rows: PackRows, contents: Uint8Array): Promise<boolean> {
		await this.begin()
		const {byteLength} = contents
		const isWanted = await this.#applier.takePack(rows, contents, ownBuffer(contents))
		if (isWanted) this.#moved(rows.ids.length, byteLength)
		return isWanted
	}

	async open(id: number, size: number): Promise<boolean> {
		await this.begin()
		return this.#applier.openLarge(id, size)
	}

	async piece(id: number, bytes: Uint8Array, onFree: (buffer: ArrayBuffer) => void): Promise<void> {
		await this.begin()
		const {byteLength} = bytes
		const spare = await this.#applier.takePiece(id, bytes, ownBuffer(bytes))
		if (spare !== undefined) onFree(spare)
		this.#moved(0, byteLength)
		const came = (this.#came.get(id) ?? 0) + byteLength
		this.#came.set(id, came)
		// The end is told when the file has its name.
		this.#tell(id, (size) => Math.min(came, size))
	}

	async end(id: number, end: Parameters<ContentSink['end']>[1]): Promise<boolean> {
		await this.begin()
		const isWanted = await this.#applier.endLarge(id, end)
		this.#came.delete(id)
		if (!isWanted) return false
		this.#moved(1, 0)
		this.#tell(id, (size) => size)
		return true
	}

	finish(held: ReadonlySet<number>): Promise<void> {
		return this.#applier.finish(held)
	}

	keepWhatCame(): Promise<void> {
		return this.#applier.keepWhatCame()
	}

	reserve(ids: ReadonlySet<number>): void {
		this.#applier.reserve(ids)
	}

	agreeLate(ids: ReadonlySet<number>): Promise<void> {
		return this.#applier.agreeLate(ids)
	}

	#moved(files: number, bytes: number): void {
		this.#onEvent({kind: 'moved', way: 'down', files, bytes})
	}

	#tell(id: number, doneOf: (size: number) => number): void {
		const file = this.#applier.fileOf(id)
		if (file === undefined) return
		this.#onEvent({kind: 'file', path: file.path, way: 'down', done: doneOf(file.size), total: file.size})
	}
}

/** The memory that moves to the writing thread. */
const ownBuffer = ({buffer, byteLength}: Uint8Array): readonly ArrayBuffer[] =>
	buffer instanceof ArrayBuffer && byteLength > 0 ? [buffer] : []
