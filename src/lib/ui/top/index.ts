// The full-screen view of a running node.
export {plainFrame} from './plain.js'
export {runTop, type TopOptions} from './run.js'
export {canDraw} from './terminal.js'
