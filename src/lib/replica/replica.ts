// One side's folder and index together: look, compare, prepare, carry out, read. One at a time per folder; knows no peer.

import type {IndexRecord} from '../core/entries/entry.js'
import type {DeviceId} from '../core/entries/versions.js'
import type {Agreement} from '../core/folder/agreement.js'
import {sameStamp} from '../core/folder/observe.js'
import {isSameRoot} from '../core/folder/root.js'
import {byPath, type RelPath} from '../core/paths.js'
import type {PlanStep} from '../core/plan/plan.js'
import {type ErrorCode, FileSyncError, PeerError} from '../errors/index.js'
import {type Index, type LearnedHash, type ScanNotes, scanNotes} from '../index/index.js'
import {
	IgnoreRules,
	loadIgnoreLines,
	peek,
	readMarker,
	ruleHash,
	type Thread,
	tightenHeap,
	trashSessionName,
	unmountedOf,
} from '../tree/index.js'
import {Applier, type ApplierParts} from './apply/applier.js'
import {expireTrash} from './expire-trash.js'
import {indexOptions, type OpenOptions, openedIndex, openIndex, replaced} from './open-index.js'
import {prepare, withoutUnmounted} from './plan/prepare.js'
import type {Prepared} from './plan/prepared.js'
import {openPreviewIndex, type PreviewIndex, previewIndex} from './preview.js'
import {hashedRecord, isFileRecord, type RecordSource} from './records.js'
import {hashSeen} from './scan/diff.js'
import {FolderScanner, type RuleReading, type ScanReport} from './scan/scanner.js'
import {WorkerPool, type WritingWork} from './worker-pool.js'

/** Paths asked of the index in one go. */
const lookupPaths = 5000

export interface ReplicaOptions extends OpenOptions {
	readonly ignore: readonly string[]
	readonly trashDays: number
	/** A first sync that is only looked at: neither the index nor the folder's marker changes. */
	readonly preview?: boolean
	/** Belongs to the replica from `open` on. */
	readonly pool?: WorkerPool
}

export type {ScanReport} from './scan/scanner.js'

export type Peeked = 'same' | 'changed' | 'unclear'

/** Errors of the index. Damage may be a read that failed once, so it is opened again, too. */
const ofIndex: ReadonlySet<ErrorCode> = new Set(['DISK_FULL', 'DISK_FAILED', 'STATE_UNUSABLE', 'INDEX_DAMAGED'])

export class Replica {
	readonly root: string
	readonly #options: ReplicaOptions
	#index: Index
	/** A write to it failed, so it takes no more: it is opened again before the next scan. */
	#isIndexBroken = false
	readonly #pool: WorkerPool
	readonly #scanner: FolderScanner
	/** Of a preview: what is to be done once its index is closed. */
	#release: (() => Promise<void>) | undefined
	#rules: RuleReading = {lines: [], rules: new IgnoreRules([]), hash: ''}

