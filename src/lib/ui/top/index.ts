// The full-screen view of a running node.

export {runTop, type TopOptions} from './run.js'
export {canDraw} from './terminal/terminal.js'
export {plainFrame} from './texts/plain.js'
