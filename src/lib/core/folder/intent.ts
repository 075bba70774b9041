// What a side is about to do to a path, noted before the disk changes: after a crash it tells this side's own work from an edit. Pure.
import type {State} from '../entries/entry.js'
import type {PartVersions} from '../entries/parts.js'
import type {VersionVector} from '../entries/versions.js'
import type {RelPath} from '../paths.js'
import type {KeepAs} from '../plan/plan.js'

/** One path of a sync under way. Settled once the index has the record of it. */
export interface Intent {
	readonly path: RelPath
	/** The version of the record that it starts from; the empty vector: there was none. */
	readonly before: VersionVector
	/** How the path will be. Of a content that comes from the peer or from staging the hash is known. */
	readonly state: State
	readonly version: VersionVector
	readonly parts?: PartVersions | undefined
	/** The conflict copy under which what stands at the path is kept. */
	readonly keepAs: KeepAs | null
	/** Name of the content below `.filesync/staging/`, until it is published. null: nothing is staged for this path. */
	readonly staged: string | null
	/** The path that a whole folder's rename takes the content from; null: it comes another way. */
	readonly from: RelPath | null
}
