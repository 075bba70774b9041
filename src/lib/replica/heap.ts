// How much memory a large sync may take before it is collected. The only file that touches V8's settings.
import {setFlagsFromString} from 'node:v8'

/**
 * From so many entries on, the heap may outgrow what lives in it by so many percent before it is collected. V8's own measure
 * lets a first sync of 100,000 files take 345 MB where this keeps it below 240; for smaller trees it would only cost time.
 */
const heap = {fromEntries: 40_000, growthPercent: 25} as const

/**
 * A node runs for weeks of small rounds. By default V8 collects the young generation only at 32 MB, and lets the old one double: after 300
 * rounds of 100 files that is 50 MB more than after ten. These values fit a small round, and hold until a round has `untilEntries` entries.
 */
const calm = {untilEntries: 5000, growthPercent: 20} as const

let isCalm = false

/** For a process that stays. */
export function calmHeap(): void {
	isCalm = true
	setFlagsFromString('--semi-space-growth-factor=1')
	setFlagsFromString('--optimize-for-size')
	setFlagsFromString(`--heap-growing-percent=${calm.growthPercent}`)
}

/** To be called when it is known how many entries are about to be held. In force for the whole process from then on. */
export function tightenHeap(entries: number): void {
	if (isCalm && entries >= calm.untilEntries) {
		isCalm = false
		setFlagsFromString('--semi-space-growth-factor=2')
		setFlagsFromString('--no-optimize-for-size')
	}
	if (entries >= heap.fromEntries) setFlagsFromString(`--heap-growing-percent=${heap.growthPercent}`)
}
