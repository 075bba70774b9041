// The tree module: the only one that reads or writes user files. What other modules may use of it.
export {Debounce} from './debounce.js'
export {describeFailure} from './errors.js'
export {inodeKeeping} from './file-systems.js'
export type {HashOutcome} from './hash.js'
export {keepHeapSteady, tightenHeap} from './heap.js'
export {foldsCase, IgnoreRules, ignoreFileName, loadIgnoreLines} from './ignore.js'
export {peek} from './look.js'
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
export {mountTable, unmountedOf} from './mounts.js'
export type {PackedItem, Piece, ReadItem} from './read.js'
export {ruleHash} from './rule-hash.js'
export type {ScanPortion, ScanProgress} from './scan.js'
export {ScanColumns} from './scan-columns.js'
export type {LinkedFile} from './scan-look.js'
export type {DirtyPath} from './scan-part.js'
export type {ScanProblem, ScanResult} from './scan-result.js'
export {isOnSharedDisk} from './shared-disks.js'
export {clearStaging} from './staging.js'
export type {
	Fault,
	FileTask,
	FolderMoveTask,
	FolderTask,
	LinkTask,
	MetaTask,
	Occupant,
	RemoveTask,
	RespellTask,
	TaskResult,
} from './tasks.js'
export {Thread} from './threads.js'
export {removeTrashRuns, trashRunName, trashRuns} from './trash.js'
export {type TreeWatcher, watchTree} from './watch.js'
