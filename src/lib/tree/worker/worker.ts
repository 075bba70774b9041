// The worker thread of the tree module: tables of synchronous functions, run one at a time in the order asked.
// Owns the border of the thread on this side; knows nothing of what the functions do.
import {parentPort, workerData} from 'node:worker_threads'
import {toPlainError} from '../disk/errors.js'
import {dropPins} from '../disk/parents.js'
import type {Reply, Request} from './calls.js'
import type * as Files from './file-methods.js'
import {collectSoon, keepHeapSteady} from './heap.js'
import type * as Scanning from './scan-methods.js'
import {Transferred} from './transfer.js'

/** The tables' type: `Thread.call` derives names, arguments, events and results from it. */
export type Methods = typeof Files & typeof Scanning

/**
 * Each is loaded at the start of the thread that is for it, else by its first call: a thread that only reads or writes spares the 12 MB
 * of fast-glob and the ignore rules, and one that scans begins 20 ms sooner.
 */
const tables = {
	files: () => import('./file-methods.js'),
	scanning: () => import('./scan-methods.js'),
} as const

const isScan = (name: string): boolean => name === 'scan' || name === 'scanPart'

const tableOf = (name: string) => (isScan(name) ? tables.scanning() : tables.files())

if (parentPort !== null) {
	const port = parentPort
	const send = (reply: Reply, buffers: readonly ArrayBuffer[] = []): void => port.postMessage(reply, [...buffers])
	const answer = async ({id, name, args, isSteady}: Request): Promise<void> => {
		try {
			const table: Partial<Record<string, unknown>> = await tableOf(name)
			const found = Object.hasOwn(table, name) ? table[name] : undefined
			if (typeof found !== 'function') throw new TypeError(`the tree worker has no method "${name}"`)
			// `Thread.call` typed the arguments by the same table in the same build, so they fit the method of that name.
			const method = found as (args: unknown, emit: (event: unknown) => void) => unknown
			const value = method(args, (event) => {
				if (event instanceof Transferred) send({id, kind: 'event', event: event.value}, event.buffers)
				else send({id, kind: 'event', event})
			})
			if (value instanceof Transferred) send({id, kind: 'done', value: value.value}, value.buffers)
			else send({id, kind: 'done', value})
		} catch (error) {
			send({id, kind: 'failed', error: toPlainError(error)})
		} finally {
			// A folder held open by a thread that waits would keep its disk from being unmounted.
			dropPins()
			if (isSteady) keepHeapSteady()
			collectSoon()
		}
		// A thread that scanned goes on as the one that reads.
		if (isScan(name)) await tables.files().catch(() => {})
	}
	// In the order asked, also while a table is being loaded. What keeps it from being loaded, the first call tells.
	let turn: Promise<unknown> = (workerData === 'scan' ? tables.scanning() : tables.files()).catch(() => {})
	port.on('message', (request: Request) => {
		turn = turn.then(() => answer(request))
	})
}
