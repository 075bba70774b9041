// Counts changes of this device that its index has and the last agreement with the peer does not cover. Never reads the disk.

import type {DeviceId, VersionVector} from '../../core/entries/versions.js'
import type {Agreement} from '../../core/folder/agreement.js'
import type {Replica} from '../../replica/replica.js'

/** Counting stops here: users need no exact number beyond it. */
const mostCounted = 10_000

type Counted = Pick<Replica, 'device' | 'seq' | 'agreements' | 'recordsSince'>

interface Count {
	readonly device: DeviceId
	readonly seq: number
	readonly since: number
	readonly changes: number
}

export class Unsent {
	readonly #replica: Counted
	#last: Count | undefined
	#isCounting = false

	constructor(replica: Counted) {
		this.#replica = replica
	}

	/**
	 * Returns the last count at once. If the index has changed since, returns at least 1 and starts a new count for the next call.
	 * 0 before the first sync with any peer, which compares everything.
	 */
	get changes(): number {
		const {device, seq} = this.#replica
		const since = newest(this.#replica.agreements())?.last.mine
		if (since === undefined || since >= seq) return 0
		const last = this.#last
		if (last?.device === device && last.seq === seq && last.since === since) return last.changes
		void this.#count(since)
		return Math.max(1, last?.changes ?? 0)
	}

	async #count(since: number): Promise<void> {
		if (this.#isCounting) return
		this.#isCounting = true
		const {device, seq} = this.#replica
		let changes = 0
		try {
			for await (const records of this.#replica.recordsSince(since, [])) {
				changes += records.filter(({version}) => isLastEditedBy(device, version)).length
				if (changes >= mostCounted) break
			}
			this.#last = {device, seq, since, changes}
		} catch {
			// The index is closing or damaged: the next round reports it.
		} finally {
			this.#isCounting = false
		}
	}
}

const newest = (agreements: readonly Agreement[]): Agreement | undefined =>
	agreements.reduce<Agreement | undefined>(
		(best, one) => (best === undefined || one.atSec > best.atSec ? one : best),
		undefined,
	)

/** The version counters follow the clock, so the highest one belongs to the last edit. */
function isLastEditedBy(device: DeviceId, version: VersionVector): boolean {
	const mine = version.find(([id]) => id === device)?.[1]
	return mine !== undefined && version.every(([, counter]) => counter <= mine)
}
