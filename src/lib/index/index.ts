// The index: what this replica knows of its folder, kept in a database that one process holds at a time.
// Owns the order of writes and what a reader sees. Knows neither the wire nor the tree; paths are opaque strings.

import type {IndexRecord} from '../core/entries/entry.js'
import type {DeviceId, VersionVector} from '../core/entries/versions.js'
import {deviceIdFrom} from '../core/entries/versions.js'
import type {Agreement} from '../core/folder/agreement.js'
import type {Intent} from '../core/folder/intent.js'
import type {RootIdentity} from '../core/folder/root.js'
import {byPath} from '../core/paths.js'
import {type IndexChange, isWithoutFacts, nextState, opsOf} from './change.js'
import {endUpgrade, upgraded} from './format/upgrade.js'
import type {Meta} from './meta.js'
import {type NoteKind, readNote, writeNote} from './notes/notes.js'
import {appended, Fill} from './pages/bulk-load.js'
import type {Counts} from './pages/counts.js'
import type {PageEntry} from './pages/directory.js'
import {Fingerprints} from './pages/fingerprints.js'
import {type LearnedHash, learn} from './pages/learn.js'
import {Merge, type Op, type Pages} from './pages/merge.js'
import type {View} from './pages/reader.js'
import {firstDue, rewritten} from './pages/rewrite.js'
import {IndexReads} from './reads.js'
import {renewed} from './renewed.js'
import {Serial} from './serial.js'
import {type IndexState, loadState} from './state.js'
import {type Put, Store} from './store/store.js'

export type {IndexChange} from './change.js'
export {type ScanNotes, scanNotes} from './notes/scan-notes.js'
export {trashNotes} from './notes/trash-notes.js'
export type {Fill} from './pages/bulk-load.js'
export type {Counts} from './pages/counts.js'
export type {PageEntry} from './pages/directory.js'
export {fingerprintOfRows} from './pages/fingerprint.js'
export type {LearnedHash} from './pages/learn.js'
export type {WalkedPage} from './pages/scan-walk.js'
export {renewed} from './renewed.js'

export interface IndexOptions {
	/** Folder of this index alone; made when missing, 0700. On a local disk, and outside of what is synced. */
	readonly dir: string
	/** So many random bytes. */
	readonly random: (bytes: number) => Uint8Array
	/** Seconds since 1970. */
	readonly nowSec: () => number
}

/** Pages per batch of an upgrade. What a power cut takes back is done again. */
const upgradedPages = 4

/** Pages per batch where the whole index is rewritten: some 16,000 records, about 20 MB while it lasts. */
const pagesPerBatch = 64

export class Index extends IndexReads {
	/** True when this `open` made the database: no past with any peer. */
	readonly isNew: boolean
	readonly #options: IndexOptions
	readonly #serial = new Serial()
	#state: IndexState
	#seq: number
	#lastIntentKey = 0
	/** Why no more can be written: after a failed batch only a new `open` knows what is on disk. */
	#failure: unknown

	private constructor(store: Store, state: IndexState, isNew: boolean, options: IndexOptions) {
		super(store, new Fingerprints(store))
		this.#state = state
		this.#seq = state.meta.seq
		this.isNew = isNew
		this.#options = options
	}

	/**
	 * Opens the index in `dir`, or makes it, and holds it until `close` or the end of the process.
	 * Errors: FOLDER_LOCKED (another process has it), INDEX_DAMAGED, INDEX_NEWER, STATE_UNUSABLE, DISK_FULL.
	 */
	static async open(options: IndexOptions): Promise<Index> {
		const store = await Store.open(options.dir, options.nowSec())
		try {
			return await store.guard(async () => {
				const {state, isNew, isUpgrading} = await loadState(store, options.random)
				const index = new Index(store, state, isNew, options)
				if (isUpgrading) await index.#finishUpgrade()
				await index.#finishStartingOver()
				return index
			})
		} catch (error) {
			await store.close()
			throw error
		}
	}

