// Looks at the folder, all of it or the paths that may have changed, and brings the index up to it. One look at a time.
// Remembers what could not be looked at: nothing is concluded from its absence.

import {isDeepStrictEqual} from 'node:util'
import {batchOf} from '../../core/entries/batch-builder.js'
import type {IndexRecord} from '../../core/entries/entry.js'
import type {KnownMount, ScannedMounts} from '../../core/folder/mounts.js'
import {type NextScope, newcomerDevice, nextScope, type Scope, scopeName} from '../../core/folder/scope.js'
import {byPath, coveredBy, parseRelPath, type RelPath} from '../../core/paths.js'
import {errnoOf, FileSyncError} from '../../errors/index.js'
import {type Index, type ScanNotes, scanNotes, type WalkedPage} from '../../index/index.js'
import {
	clearStaging,
	type IgnoreRules,
	inodeKeeping,
	keepsModes,
	type LinkedFile,
	mountTable,
	ScanColumns,
	type ScanProblem,
	type ScanResult,
	tightenHeap,
} from '../../tree/index.js'
import type {RecordSource} from '../records.js'
import type {WorkerPool} from '../worker-pool.js'
import type {ComparedPage} from './compared-page.js'
import {type DiffParts, diffScan} from './diff.js'
import {GoneEntries} from './gone-entries.js'
import {recoveredRecords} from './recover.js'
import {ScanQueue} from './scan-queue.js'

export interface ScanReport {
	readonly seq: number
	readonly files: number
	readonly bytes: number
	readonly changed: number
	readonly problems: readonly ScanProblem[]
	/** The name of the scope that the ignore rules make; see `scopeName`. */
	readonly rules: string
}

/** The ignore rules as they were read at one moment. */
export interface RuleReading {
	readonly lines: readonly string[]
	readonly rules: IgnoreRules
	readonly hash: string
}

/** The folder as a scanner needs it: what is behind a call may be another one the next time. */
export interface Site {
	readonly root: string
	readonly pool: WorkerPool
	readonly index: () => Index
	readonly source: () => RecordSource
	/** Reads the ignore rules anew. Walk and comparison go by one reading. Throws CONFIG_INVALID. */
	readonly readRules: () => RuleReading
	/** Throws ROOT_MISSING, ROOT_REPLACED. */
	readonly assertRoot: () => void
	readonly records: (paths: readonly RelPath[]) => Promise<Map<RelPath, IndexRecord>>
	/** A write to the index failed, so it takes no more. */
	readonly isIndexBroken: () => boolean
	/** Opens it again if so. */
	readonly mendIndex: () => Promise<void>
}

/** Scans in a row that may be discarded because a disk was mounted or unmounted meanwhile. */
const mountTries = 3

class MountsMoved extends FileSyncError {
	constructor(root: string) {
		super(
			'ROOT_REPLACED',
			`a disk below ${root} was mounted or unmounted during the scan, ${mountTries} times in a row; nothing was changed`,
			['run the command again once the disks stay as they are'],
		)
	}
}

export class FolderScanner {
	readonly #site: Site
	/** Paths at and below which nothing could be looked at. */
	#unreadable: readonly string[] = []
	/** True at and below them. */
	#isUnreadable = coveredBy([])
	/** What the system's table had below the root at the last look at the whole folder. */
	#mountTable: readonly string[] = []
	/** What the last look at the whole folder left in the index beside the records. */
	#notes: ScanNotes | null
	/** Of the last look at the whole folder, those of parts since then on top. undefined: none went before. */
	#problems: readonly ScanProblem[] | undefined
	#looking: Promise<ScanReport | undefined> | undefined
	/** What the last scan found gone. */
	#gone: GoneEntries | undefined

	constructor(site: Site, notes: ScanNotes | null) {
		this.#site = site
		this.#notes = notes
	}

