// One side of a sync, as a round sees it: a folder and its index, here or at the peer. The local one is replica/local-side.ts, the
// remote one session/remote-side.ts. Types only.
//
// Call order in a round: scan, changesSince, resolve (any number of times), expect (any number), prepare, apply, supply beside the
// other side's application, settle, confirm. `next` in place of settle: expect, prepare, and so on follow once more, for other paths. `end`
// may come in place of anything after changesSince. One round at a time for each side.

import type {Entry, Fault, Hash, IndexRecord} from '../core/entries/entry.js'
import type {PackRows} from '../core/entries/pack-rows.js'
import type {DeviceId} from '../core/entries/versions.js'
import type {AgreedPoint} from '../core/folder/agreement.js'
import type {RelPath} from '../core/paths.js'
import type {Disposition, PlanStep} from '../core/plan/plan.js'

/** What a scan came to. */
export interface SideScan {
	/** The sequence number of the side's index after it. */
	readonly seq: number
	/** Files and links that the side holds, and the bytes of the files. */
	readonly files: number
	readonly bytes: number
	/** What could not be looked at; `moreProblems`: so many more that are not named. */
	readonly problems: readonly {readonly path: string; readonly code: string; readonly message: string}[]
	readonly moreProblems: number
	/** The scope that the side's ignore rules make, see `scopeName`. */
	readonly rules: string
}

/** Entries in path order, over all batches of a walk. `refused`: paths that cannot stand on the other side's disk, and why. */
export interface Changes {
	readonly entries: readonly Entry[]
	readonly refused: readonly {readonly path: string; readonly fault: string}[]
}

export interface Preparation {
	/** By step; a step that is missing is done whole, a file's content from the other side. */
	readonly dispositions: ReadonlyMap<number, Disposition>
	/** Files and links that would go for good, of so many that the side holds. */
	readonly deletions: number
	readonly held: number
}

/** A content that one side wants of the other. */
export interface Wish {
	/** Of the step that puts it. */
	readonly id: number
	/** Where the other side has it. */
	readonly path: RelPath
	/** Where it is when the path itself has made room by then (a conflict copy). */
	readonly alternative: RelPath | null
	/** Is its hash known to the side that has it? undefined: not known here. */
	readonly isHashed?: boolean | undefined
	/** Bytes, as planned; a hint for the progress. */
	readonly size: number
}

/**
 * Where contents go. Several may be under way at once; the calls for one large file come in order. Each resolves when there is room
 * for more, with false for a content that nobody asked for or that has another size than planned. The memory of `contents` and `bytes`
 * belongs to the sink from then on.
 */
export interface ContentSink {
	/** Many small files, one after the other; a row with a fault takes no bytes. */
	pack(rows: PackRows, contents: Uint8Array): Promise<boolean>
	open(id: number, size: number): Promise<boolean>
	/** `onFree`: the buffer may be used again. */
	piece(id: number, bytes: Uint8Array, onFree: (buffer: ArrayBuffer) => void): Promise<void>
	end(id: number, end: {readonly hash: Hash} | {readonly fault: Fault}): Promise<boolean>
}

/** The side's own steps, being carried out. */
export interface Application {
	/** How many contents it wants, and their bytes. */
	readonly expected: {readonly files: number; readonly bytes: number}
	/** The contents that it wants, in path order of its steps. Made anew with each call. */
	readonly wishes: Iterable<Wish>
	readonly sink: ContentSink
	/** Frees and makes names; contents wait for it. */
	begin(): Promise<void>
	/**
	 * All contents are there, or will not come: everything else. `held`: agree steps that must wait, because their version has seen a
	 * content that is not yet safe at the other side.
	 */
	finish(held: ReadonlySet<number>): Promise<void>
	/** The round breaks off: what came whole gets its name. After `begin` and all contents have settled. Never rejects. */
	keepWhatCame(): Promise<void>
}

/** What one side proposes to agree on. */
export interface Terms {
	/** False: too much is left over; the side carries out the rest and notes no point. */
	readonly agree: boolean
	readonly generation: number
	readonly token: string
	/** The other side's sequence number and rules. */
	readonly seq: number
	readonly rules: string
	/** Paths that the round leaves over, as the other side knows them. Sorted. */
	readonly pending: readonly string[]
}

export interface Settled {
	readonly agreed: boolean
	readonly seq: number
	readonly pending: readonly RelPath[]
}

export interface Side {
	/** Brings the side's index up to its disk. Rejects with the side's own FileSyncError. */
	scan(): Promise<SideScan>
	/**
	 * What changed since the point that both sides know, where neither side's rules changed since; else everything. `otherRules`: the
	 * rules of the side that asks, after its scan.
	 */
	changesSince(otherRules: string): AsyncIterable<Changes>
	/** The entries of these paths as they are now, with the hashes of files; a path that the side does not hold is missing. */
	resolve(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, Entry>>
	/** Some of its steps, in path order over all calls, each path once. */
	expect(steps: readonly PlanStep[]): Promise<void>
	/** The plan is complete. Tells how the side would carry it out; changes nothing. */
	prepare(options: {readonly allowDeletes: boolean; readonly dryRun: boolean}): Promise<Preparation>
	/**
	 * From here on the folder changes. `onFault` hears of a step that failed, `onDone` of so many that are done. Throws ROOT_MISSING,
	 * ROOT_REPLACED, TOO_MANY_DELETIONS.
	 */
	apply(onFault: (id: number, fault: Fault) => void, onDone?: (ids: readonly number[]) => void): Application
	/**
	 * Sends these contents; resolves when all were taken, with those that could not be sent and why. May run several times at once. Rejects
	 * when the sink does.
	 */
	supply(wishes: Iterable<Wish>, sink: ContentSink): Promise<ReadonlyMap<number, Fault>>
	/** After its application finished: this part of the plan is done, and another follows. Resolves when the side is ready for it. */
	next(): Promise<void>
	/** After its application finished: notes the point. */
	settle(terms: Terms): Promise<Settled>
	/** Whether the other side noted the point, too. */
	confirm(agreed: boolean): Promise<void>
	/** The round broke off: what is under way on this side ends soon. */
	abandon(error: Error): void
	/** Nothing more comes in this round. */
	end(): void
}

/** The side that leads, which decides for both. */
export interface LeadingSide extends Side {
	readonly device: DeviceId
	readonly root: string
	/** Sequence number of its index. */
	readonly seq: number
	/** Of its last scan; '': none yet. */
	readonly rules: string
	/** Files that it holds, without links, and their bytes. */
	readonly contents: {readonly files: number; readonly bytes: number}
	apply(onFault: (id: number, fault: Fault) => void): LeadingApplication
	isIgnored(path: RelPath, isDir: boolean): boolean
	records(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, IndexRecord>>
	/** Notes the point that the other side has noted. */
	agree(point: AgreedPoint): Promise<void>
}

export interface LeadingApplication extends Application {
	/** Paths whose step was not done, IGNORED ones aside: the next sync takes them up. Of this part of the plan alone. */
	readonly failed: readonly RelPath[]
	/**
	 * Takes the sequence numbers of agree steps that `finish` held: what `agreeLate` writes then lies below the point that both
	 * sides agree on meanwhile, and the next sync need not walk it again.
	 */
	reserve(ids: ReadonlySet<number>): void
	/** Carries out agree steps that `finish` held. */
	agreeLate(ids: ReadonlySet<number>): Promise<void>
}