	private constructor(options: ReplicaOptions, index: Index, notes: ScanNotes | null, pool: WorkerPool) {
		this.#pool = pool
		this.root = options.root
		this.#options = options
		this.#index = index
		this.#scanner = new FolderScanner(
			{
				root: this.root,
				pool: this.#pool,
				index: () => this.#index,
				source: () => this.#source,
				readRules: () => this.#readRules(),
				assertRoot: () => this.assertRoot(),
				records: (paths) => this.records(paths),
				isIndexBroken: () => this.#isIndexBroken || this.#index.isBroken,
				mendIndex: () => this.#mendIndex(),
			},
			notes,
		)
	}

	/**
	 * Opens folder and index. Throws ROOT_MISSING, ROOT_REPLACED (with what to do), FOLDER_LOCKED, INDEX_DAMAGED, INDEX_NEWER,
	 * STATE_UNUSABLE.
	 */
	static async open(options: ReplicaOptions): Promise<Replica> {
		const {pool = new WorkerPool()} = options
		try {
			if (options.preview === true)
				return Replica.#ofPreview(options, await openPreviewIndex(options.root, indexOptions(options)), pool)
			const index = await openedIndex(options)
			return new Replica(options, index, await index.readNote(scanNotes), pool)
		} catch (error) {
			await pool.close()
			throw error
		}
	}

	static #ofPreview(options: ReplicaOptions, {index, dir, release}: PreviewIndex, pool: WorkerPool): Replica {
		const preview = new Replica({...options, indexDir: dir, preview: true}, index, null, pool)
		preview.#release = release
		return preview
	}

	/**
	 * A preview of this folder as a first sync would start with it, with a temporary index that is removed on close. This replica is
	 * unchanged. Call while nothing writes to it.
	 */
	async preview(): Promise<Replica> {
		const preview = await previewIndex(this.root, indexOptions(this.#options), this.#index)
		return Replica.#ofPreview(this.#options, preview, new WorkerPool())
	}

	get device(): DeviceId {
		return this.#index.device
	}

	get seq(): number {
		return this.#index.seq
	}

	get counts(): Index['counts'] {
		return this.#index.counts
	}

	agreement(peer: DeviceId): Agreement | undefined {
		return this.#index.agreement(peer)
	}

	agreements(): readonly Agreement[] {
		return this.#index.agreements()
	}

	/** Reads the ignore rules anew. Throws CONFIG_INVALID when the rules file cannot be used. */
	loadRules(): void {
		this.#readRules()
	}

	/** Changes where a scan of the whole folder met what asks for other folders to be watched. '': no scan went before. */
	get layout(): string {
		return this.rules === '' ? '' : this.#scanner.layout
	}

	/** What peers are told of the ignore rules that the last scan of the whole folder went by; '': none went before. */
	get rules(): string {
		return this.#scanner.rules
	}

	#readRules(): RuleReading {
		const lines = loadIgnoreLines(this.root, this.#options.ignore)
		const hash = ruleHash(lines)
		if (hash !== this.#rules.hash) this.#rules = {lines, rules: new IgnoreRules(lines), hash}
		return this.#rules
	}

	/** Is this still the folder that the index speaks of? Throws ROOT_MISSING or ROOT_REPLACED. */
	assertRoot(): void {
		const marker = readMarker(this.root)
		const known = this.#index.root
		// Whoever only looks makes no marker.
		if (this.#options.preview === true && known === null && marker === null) return
		if (known === null || marker === null || !isSameRoot(known, marker)) throw replaced(this.root, marker === null)
	}

	/** Looks at the whole folder and brings the index up to it. `onProgress`: entries looked at so far. */
	scan(signal: AbortSignal, onProgress: (entries: number) => void = () => {}): Promise<ScanReport> {
		return this.#scanner.all(signal, onProgress)
	}

	/**
	 * Looks at these paths alone, and at all below those of them that are new folders, gone, or among `trees`. For who knows that nothing
	 * else changed since the last scan. undefined: it cannot be told so (the ignore rules changed, no scan went before): scan.
	 */
	scanPart(
		paths: readonly RelPath[],
		signal: AbortSignal,
		trees: ReadonlySet<RelPath> = new Set(),
	): Promise<ScanReport | undefined> {
		return this.#scanner.part(paths, trees, signal)
	}

	/** A round ended with this error; what can be mended by opening the index again is, before the next one. */
	noteFailure(error: unknown): void {
		if (error instanceof FileSyncError && !(error instanceof PeerError) && ofIndex.has(error.code))
			this.#isIndexBroken = true
	}

	async #mendIndex(): Promise<void> {
		if (!this.#isIndexBroken && !this.#index.isBroken) return
		await this.#index.close()
		this.#index = await openIndex(this.#options)
		this.#isIndexBroken = false
		this.#scanner.forget()
	}

	/** Records changed after `seq`, and those of `pending`, in path order; out of scope ones are left out. */
	async *recordsSince(seq: number, pending: readonly RelPath[]): AsyncGenerator<readonly IndexRecord[], void> {
		const inScope = (record: IndexRecord): boolean => !this.isIgnored(record.path, record.state.kind === 'dir')
		const left = [...(await this.#index.getMany(pending)).values()]
			.filter((record) => record.seq <= seq && inScope(record))
			.sort(byPath)
		let at = 0
		for await (const run of this.#index.since(seq)) {
			const merged: IndexRecord[] = []
			for (const record of run) {
				for (let next = left[at]; next !== undefined && next.path < record.path; next = left[++at]) merged.push(next)
				if (inScope(record)) merged.push(record)
			}
			if (merged.length > 0) yield merged
		}
		if (at < left.length) yield left.slice(at)
	}

	/** The records of these paths, with the hashes of files computed where they are missing. */
	async look(paths: readonly RelPath[], signal: AbortSignal): Promise<Map<RelPath, IndexRecord>> {
		const records = await this.records(paths)
		const unhashed = [...records.values()].filter(isFileRecord).filter(({state}) => state.hash === null)
		const atMs = this.#options.nowMs()
		const seen = unhashed.map(({path, disk}) => ({path, kind: 'file' as const, disk, target: null}))
		const outcomes = await this.#pool.during(signal, () => hashSeen(() => this.reader, this.root, seen, signal))
		const hashed = unhashed.flatMap((record, i) => {
			const outcome = outcomes[i]
			return outcome?.kind === 'hash' ? [hashedRecord(record, outcome.hash, atMs)] : []
		})
		// Who asked may be gone, and another round under way: what was read at the start could be older than the index by now.
		signal.throwIfAborted()
		await this.#index.write({records: hashed})
		for (const record of hashed) records.set(record.path, record)
		return records
	}

	async records(paths: readonly RelPath[]): Promise<Map<RelPath, IndexRecord>> {
		const all = new Map<RelPath, IndexRecord>()
		for (let at = 0; at < paths.length; at += lookupPaths)
			for (const [path, record] of await this.#index.getMany(paths.slice(at, at + lookupPaths))) all.set(path, record)
		return all
	}

	/** How this side would carry out these steps (in path order, each path once). */
	async prepare(steps: readonly PlanStep[]): Promise<Prepared> {
		tightenHeap(steps.length)
		const records = await this.records(steps.map(({path}) => path))
		const isIgnored = (path: RelPath, isDir: boolean) => this.isIgnored(path, isDir)
		return prepare(steps, records, {
			isIgnored,
			isUnknown: (path) => this.#scanner.isUnknown(path),
			areOneEntry: (pairs) => this.#pool.reader.call('areOneEntry', {root: this.root, pairs}),
		})
	}

	/** Carries out prepared steps; see Applier. Throws ROOT_MISSING or ROOT_REPLACED. */
	applier(
		prepared: Prepared,
		signal: AbortSignal,
		more: Pick<ApplierParts, 'onFault' | 'onDone' | 'foldersBefore'>,
	): Applier {
		// Since the scan the disk may have been unmounted; what were written now below its empty place, the index would
		// miss once the disk is back, and take for deleted.
		this.assertRoot()
		const steps = withoutUnmounted(prepared.steps, unmountedOf(this.root, this.#scanner.mounts))
		let writer: Thread | undefined
		return new Applier(steps, {
			root: this.root,
			index: this.#index,
			writer: () => (writer ??= this.#pool.writerFor(workOf(prepared))),
			source: this.#source,
			isIgnored: (path, isDir) => this.isIgnored(path, isDir),
			trashSession: this.#options.trashDays === 0 ? null : trashSessionName(this.#options.nowMs()),
			signal,
			...more,
		})
	}

	/** The thread that reads contents out. */
	get reader(): Thread {
		return this.#pool.reader
	}

	/** So much will be written, as far as is known by now: its thread starts. */
	expectWriting(work: WritingWork): void {
		void this.#pool.writerFor(work)
	}

	/** Hashes of files that became known while their contents were read. */
	async learnHashes(hashes: readonly LearnedHash[]): Promise<void> {
		if (hashes.length > 0) await this.#index.learn(hashes)
	}

	isIgnored(path: RelPath, isDir: boolean): boolean {
		return this.#rules.rules.ignores(path, isDir)
	}

	/** `sync` false: a power cut may take it back. */
	async agree(agreement: Agreement, sync = true): Promise<void> {
		await this.#index.write({agreement}, {sync})
	}

	/** This database fell behind what a peer remembers of it (an old backup): be a new device, so that nothing is deleted. */
	async startOver(): Promise<void> {
		await this.#scanner.settled()
		this.#scanner.forget()
		await this.#index.startOver()
	}

	/** Removes what lay in the trash for longer than `trash_days`. Gives what cannot be removed, as warnings. Never rejects. */
	async expireTrash(): Promise<readonly string[]> {
		const {trashDays, nowMs} = this.#options
		return trashDays > 0 ? expireTrash(this.root, this.#index, nowMs(), trashDays) : []
	}

	/**
	 * How these paths look beside their records, by a quick look at each: `same` as recorded, `changed`, or `unclear` where only its content
	 * tells. `tell` is called with all of them in one go, so that no event comes between the looks and what is made of them.
	 */
	async peekAt(paths: readonly RelPath[], tell: (path: RelPath, found: Peeked) => void): Promise<void> {
		const records = await this.records(paths)
		for (const path of paths) {
			const record = records.get(path)
			const disk = record?.disk ?? null
			const found = peek(this.root, path)
			if (record === undefined || disk === null || found === null) tell(path, disk === found ? 'same' : 'changed')
			else if (record.state.kind === 'dir') tell(path, disk.mode === found.mode ? 'same' : 'changed')
			else if (!sameStamp(disk, found)) tell(path, 'changed')
			else tell(path, record.racy ? 'unclear' : 'same')
		}
	}

	/** A scan under way ends with its thread; hashing a large file would take too long to wait for. */
	async close(): Promise<void> {
		await this.#pool.close()
		await this.#scanner.settled()
		await this.#index.close()
		await this.#release?.()
	}

	get #source(): RecordSource {
		return {device: this.#index.device, nowMs: this.#options.nowMs, takeSeq: (count) => this.#index.takeSeq(count)}
	}
}

function workOf({steps}: Prepared): WritingWork {
	let bytes = 0
	for (const {step, disposition} of steps)
		if (step.do === 'put' && disposition.how === 'whole') bytes += step.state.size
	return {steps: steps.length, bytes}
}