	/** The name of the scope that the last look at the whole folder went by, in this process or before. */
	get rules(): string {
		return scopeName(this.#scope)
	}

	/** Tells whether a watcher would choose other folders to watch now: the scope, and which disks are there. */
	get layout(): string {
		return JSON.stringify([this.rules, this.mounts.map(({path}) => [path, this.isUnknown(path)])])
	}

	/** The mount points that the last look at the whole folder met, and those that it missed. */
	get mounts(): readonly KnownMount[] {
		return this.#notes?.mounts ?? []
	}

	get #scope(): Scope | null {
		return this.#notes?.scope ?? null
	}

	/** Looks at the whole folder. `onProgress`: entries looked at so far. */
	all(signal: AbortSignal, onProgress: (entries: number) => void): Promise<ScanReport> {
		return this.#inTurn(signal, () => this.#all(signal, onProgress))
	}

	/** Looks at these paths, and at these folders with all below them; see `Replica.scanPart`. */
	part(paths: readonly RelPath[], trees: ReadonlySet<RelPath>, signal: AbortSignal): Promise<ScanReport | undefined> {
		return this.#inTurn(signal, () => this.#part(paths, trees, signal))
	}

	/** Resolves when no look is under way. Never rejects. */
	async settled(): Promise<void> {
		await this.#looking?.catch(() => {})
	}

	/** The index is another one: only a look at everything tells what is known. */
	forget(): void {
		this.#problems = undefined
	}

	/** One after the other: of two at once the slower would write what it saw over what the other found later. */
	#inTurn<T extends ScanReport | undefined>(signal: AbortSignal, scan: () => Promise<T>): Promise<T> {
		const before = this.#looking?.catch(() => {})
		const scanning = Promise.resolve(before).then(() => this.#site.pool.during(signal, scan))
		this.#looking = scanning
		return scanning
	}

