// What a way of watching gives and reports; the seam between watch.ts and the two ways.
import {errnoOf} from '../../errors/index.js'

export interface Watcher {
	/** Resolves when everything is watched, or polled. Never rejects. */
	readonly ready: Promise<void>
	/**
	 * True when every event of changes made before this call has been reported. False when that cannot be told within
	 * `timeoutMs` (or at all, by this way of watching): then scan.
	 */
	settled(timeoutMs: number): Promise<boolean>
	/** Folders that cannot be watched (not readable, say): look at them and all below whenever what is there matters. */
	readonly blind: readonly string[]
	/**
	 * From now on events are not looked at, because this process itself makes many; call the result when it is done, and look
	 * at everything then.
	 */
	hold(): () => void
	close(): Promise<void>
}

/** What a way of watching reports. */
export interface WatchSink {
	readonly root: string
	readonly ignore: (path: string, isDir: boolean) => boolean
	readonly onChange: (path: string | null) => void
	/** A folder came to be or came back. It is watched now, with all below it; until now changes in it were not. */
	readonly onTree: (folder: string) => void
	/** What happened for a while was not looked at: anything may have changed. */
	readonly onUnseen: () => void
	/** The root was removed, replaced or unmounted; this watch is of no use any more. */
	readonly onRootLost: () => void
	/** No more watches to be had. `code`: ENOSPC or EMFILE. */
	readonly onLimit: (code: string) => void
}

/** True for the codes by which a system says that it has no more watches. */
export const isLimit = (error: unknown): boolean => ['ENOSPC', 'EMFILE', 'ENFILE'].includes(errnoOf(error) ?? '')
