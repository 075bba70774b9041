// The worker thread of the tree room: a table of synchronous functions, run one at a time in the order asked.
// Owns the border of the thread on this side; knows nothing of what the functions do.
import {parentPort, workerData} from 'node:worker_threads'
import * as apply from './apply.js'
import * as large from './apply-large.js'
import * as local from './apply-local.js'
import type {Reply, Request} from './calls.js'
import {toPlainError} from './errors.js'
import {hashFiles} from './hash.js'
import {dropPins} from './parents.js'
import {publishPacks, putPack} from './publish.js'
import * as read from './read.js'
import {beginRun} from './run.js'
import type * as Scan from './scan.js'
import type * as ScanPart from './scan-part.js'
import {Transferred} from './transfer.js'

/**
 * Loaded at the start of the thread that scans, else by the first scan: fast-glob and the ignore rules take 12 MB, which a
 * thread that only reads or writes spares.
 */
let scanning: (typeof Scan & typeof ScanPart) | undefined

const loadScanning = async (): Promise<void> => {
	scanning ??= {...(await import('./scan.js')), ...(await import('./scan-part.js'))}
}

const scan = (...[args, emit]: Parameters<typeof Scan.scan>): ReturnType<typeof Scan.scan> => {
	if (scanning === undefined) throw new Error('the scan was called before it was loaded')
	return scanning.scan(args, emit)
}

const scanPart = (args: ScanPart.PartScanArgs): ReturnType<typeof ScanPart.scanPart> => {
	if (scanning === undefined) throw new Error('the scan was called before it was loaded')
	return scanning.scanPart(args)
}

const methods = {scan, scanPart, hashFiles, ...read, beginRun, putPack, publishPacks, ...apply, ...local, ...large}

/** The table's type: `Thread.call` derives names, arguments, events and results from it. */
export type Methods = typeof methods

const isMethod = (name: string): name is keyof Methods => Object.hasOwn(methods, name)

if (parentPort !== null) {
	const port = parentPort
	const send = (reply: Reply, buffers: readonly ArrayBuffer[] = []): void => port.postMessage(reply, [...buffers])
	const answer = async ({id, name, args}: Request): Promise<void> => {
		try {
			if (!isMethod(name)) throw new TypeError(`the tree worker has no method "${name}"`)
			if (name === 'scan' || name === 'scanPart') await loadScanning()
			// `Thread.call` typed the arguments by the same table in the same build, so they fit the method of that name.
			const method: (args: never, emit: (event: unknown) => void) => unknown = methods[name]
			const value = method(args as never, (event) => {
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
		}
	}
	// In the order asked, also while the scan is being loaded. What keeps it from being loaded, the first scan tells.
	let turn = workerData === 'scan' ? loadScanning().catch(() => {}) : Promise.resolve()
	port.on('message', (request: Request) => {
		turn = turn.then(() => answer(request))
	})
}
