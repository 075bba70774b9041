// What the main thread asks the writing worker to do, and what comes back: plain data that crosses the thread border.
import type {DiskStamp, Fault, Hash, LiveState} from '../core/entry.js'
import type {RelPath} from '../core/paths.js'

/** What must stand at a path for a task to touch it: as the index knows it. null: the name must be free. */
export type Occupant = {readonly kind: LiveState['kind']; readonly disk: DiskStamp} | null

interface Task {
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
