// A pool whose scanning thread is started before it is known what for.
import {WorkerPool} from '../../replica/worker-pool.js'

let early: WorkerPool | undefined

/** For `takeCrew` to find. */
export function startPool(): void {
	early = new WorkerPool()
	early.startScanner()
}

/** The pool whose scanning thread is under way, once; else one that is still to start it. */
export function takePool(): WorkerPool {
	const pool = early ?? new WorkerPool()
	early = undefined
	pool.startScanner()
	return pool
}
