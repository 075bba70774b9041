// One look at a whole tree: every entry's kind, stamp and link target, as columns that cross threads cheaply, batch by batch.
// Runs in a worker. Never opens a file, never follows a link, never writes.
import type {KnownMount} from '../../core/folder/mounts.js'
import {MountPoints} from '../disk/mounts.js'
import {type Emit, Transferred} from '../worker/transfer.js'
import {foldsCase, IgnoreRules} from './ignore.js'
import {NameWalk} from './names.js'
import {visitInOrder} from './order.js'
import type {ScanResult} from './result.js'
import {Look} from './stat-columns.js'

export interface ScanArgs {
	readonly root: string
	/** All rules in force, from `loadIgnoreLines`. */
	readonly ignoreLines: readonly string[]
	/** Mount points that the last scan met. */
	readonly mounts?: readonly KnownMount[]
	/** Do the rules ignore case? Default: as the platform does. */
	readonly foldCase?: boolean
	/** Rows of a batch, each emitted as it is full; the result holds the rest. Default: no batches, the result holds all. */
	readonly batchRows?: number
}

/** Sent now and then while a scan runs. `entries`: listed so far, or looked at so far. */
export interface ScanProgress {
	readonly phase: 'list' | 'look'
	readonly entries: number
}

/** The next rows in path order, see `Look.take`. */
export interface ScanBatch {
	readonly phase: 'rows'
	readonly rows: ScanResult
}

/** Rows between two looks at the clock, and ms between two progress events. */
const clockEvery = 512
const progressEveryMs = 100

/** Throws FileSyncError ROOT_MISSING when the root cannot be listed. Every other failure is in the result. */
export function scan(
	args: ScanArgs,
	emit: Emit<ScanProgress | Transferred<ScanBatch>> = () => {},
): Transferred<ScanResult> {
	const {root, ignoreLines, foldCase = foldsCase(), batchRows = Number.POSITIVE_INFINITY, mounts: known = []} = args
	let lastMs = performance.now()
	const progress = (phase: ScanProgress['phase'], entries: number): void => {
		const nowMs = performance.now()
		if (nowMs - lastMs < progressEveryMs) return
		lastMs = nowMs
		emit({phase, entries})
	}
	const rules = new IgnoreRules(ignoreLines, foldCase)
	// Before anything is listed: what is mounted from now on makes the scan count for nothing.
	const mounts = new MountPoints(root, known)
	const names = new NameWalk(root, rules)
	names.walk((entries) => progress('list', entries))
	const isLeftOut = (folder: string): boolean => rules.ignores(folder, true)
	const look = new Look(root, names.unlisted, names.problems, isLeftOut, mounts)
	let done = 0
	visitInOrder(
		(folder) => names.listingOf(folder),
		'',
		(path, wasFolder) => {
			if (look.count === batchRows) {
				const {value, buffers} = look.take()
				emit(new Transferred({phase: 'rows', rows: value}, buffers))
			}
			if (done++ % clockEvery === 0) progress('look', done)
			return look.at(path, wasFolder)
		},
	)
	return look.result(names.skipped, names.ignored, (folder) => names.listingOf(folder).names)
}
