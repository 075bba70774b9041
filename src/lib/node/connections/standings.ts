// How the syncs that peers lead come out, by device. Bounded; forgets the device that came first.
import type {DeviceId} from '../../core/versions.js'
import {StandingFailure} from './failures.js'

/** Devices that are remembered. */
const maxRemembered = 100

export interface Standing {
	readonly failure: StandingFailure
	/** Paths that could not be handled here in its last round. */
	failed: number
	/** Its last connection ended before any round on it was done. */
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
