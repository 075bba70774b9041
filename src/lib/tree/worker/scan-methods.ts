// What a worker thread does to look at a tree, by the name of the call.

export {scanPart} from '../scan/part.js'
export {scan} from '../scan/scan.js'