	/**
	 * Moves the index in `dir` to `<dir>.damaged-<n>` (only the last one so moved is kept), so that the next `open`
	 * begins afresh. Returns where it is now; undefined when there was none. Errors: FOLDER_LOCKED, STATE_UNUSABLE.
	 */
	static destroy(dir: string): Promise<string | undefined> {
		return Store.destroy(dir)
	}

	/** This database's own id. Changes with `startOver`. */
	get device(): DeviceId {
		return this.#state.meta.device
	}

	/** A write failed, so that it takes no more: close it and open it again. */
	get isBroken(): boolean {
		return this.#failure !== undefined
	}

	/** Highest sequence number handed out. */
	get seq(): number {
		return this.#seq
	}

	/** The first of the next `count` sequence numbers. They are on disk with the next write. */
	takeSeq(count = 1): number {
		const first = this.#seq + 1
		this.#seq += count
		return first
	}

	/** Totals over all records, as of the last finished write. */
	get counts(): Counts {
		return this.#state.counts
	}

	get root(): RootIdentity | null {
		return this.#state.meta.root
	}

	agreement(peer: DeviceId): Agreement | undefined {
		return this.#state.agreements.get(peer)?.agreement
	}

	/** What a sync that was cut off was about to do, in the order noted; see `IndexChange.intend`. */
	get intents(): readonly Intent[] {
		return [...this.#state.intents].sort(([a], [b]) => a - b).flatMap(([, intents]) => intents)
	}

	/** A key that no intents have, not even those of an earlier process. */
	takeIntentKey(): number {
		for (const key of this.#state.intents.keys()) this.#lastIntentKey = Math.max(this.#lastIntentKey, key)
		return ++this.#lastIntentKey
	}

	agreements(): readonly Agreement[] {
		return [...this.#state.agreements.values()].map(({agreement}) => agreement)
	}

	/** A scan saw each of these pages so, and all of it as recorded; for later scans. Where it cannot be written, the next write fails. */
	see(seen: readonly (readonly [PageEntry, string])[]): Promise<void> {
		return this.#serial.run(() => (seen.length === 0 ? undefined : this.#keepFingerprints(new Map(seen))))
	}

	/** null: it was never noted, or is lost. */
	readNote<T>(kind: NoteKind<T>): Promise<T | null> {
		return this.#serial.run(() => readNote(this.store, kind))
	}

	/** Written after all writes asked for before; durable with the next synced one. */
	writeNote<T>(kind: NoteKind<T>, value: T): Promise<void> {
		return this.#serial.run(() => this.store.guard(() => writeNote(this.store, kind, value)))
	}

	/**
	 * One atomic batch, after all that were asked for before. Reads asked for later see it. `sync` (default true): on
	 * the disk when it resolves; without it a power cut may take it back, a crash of the process may not.
	 * After a failure (DISK_FULL, STATE_UNUSABLE, INDEX_DAMAGED) nothing more can be written: close and open again.
	 * Throws RangeError for a record with a number that is not finite; that leaves all as it was.
	 */
	write(change: IndexChange, {sync = true}: {readonly sync?: boolean} = {}): Promise<void> {
		const ops = opsOf(change)
		return this.#serial.run(async () => {
			if (this.#failure !== undefined) throw this.#failure
			// Nothing to write costs no flush.
			if (ops.length === 0 && isWithoutFacts(change) && this.#seq === this.#state.meta.seq) return
			await this.store.guard(() => this.#commit(change, ops, {}, sync))
			// A round ends with its agreement.
			if (change.agreement !== undefined && this.fingerprints.isDue(this.#state.directory))
				await this.#keepFingerprints(new Map())
		})
	}

	/** A filling for an index that holds no record; undefined when it holds one. */
	fill(): Fill | undefined {
		const {directory, meta} = this.#state
		return directory.length === 0 ? new Fill(meta.nextPage) : undefined
	}

	/**
	 * Stores the pages that a filling holds as bytes; the records in them are not in the index before `finishFill`. A filling that is
	 * given up leaves them behind, and the next pages that are made take their place. Errors as `finishFill`.
	 */
	keepFilled(fill: Fill): Promise<void> {
		return this.#serial.run(() =>
			this.store.guard(async () => {
				if (this.#failure !== undefined) throw this.#failure
				this.#assertEmpty(fill)
				await this.#batch(fill.takeHeld(), true)
			}),
		)
	}

	#assertEmpty(fill: Fill): void {
		const {directory, meta} = this.#state
		if (directory.length > 0 || meta.nextPage !== fill.firstPage)
			throw new RangeError('an index can only be filled while it is empty')
	}

	/**
	 * Writes what a filling took, in batches of some 16,000 records. Throws RangeError where something else was written since
	 * the filling began; else as `write`.
	 */
	finishFill(fill: Fill): Promise<void> {
		const pages = fill.end()
		return this.#serial.run(() =>
			this.store.guard(async () => {
				this.#assertEmpty(fill)
				for (let at = 0; at < pages.length; at += pagesPerBatch)
					await this.#put({}, appended(this.#state, pages.slice(at, at + pagesPerBatch)), {}, true)
			}),
		)
	}

	/**
	 * The hashes of these files became known; those whose record has one already, or that have no record, are left. In one batch
	 * that is not waited for: what a power cut takes back is found out anew.
	 */
	learn(hashes: readonly LearnedHash[]): Promise<void> {
		const sorted = hashes.toSorted(byPath)
		return this.#serial.run(() =>
			this.store.guard(async () => {
				const learned = await learn(this.#state, sorted, (entries) => this.reader.read(entries))
				if (learned === undefined) return
				await this.#put({}, learned, {}, false)
				this.reader.forget(learned.replaced)
			}),
		)
	}

	/**
	 * Becomes a new device without a past: tombstones and agreements go; every live record keeps its state and disk,
	 * gets a fresh seq and the version [[new device, now]]. Done in bounded batches; when the process ends in between,
	 * the next `open` finishes it.
	 */
	startOver(): Promise<void> {
		return this.#serial.run(() =>
			this.store.guard(async () => {
				const counter = Math.max(1, Math.floor(this.#options.nowSec()))
				const facts = {device: deviceIdFrom(this.#options.random(12)), startingOver: {from: this.#seq, counter}}
				await this.#commit({dropAgreements: true, settled: 'all'}, [], facts, true)
				await this.#finishStartingOver()
			}),
		)
	}

	/** Removes the tombstones with `since` before that (seconds since 1970), in bounded batches. Returns how many. */
	pruneGone(beforeSec: number): Promise<number> {
		return this.store.guard(async () => {
			// An entry's oldest tombstone is a lower bound, so a page may be looked at and hold none: once is enough.
			const looked = new Set<PageEntry>()
			const due = (entry: PageEntry): boolean =>
				entry.oldestGone !== null && entry.oldestGone < beforeSec && !looked.has(entry)
			let removed = 0
			for (let more = true; more; ) {
				const count = await this.#serial.run(() =>
					this.#rewrite(
						due,
						(record) => (record.state.kind === 'gone' && record.state.since < beforeSec ? null : record),
						looked,
					),
				)
				more = count !== undefined
				removed += count ?? 0
			}
			return removed
		})
	}

	/** Waits for the writes asked for before, then frees the folder. Further use fails. */
	close(): Promise<void> {
		return this.#serial.run(() => this.store.close())
	}

	/**
	 * The state at one moment. In the queue of writes: between a batch on disk and its state in memory the two do
	 * not fit together.
	 */
	protected override view(): Promise<View> {
		return this.#serial.run(() => ({directory: this.#state.directory, snapshot: this.store.snapshot()}))
	}

	/** Writes one batch. Only in the queue of writes. */
	async #commit(
		change: IndexChange,
		ops: readonly Op[],
		facts: Partial<Pick<Meta, 'device' | 'startingOver'>>,
		sync: boolean,
	): Promise<void> {
		if (this.#failure !== undefined) throw this.#failure
		for (const {record} of ops) if (record !== null && record.seq > this.#seq) this.#seq = record.seq
		if (ops.length === 0) return this.#put(change, undefined, facts, sync)
		const {directory, meta} = this.#state
		const merge = new Merge(directory, meta.nextPage, (entries) => this.reader.read(entries))
		await merge.apply(ops)
		await this.#put(change, merge, facts, sync)
		this.reader.forget(merge.replaced)
		this.reader.keep(merge.pages)
	}

	/** Puts a change and what becomes of the pages on the disk. Only in the queue of writes. */
	async #put(
		change: IndexChange,
		pages: Pages | undefined,
		facts: Partial<Pick<Meta, 'device' | 'startingOver'>>,
		sync: boolean,
	): Promise<void> {
		if (this.#failure !== undefined) throw this.#failure
		const {device, startingOver} = this.#state.meta
		const {next, puts} = nextState(this.#state, change, {device, startingOver, seq: this.#seq, ...facts}, pages)
		await this.#batch(puts, sync)
		this.#state = next
		for (const {entry, fingerprint} of pages?.written.values() ?? [])
			if (fingerprint !== undefined) this.fingerprints.note(entry, fingerprint)
	}

	/** After a failure nothing more is written: only a new `open` knows what is on disk. */
	async #batch(puts: readonly Put[], sync: boolean): Promise<void> {
		try {
			await this.store.batch(puts, sync)
		} catch (error) {
			this.#failure = error
			throw error
		}
	}

	/** Only in the queue of writes. */
	async #keepFingerprints(seen: ReadonlyMap<PageEntry, string>): Promise<void> {
		if (this.#failure !== undefined) return
		try {
			await this.fingerprints.keep(seen, this.#state.directory)
		} catch (error) {
			// What came before is not worth less for it; what is written next fails with this, and the index is opened again.
			this.#failure = error
		}
	}

	/** Rewrites the next few pages that are `due`, see `rewritten`. Returns how many records were removed; undefined when no page was due. */
	async #rewrite(
		due: (entry: PageEntry) => boolean,
		change: (record: IndexRecord) => IndexRecord | null,
		looked?: Set<PageEntry>,
	): Promise<number | undefined> {
		const entries = firstDue(this.#state.directory, due, pagesPerBatch)
		if (entries.length === 0) return undefined
		const {ops, removed} = rewritten(await this.reader.read(entries), change)
		for (const entry of entries) looked?.add(entry)
		if (ops.length > 0) await this.#commit({}, ops, {}, true)
		return removed
	}

	/** Brings what is left of an older format to the present one, in bounded batches. */
	async #finishUpgrade(): Promise<void> {
		for (let at = 0; at < this.#state.directory.length; at += upgradedPages)
			await this.#put({}, await upgraded(this.store, this.#state, at, at + upgradedPages), {}, false)
		await endUpgrade(this.store)
	}

	/** Renews the records that are still the old device's; they are those whose seq is not above `from`. */
	async #finishStartingOver(): Promise<void> {
		const {device, startingOver} = this.#state.meta
		if (startingOver === null) return
		const {from, counter} = startingOver
		const version: VersionVector = [[device, counter]]
		const renew = (record: IndexRecord): IndexRecord | null => {
			if (record.seq > from) return record
			return renewed(record, version, () => this.takeSeq())
		}
		while ((await this.#rewrite(({minSeq}) => minSeq <= from, renew)) !== undefined);
		await this.#commit({}, [], {startingOver: null}, true)
	}
}
