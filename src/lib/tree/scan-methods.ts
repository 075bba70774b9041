// What a worker thread does to look at a tree, by the name of the call.
export {scan} from './scan.js'
export {scanPart} from './scan-part.js'
