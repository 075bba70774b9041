// A worker thread for file-system work, seen from the main thread: typed calls, answered in the order asked.
// Never touches the disk itself; what runs in the worker stands in the table of worker.ts.
import {Worker} from 'node:worker_threads'
import {fromPlainError, TreeError} from '../disk/errors.js'
import type {Reply, Request} from './calls.js'
import {collectSoon, isSteady} from './heap.js'
import type {Transferred} from './transfer.js'
import type {Methods} from './worker.js'

export type MethodName = keyof Methods
export type MethodArgs<K extends MethodName> = Parameters<Methods[K]>[0]
export type MethodResult<K extends MethodName> = Plain<ReturnType<Methods[K]>>
/** What a method emits while it runs; `never` for a method that emits nothing. */
export type MethodEvent<K extends MethodName> = Methods[K] extends (
	args: never,
	emit: (event: infer E) => void,
) => unknown
	? Plain<E>
	: never
/** What comes out at this side of a value that was sent with buffers moved. */
type Plain<T> = T extends Transferred<infer U> ? U : T

interface OpenCall {
	readonly resolve: (value: unknown) => void
	readonly reject: (error: Error) => void
	readonly onEvent: ((event: unknown) => void) | undefined
}

/**
 * MiB of a thread's young generation. Eight scans of 100,000 files in a row end at 185 MB for the whole process with 8,
 * at 210 MB with 16 and at 230 MB with 48 (Node's own), in the same 0.45 s each: what dies young is freed sooner.
 * A thread that is started for a scan takes less: what a scan makes is columns or dies at once, and memory that was never touched
 * costs a short command more than its collections do (10,000 files: 0.51 s in place of 0.55). Contents on their way live longer:
 * 100,000 tiny files took 5 % more CPU with 3 for all.
 */
const youngGenerationMb = {scan: 3, contents: 8} as const

/** One worker thread. Starts at once; does not keep the process alive while no call is open. */
export class Thread {
	readonly #name: string
	readonly #worker: Worker
	readonly #open = new Map<number, OpenCall>()
	#nextId = 1
	#dead: Error | undefined

	/** `name`: for people, but for `scan`, which loads at its start what a scan needs and has memory for that. */
	constructor(name: string) {
		this.#name = name
		this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
			name,
			workerData: name,
			execArgv: [],
			resourceLimits: {maxYoungGenerationSizeMb: name === 'scan' ? youngGenerationMb.scan : youngGenerationMb.contents},
		})
		this.#worker.on('message', (reply: Reply) => this.#settle(reply))
		this.#worker.on('messageerror', (error) => this.#die(error))
		this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))))
		this.#worker.on('exit', (code) =>
			this.#die(new TreeError('WORKER_GONE', `worker "${name}" ended with code ${code}`)),
		)
		this.#worker.unref()
	}

	/** True when it ended or was closed: every call rejects. */
	get isDead(): boolean {
		return this.#dead !== undefined
	}

	/**
	 * Runs `name` in the worker after all calls made before. Rejects with the method's own error (`code` kept), or with
	 * WORKER_GONE when the thread ends first. `onEvent` hears what the method emits, before the call settles.
	 */
	call<K extends MethodName>(
		name: K,
		args: MethodArgs<K>,
		transfer: readonly ArrayBuffer[] = [],
		onEvent?: (event: MethodEvent<K>) => void,
	): Promise<MethodResult<K>> {
		if (this.#dead !== undefined) return Promise.reject(this.#dead)
		return new Promise<MethodResult<K>>((resolve, reject) => {
			const id = this.#nextId++
			const request: Request = {id, name, args, isSteady: isSteady()}
			this.#worker.postMessage(request, [...transfer])
			// The worker answers with the result of this very method, so the value has its type.
			this.#open.set(id, {
				resolve: (value) => resolve(value as MethodResult<K>),
				reject,
				onEvent: onEvent && ((event) => onEvent(event as MethodEvent<K>)),
			})
			this.#worker.ref()
		})
	}

	/** Ends the thread after the system call it is in. Calls still open reject with WORKER_GONE. */
	async close(): Promise<void> {
		this.#die(new TreeError('WORKER_GONE', `worker "${this.#name}" was closed`))
		await this.#worker.terminate()
	}

	#settle(reply: Reply): void {
		const call = this.#open.get(reply.id)
		if (call === undefined) return
		if (reply.kind === 'event') {
			call.onEvent?.(reply.event)
			return
		}
		this.#open.delete(reply.id)
		if (this.#open.size === 0) this.#worker.unref()
		collectSoon()
		if (reply.kind === 'done') call.resolve(reply.value)
		else call.reject(fromPlainError(reply.error))
	}

	#die(reason: Error): void {
		this.#dead ??= reason
		const calls = [...this.#open.values()]
		this.#open.clear()
		for (const call of calls) call.reject(this.#dead)
	}
}
