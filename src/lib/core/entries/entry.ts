// What a replica knows of a path: its state (what travels to the peer) and what this disk alone shows of it.
import type {RelPath} from '../paths.js'
import type {VersionVector} from './versions.js'

/** SHA-256 of a content, base64url without padding, 43 characters. */
export type Hash = string

/** `mtime`s are whole microseconds since 1970 (negative before), `mode` is `0o777` bits, `size` bytes. */
export interface FileState {
	readonly kind: 'file'
	readonly size: number
	readonly mtime: number
	readonly mode: number
	/** null: not known yet; computed when it is first needed or while the content is streamed. */
	readonly hash: Hash | null
}
/** A folder's `mtime` is set when a sync creates it and never compared: it changes with every child. */
export interface DirState {
	readonly kind: 'dir'
	readonly mtime: number
	readonly mode: number
}
export interface LinkState {
	readonly kind: 'symlink'
	readonly mtime: number
	readonly target: string
}
/** A tombstone: the path was deleted. `since`: seconds since 1970, by the clock of the device that keeps it. */
export interface GoneState {
	readonly kind: 'gone'
	readonly since: number
}
export type LiveState = FileState | DirState | LinkState
export type State = LiveState | GoneState

/** Both are at or before the entry's version. An entry without them changed both last with its version. */
export interface PartVersions {
	/** Of a file its bytes, of a link its target. */
	readonly content: VersionVector
	/** The permission bits. */
	readonly mode: VersionVector
}

/** What one replica tells another about a path. */
export interface Entry {
	readonly path: RelPath
	readonly state: State
	readonly version: VersionVector
	/** undefined: content and mode changed last with `version`. */
	readonly parts?: PartVersions | undefined
}

/** lstat as this disk showed it when the record was last known true. Times are `Stats.mtimeMs` as they are (float ms). */
export interface DiskStamp {
	readonly size: number
	readonly mtimeMs: number
	readonly ctimeMs: number
	readonly ino: number
	readonly mode: number
}

/** One row of the index. */
export interface IndexRecord extends Entry {
	/** This database's own number of the last change to this row; > 0, unique, rising. */
	readonly seq: number
	/** null for a tombstone. */
	readonly disk: DiskStamp | null
	/** The content was looked at so soon after its mtime that a later edit could hide: look again by content. */
	readonly racy: boolean
	/** A tombstone's last content, to recognise a rename. Never travels. */
	readonly was: {readonly size: number; readonly hash: Hash} | null
}

/** What a scan saw at a path. `target` for links only. */
export interface Seen {
	readonly path: RelPath
	readonly kind: LiveState['kind']
	readonly disk: DiskStamp
	readonly target: string | null
}

/** A path that could not be handled; the others go on. `code`: an errno name or one of FileSync's own. */
export interface Problem {
	readonly path: string
	readonly side: 'local' | 'remote'
	readonly code: string
	readonly message: string
}

/** Why a path failed. `code`: an errno name or one of FileSync's own; `message`: for people, never matched on. */
export interface Fault {
	readonly code: string
	readonly message: string
}

export const isLive = (state: State): state is LiveState => state.kind !== 'gone'
