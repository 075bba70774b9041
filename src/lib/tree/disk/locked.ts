// Windows refuses a call on a file that another program has open without sharing it: a virus scanner for a moment, an editor for
// hours. Such a call is tried again for some seconds. On other systems nothing here waits.
import {lstatSync, rmdirSync} from 'node:fs'
import {errnoOf} from '../../errors/index.js'
import {TreeError} from './errors.js'

/** Milliseconds. `call`: most that one call waits. `all`: most that a thread waits in a row. */
const mostMs = {call: 3000, all: 6000} as const
/** A thread regains waiting time at this share of the time that passes, so many locked files cost it at most a tenth of its time. */
const refillShare = 0.1
/** Milliseconds between two tries: doubled each time, from `first` up to `most`. */
const pauseMs = {first: 10, most: 400} as const

/** A sharing violation, and nothing else. */
const busy: ReadonlySet<string> = new Set(['EBUSY'])
/** How Windows refuses a rename or removal of what is open; a lasting lack of rights looks the same. */
const refused: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES'])

/** The clock and the pause, so that tests need not wait. */
export interface Time {
	readonly nowMs: () => number
	readonly pause: (ms: number) => void
}

/** Tries calls again within what one thread may wait. */
export class LockRetries {
	readonly #time: Time
	#leftMs: number = mostMs.all
	#countedAtMs: number

	constructor(time: Time) {
		this.#time = time
		this.#countedAtMs = time.nowMs()
	}

	/** The result of `act`, or its last error: one that is not among `codes`, or the one at the end of the time. */
	run<T>(act: () => T, codes: ReadonlySet<string>): T {
		let waitedMs = 0
		for (let nextMs: number = pauseMs.first; ; nextMs = Math.min(2 * nextMs, pauseMs.most)) {
			try {
				return act()
			} catch (error) {
				const ms = Math.min(nextMs, mostMs.call - waitedMs, this.#left())
				if (ms < 1 || !codes.has(errnoOf(error) ?? '')) throw error
				this.#time.pause(ms)
				this.#leftMs -= ms
				waitedMs += ms
			}
		}
	}

	#left(): number {
		const nowMs = this.#time.nowMs()
		this.#leftMs = Math.min(mostMs.all, this.#leftMs + (nowMs - this.#countedAtMs) * refillShare)
		this.#countedAtMs = nowMs
		return this.#leftMs
	}
}

const never = new Int32Array(new SharedArrayBuffer(4))
/** Each thread has its own. */
const retries =
	process.platform === 'win32'
		? new LockRetries({nowMs: () => performance.now(), pause: (ms) => Atomics.wait(never, 0, 0, ms)})
		: undefined

/**
 * Renames or removes something: `act` is called again while Windows refuses it. It must look itself at what it replaces, each time:
 * who has the file open may have written it meanwhile.
 */
export const whileLocked = <T>(act: () => T): T => (retries === undefined ? act() : retries.run(act, refused))

/** Opens, copies or links a file: `act` is called again while another program has the file open without sharing it. */
export const whileBusy = <T>(act: () => T): T => (retries === undefined ? act() : retries.run(act, busy))

/**
 * Removes an empty folder. On Windows a name goes only when the last handle is closed, a watcher's too: this waits for it, or
 * the folder above would seem to hold something, and the next scan would find a new folder.
 */
export function removeFolder(at: string): void {
	whileLocked(() => rmdirSync(at))
	whileLocked(() => {
		if (retries !== undefined && stands(at))
			throw new TreeError('EBUSY', 'it goes when no program has it open any more')
	})
}

/** What is about to be deleted cannot be looked at. */
function stands(at: string): boolean {
	try {
		return lstatSync(at, {throwIfNoEntry: false}) !== undefined
	} catch {
		return true
	}
}
