// Remembers how the rounds of each inbound device went. Bounded; drops the oldest device.
import type {DeviceId} from '../../core/entries/versions.js'
import {StandingFailure} from './failures.js'

/** Devices remembered at most. */
const maxRemembered = 100

export interface Standing {
	readonly failure: StandingFailure
	/** Number of paths that failed here in its last round. */
	failed: number
	/** A round with it has begun and none was completed since. */
	isFruitless: boolean
}

export class Standings {
	readonly #standings = new Map<DeviceId, Standing>()

	of(device: DeviceId): Standing {
		let standing = this.#standings.get(device)
		if (standing === undefined) {
			standing = {failure: new StandingFailure(), failed: 0, isFruitless: false}
			const [oldest] = this.#standings.keys()
			if (oldest !== undefined && this.#standings.size >= maxRemembered) this.#standings.delete(oldest)
			this.#standings.set(device, standing)
		}
		return standing
	}
}
