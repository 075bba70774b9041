// The tree module: the only one that reads or writes user files. What other modules may use of it.

export {describeFailure} from './disk/errors.js'
export {mountTable, unmountedOf} from './disk/mounts.js'
export {isOnSharedDisk} from './disk/shared-disks.js'
export {kindAt, peek} from './disk/stat.js'
export {inodeKeeping} from './disk/traits.js'
export {
	clearLeftovers,
	hasProbe,
	isCopied,
	keepsModes,
	makeProbe,
	readMarker,
	removeProbe,
	writeMarker,
} from './marker.js'
export type {PackContents, PackOrder, Piece} from './read/contents.js'
export type {HashResult} from './read/hash.js'
export {ScanColumns} from './scan/columns.js'
export {foldsCase, IgnoreRules, loadIgnoreLines} from './scan/ignore.js'
export type {DirtyPath} from './scan/part.js'
export type {ScanProblem, ScanResult} from './scan/result.js'
export {ruleHash} from './scan/rule-hash.js'
export type {ScanBatch, ScanProgress} from './scan/scan.js'
export type {LinkedFile} from './scan/stat-columns.js'
export {
	type FileRows,
	type FileTask,
	type FolderMoveTask,
	type FolderTask,
	type LinkTask,
	type MetaTask,
	type Occupant,
	type RemoveTask,
	type RespellTask,
	resultsOf,
	type TaskResult,
} from './tasks.js'
export {Debounce} from './watch/debounce.js'
export {type TreeWatcher, watchTree} from './watch/watch.js'
export {keepHeapSteady, tightenHeap} from './worker/heap.js'
export {Thread} from './worker/thread.js'
export {clearStaging} from './write/staging.js'
export {removeTrashSessions, trashSessionName, trashSessions} from './write/trash.js'