	/** Once more where a disk was mounted or unmounted meanwhile. */
	async #all(signal: AbortSignal, onProgress: (entries: number) => void): Promise<ScanReport> {
		for (let left = mountTries; ; ) {
			try {
				return await this.#allOnce(signal, onProgress)
			} catch (error) {
				if (!(error instanceof MountsMoved) || --left === 0) throw error
			}
		}
	}

	async #allOnce(signal: AbortSignal, onProgress: (entries: number) => void): Promise<ScanReport> {
		const {root, pool} = this.#site
		await this.#site.mendIndex()
		this.#site.assertRoot()
		await this.#recover()
		clearQuietly(root)
		const reading = this.#site.readRules()
		const index = this.#site.index()
		const next = nextScope(this.#scope, reading.hash, index.seq > 0)
		const batches = new ScanQueue()
		let rows = 0
		const take = (result: ScanResult): ScanColumns => {
			rows += result.count
			tightenHeap(rows)
			return new ScanColumns(result)
		}
		const scanning = pool.scan(root, reading.lines, this.mounts, (event) => {
			if (event.phase === 'rows') batches.push(take(event.rows))
			else onProgress(event.entries)
		})
		// What was looked at is compared as it comes, and counts when all of it was.
		const looked = scanning.then((result) => {
			signal.throwIfAborted()
			// The folder may have been unmounted while it was looked at: then nothing seen counts.
			this.#site.assertRoot()
			if (result.mounts.haveMoved) throw new MountsMoved(root)
			const columns = take(result)
			this.#noteUnreadable(columns.unreadable)
			batches.end(columns)
			return this.#withUnknown(result.mounts)
		})
		looked.catch((error: unknown) => batches.fail(error))
		const settled = {...next.scope, settled: true}
		// Before any record: peers must not take records of the new scope for some of the old one.
		const counts = looked.then((mounts) => this.#note(index, {scope: next.isNew ? next.scope : settled, mounts}))
		counts.catch(() => {})
		try {
			const {changed, problems} = await this.#diffScan({
				rules: reading.rules,
				newcomers: this.#newcomers(next),
				batches,
				pages: next.isNew ? unseen(index.known()) : index.known(),
				counts,
				signal,
			})
			this.#problems = problems
			await this.#note(index, {scope: settled, mounts: await looked})
			return this.#report(changed)
		} finally {
			await counts.catch(() => {})
		}
	}

	/**
	 * The mount points to remember: those that were met, and known ones of which nothing is known now. Of a disk whose driver died a
	 * folder may be met, from the system's cache, that cannot be listed.
	 */
	#withUnknown({found, table}: ScannedMounts): readonly KnownMount[] {
		this.#mountTable = table
		const unknown = this.mounts.filter(({path}) => this.isUnknown(path))
		const kept = new Set(unknown.map(({path}) => path))
		return [...found.filter(({path}) => !kept.has(path)), ...unknown].sort(byPath)
	}

	/** Who counts as the author of what has no record. */
	#newcomers({scope, isNew}: NextScope): RecordSource | null {
		const source = this.#site.source()
		return isNew ? {...source, device: newcomerDevice(source.device, scope)} : null
	}

	async #note(index: Index, notes: ScanNotes): Promise<void> {
		if (isDeepStrictEqual(notes, this.#notes)) return
		await index.writeNote(scanNotes, notes)
		this.#notes = notes
	}

	async #part(
		named: readonly RelPath[],
		trees: ReadonlySet<RelPath>,
		signal: AbortSignal,
	): Promise<ScanReport | undefined> {
		const {root, pool} = this.#site
		const before = this.#problems
		if (this.#site.isIndexBroken() || before === undefined) return undefined
		this.#site.assertRoot()
		const reading = this.#site.readRules()
		if (reading.hash !== this.#scope?.rules) return undefined
		// A disk that comes or goes makes no events.
		if (!isDeepStrictEqual(mountTable(root), this.#mountTable)) return undefined
		const paths = [...new Set([...named, ...(await this.#recover())])].sort()
		if (paths.length === 0) return this.#report(0)
		const known = await this.#site.records(paths)
		const dirty = paths.map((path) => {
			const record = known.get(path)
			// What could not be looked at is as good as new.
			const isKnown = record?.state.kind === 'dir' && !trees.has(path) && !this.isUnknown(path)
			return {path, ino: isKnown ? (record.disk?.ino ?? null) : null}
		})
		const part = await pool.reader.call('scanPart', {
			root,
			ignoreLines: reading.lines,
			dirty,
			mounts: this.mounts,
		})
		const {result, below, named: listed, others} = part
		const all = [...paths, ...checkedPaths(others)]
		signal.throwIfAborted()
		if (part.haveMountsMoved) return undefined
		this.#site.assertRoot()
		const columns = new ScanColumns(result)
		const looked = new Set<string>(all)
		const isLooked = (path: string): boolean =>
			looked.has(path) || below.some((top) => path === top || path.startsWith(`${top}/`))
		this.#noteUnreadable([...this.#unreadable.filter((path) => !isLooked(path)), ...columns.unreadable].sort())
		// As of now: the records that were read above may have been changed by a round that ended meanwhile.
		const records = await this.#site.records(all)
		for await (const page of this.#site.index().below(checkedPaths(below)))
			for (const record of page) records.set(record.path, record)
		if (isAnyOther(part.linked, records.values())) return undefined
		const sorted = [...records.values()].sort(byPath)
		const {changed, problems} = await this.#diffScan({
			rules: reading.rules,
			newcomers: null,
			batches: oneBatch(columns),
			pages: oneBatch(alonePage(sorted)),
			counts: Promise.resolve(),
			signal,
		})
		const isNamed = ({path, code}: ScanProblem): boolean =>
			code === 'EILSEQ' && isShownInBytes(path) && listed.includes(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
		this.#problems = [...before.filter((problem) => !isLooked(problem.path) && !isNamed(problem)), ...problems]
		return this.#report(changed)
	}

	/**
	 * Writes the records of what a sync that was cut off had done, else the scan would take it for edits of this side. Call before staging is
	 * emptied: a content still there has not taken its name. Returns the paths that the scan must look at.
	 */
	async #recover(): Promise<readonly RelPath[]> {
		const {root, pool} = this.#site
		const index = this.#site.index()
		const {intents} = index
		if (intents.length === 0) return []
		const tasks = intents.map(({path, keepAs, from, staged}) => ({path, copy: keepAs?.path ?? null, from, staged}))
		const looks = await pool.reader.call('lookAtIntents', {root, tasks})
		const paths = tasks.flatMap(({path, copy}) => (copy === null ? [path] : [path, copy]))
		const records = await this.#site.records(paths)
		const source = this.#site.source()
		const recovered = new Map<RelPath, IndexRecord>()
		for (const [i, intent] of intents.entries()) {
			const look = looks[i] ?? null
			const copy = intent.keepAs === null ? undefined : records.get(intent.keepAs.path)
			if (look === null || recovered.has(intent.path)) continue
			for (const record of recoveredRecords(intent, records.get(intent.path), copy, look, source))
				recovered.set(record.path, record)
		}
		await index.write({records: [...recovered.values()], settled: 'all'})
		return paths
	}

	async #diffScan(
		parts: Pick<DiffParts, 'rules' | 'newcomers' | 'batches' | 'pages' | 'counts' | 'signal'>,
	): ReturnType<typeof diffScan> {
		const gone = new GoneEntries(inodeKeeping(this.#site.root), this.#gone)
		const result = await diffScan({
			...parts,
			gone,
			root: this.#site.root,
			index: this.#site.index(),
			reader: () => this.#site.pool.reader,
			source: this.#site.source(),
			keepsModes: keepsModes(this.#site.root),
			onChange: (paths) => this.#site.pool.noteChanges(paths),
		})
		this.#gone = gone.kept()
		return result
	}

	#report(changed: number): ScanReport {
		const {files, links, bytes} = this.#site.index().counts
		const problems = this.#problems ?? []
		return {seq: this.#site.index().seq, files: files + links, bytes, changed, problems, rules: this.rules}
	}

	#noteUnreadable(paths: readonly string[]): void {
		this.#unreadable = paths
		this.#isUnreadable = coveredBy(paths)
	}

	/** True at and below what could not be looked at: nothing is known of what stands there. */
	isUnknown(path: string): boolean {
		return this.#isUnreadable(path)
	}
}

/** True when a file with several hard links changed under one of them: no event names the others. */
function isAnyOther(linked: readonly LinkedFile[], records: Iterable<IndexRecord>): boolean {
	if (linked.length === 0) return false
	const files = new Map(linked.map((file) => [file.path, file]))
	for (const {path, disk} of records) {
		const file = files.get(path)
		if (file !== undefined && disk !== null && (disk.size !== file.size || disk.mtimeMs !== file.mtimeMs)) return true
	}
	return false
}

/** Is this how the path of a name is shown that is not UTF-8? */
const isShownInBytes = (path: string): boolean => /\\x[0-9a-f]{2}[^/]*$/.test(path)

/** What cannot be removed now (a disk that is read-only) is in nobody's way until something is to be written. */
function clearQuietly(root: string): void {
	try {
		clearStaging(root)
	} catch (error) {
		if (errnoOf(error) === undefined) throw error
	}
}

/** All of them are compared: their tombstones may have gone out of scope, which a fingerprint does not show. */
async function* unseen(pages: AsyncIterable<WalkedPage>): AsyncGenerator<ComparedPage, void> {
	for await (const page of pages) yield {...page, fingerprint: undefined}
}

/** Records of one look at some paths, sorted. */
function alonePage(records: readonly IndexRecord[]): ComparedPage {
	const page = batchOf(records)
	const first = records[0]?.path ?? ''
	return {entry: null, first, end: undefined, live: 0, fingerprint: undefined, read: () => Promise.resolve(page)}
}

async function* oneBatch<T>(batch: T): AsyncGenerator<T, void> {
	yield batch
}

/** Paths that came back from a thread of this process, where they were checked before. */
const checkedPaths = (paths: readonly string[]): RelPath[] =>
	paths.flatMap((path) => {
		const check = parseRelPath(path)
		return check.ok ? [check.path] : []
	})
