// What the main thread asks the writing worker to do, and what comes back: plain data that crosses the thread border. Pure.
import type {DiskStamp, Fault, Hash, LiveState} from '../core/entries/entry.js'
import {faultsIn, type RowFaults} from '../core/entries/pack-rows.js'
import {stampIn} from '../core/entries/stamp-columns.js'
import type {RelPath} from '../core/paths.js'

/** What must stand at a path for a task to touch it: as the index knows it. null: the name must be free. */
export type Occupant = {readonly kind: LiveState['kind']; readonly disk: DiskStamp} | null

export interface Task {
	readonly id: number
	readonly path: RelPath
	readonly occupant: Occupant
	/** Where the occupant goes when it makes room: a conflict copy's path, or null for the trash. */
	readonly keepAs: RelPath | null
}
export interface FileTask extends Task {
	readonly size: number
	/** Microseconds since 1970. */
	readonly mtime: number
	readonly mode: number
	/** Verified before the content is put in place. */
	readonly hash: Hash
}
/** Small files to be written, a row each; of such a row `occupant` and `keepAs` are null unless they stand here. */
export interface FileRows {
	readonly ids: Uint32Array
	/** See `joinNames`. */
	readonly paths: string
	readonly sizes: Uint32Array
	readonly mtimes: Float64Array
	readonly modes: Uint16Array
	/** See `PackRows`. */
	readonly hashes: Uint8Array
	readonly occupants: ReadonlyMap<number, NonNullable<Occupant>>
	readonly keepAs: ReadonlyMap<number, RelPath>
}
export interface LinkTask extends Task {
	readonly target: string
	readonly mtime: number
}
export interface FolderTask extends Task {
	readonly mode: number
}
export interface RemoveTask extends Task {
	/** The content lives on under another path here, so it need not be kept. */
	readonly moved: boolean
}
export interface MetaTask extends Task {
	readonly kind: LiveState['kind']
	readonly mtime: number
	readonly mode: number
}
/** An entry takes a name that the disk finds it under already: one that differs in case or Unicode form alone. */
export interface RespellTask {
	readonly id: number
	readonly from: RelPath
	readonly to: RelPath
	readonly occupant: NonNullable<Occupant>
	/** Its mode and mtime from then on (of a folder the mode alone); null: those that it has. */
	readonly look: {readonly mode: number; readonly mtime: number} | null
}
export interface LocalSourceTask {
	readonly id: number
	readonly path: RelPath
	readonly disk: DiskStamp
}

/** A folder without folders in it takes another name: all of these entries and nothing else must stand in it. */
export interface FolderMoveTask {
	readonly from: RelPath
	/** Noted as to be made by `makeFolders`. */
	readonly to: RelPath
	/** `id`: of what is asked for under the new name; `path`: the one of now. */
	readonly entries: readonly {readonly id: number; readonly path: RelPath; readonly occupant: NonNullable<Occupant>}[]
}

export interface TaskResult {
	readonly id: number
	/** null: done. */
	readonly fault: Fault | null
	/** What the disk shows at the path now; null after a removal, or a fault but for one of making it durable. */
	readonly disk: DiskStamp | null
	/** What the disk shows at `keepAs`, when something was kept there. */
	readonly kept: DiskStamp | null
}

/** What became of contents that were ready to take their names, in the order in which they were. */
export interface PublishedRows {
	readonly ids: Uint32Array
	/** What the disk shows of each; nothing in a row with a fault. See `stampIn`. */
	readonly stamps: Float64Array
	readonly faults: RowFaults
	/** What the disk shows of the conflict copies of some. */
	readonly kept: ReadonlyMap<number, DiskStamp>
	/** Why the names could not be made durable: nothing is done then, though the paths are as they should be until a power cut. */
	readonly undurable: Fault | null
}

/** The same, one after the other. */
export function* resultsOf({ids, stamps, faults, kept, undurable}: PublishedRows): Generator<TaskResult, void> {
	const faultOf = faultsIn(faults)
	for (const [row, id] of ids.entries()) {
		const fault = faultOf(row)
		yield fault === undefined
			? {id, fault: undurable, disk: stampIn(stamps, row), kept: kept.get(row) ?? null}
			: {id, fault, disk: null, kept: null}
	}
}
