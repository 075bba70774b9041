// What a worker thread does with files, by the name of the call: reads, hashes, writes. Loaded apart from what a scan takes.
export * from './apply.js'
export * from './apply-large.js'
export * from './apply-local.js'
export {hashFiles} from './hash.js'
export {moveFolders} from './move-folders.js'
export {publishPacks, putPack} from './publish.js'
export * from './read.js'
export {beginRun} from './run.js'
