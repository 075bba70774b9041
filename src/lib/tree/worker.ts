// The worker thread of the tree room: a table of synchronous functions, run one at a time in the order asked.
// Owns the border of the thread on this side; knows nothing of what the functions do.
import {parentPort} from 'node:worker_threads'
import * as apply from './apply.js'
import {toPlainError} from './errors.js'
import {hashFiles} from './hash.js'
import * as read from './read.js'
import {scan} from './scan.js'
import type {Reply, Request} from './threads.js'
import {Transferred} from './transfer.js'

const methods = {scan, hashFiles, ...read, ...apply}

/** The table's type: `Thread.call` derives names, arguments, events and results from it. */
export type Methods = typeof methods

const isMethod = (name: string): name is keyof Methods => Object.hasOwn(methods, name)

if (parentPort !== null) {
	const port = parentPort
	const send = (reply: Reply, buffers: readonly ArrayBuffer[] = []): void => port.postMessage(reply, [...buffers])
	port.on('message', ({id, name, args}: Request) => {
		try {
			if (!isMethod(name)) throw new TypeError(`the tree worker has no method "${name}"`)
			// `Thread.call` typed the arguments by the same table in the same build, so they fit the method of that name.
			const method: (args: never, emit: (event: unknown) => void) => unknown = methods[name]
			const value = method(args as never, (event) => send({id, kind: 'event', event}))
			if (value instanceof Transferred) send({id, kind: 'done', value: value.value}, value.buffers)
			else send({id, kind: 'done', value})
		} catch (error) {
			send({id, kind: 'failed', error: toPlainError(error)})
		}
	})
}
