// What a worker thread does with files, by the name of the call: reads, hashes, writes. Loaded apart from what a scan takes.

export {areOneEntry} from '../disk/spelling.js'
export * from '../read/contents.js'
export {hashFiles} from '../read/hash.js'
export {leftIn} from '../read/left-in.js'
export {lookAtIntents} from '../read/stat-intents.js'
export * from '../write/apply.js'
export * from '../write/apply-large.js'
export * from '../write/apply-local.js'
export {beginApply} from '../write/context.js'
export {moveFolders} from '../write/move-folders.js'
export {publishReady, putPack, readyPacks} from '../write/publish.js'
export {respell} from '../write/respell.js'
