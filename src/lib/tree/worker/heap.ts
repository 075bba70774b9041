// How much memory V8 may take before it collects, in the main thread and in the workers. The only file that touches V8's heap settings.
import {getHeapStatistics, setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'

/**
 * From so many entries on, the heap may outgrow what lives in it by so many percent before it is collected. V8's own measure lets it
 * double; for smaller trees than the first it would only cost time. Contents under way count as growth, too: with 25 % a first sync of
 * 100,000 small files collects every 10 MB of them, which takes 10 % of the CPU for 4 to 12 MB less.
 */
const tight = [
	{fromEntries: 200_000, growthPercent: 25},
	{fromEntries: 40_000, growthPercent: 60},
] as const

/**
 * A long-running process collects by itself: V8 lets the young generation grow to 32 MB and the old one double, which after 300 rounds of
 * 100 files is 50 MB more than after ten. At most one collection in `intervalMs`, and only when the heap has outgrown what the last
 * one left by `growthPercent`: 10 ms for a heap of 10 MB. The young generation stays at its first size.
 */
const steady = {intervalMs: 700, growthPercent: 3} as const

let collect: (() => void) | undefined
let isDue = false
/** Bytes that the last collection left. */
let liveBytes = 0

/** True in a process that stays, and in its workers. */
export const isSteady = (): boolean => collect !== undefined

/** For this thread of a process that stays; each call tells a worker of it. May be called again. */
export function keepHeapSteady(): void {
	if (collect !== undefined) return
	setFlagsFromString('--semi-space-growth-factor=1')
	setFlagsFromString('--expose-gc')
	// The function appears in contexts made from now on.
	const gc: unknown = runInNewContext('globalThis.gc')
	if (typeof gc === 'function') collect = () => gc()
}

/** To be called whenever this thread has done something. Does nothing in a process that ends soon. */
export function collectSoon(): void {
	if (collect === undefined || isDue) return
	isDue = true
	setTimeout(() => {
		isDue = false
		if (getHeapStatistics().used_heap_size < liveBytes * (1 + steady.growthPercent / 100)) return
		collect?.()
		liveBytes = getHeapStatistics().used_heap_size
	}, steady.intervalMs).unref()
}

let growthPercent = Number.POSITIVE_INFINITY

/**
 * To be called when it is known how many entries are about to be held. In force for the whole process from then on; fewer entries later
 * change nothing.
 */
export function tightenHeap(entries: number): void {
	const found = tight.find(({fromEntries}) => entries >= fromEntries)
	if (found === undefined || found.growthPercent >= growthPercent) return
	growthPercent = found.growthPercent
	setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}
