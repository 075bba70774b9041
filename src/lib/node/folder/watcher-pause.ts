// Lets the watcher rest while a round itself changes much of the folder.
import type {RoundEvent} from '../../sync/events.js'
import type {LiveFolder} from './live-folder.js'

/** From so many steps on, looking at each one's events costs more than a look at the whole folder afterwards. */
const manySteps = 2000

/** Listens to a round; `over` when it has ended. */
export class WatcherPause {
	readonly #live: LiveFolder
	#release: () => void = () => {}

	constructor(live: LiveFolder) {
		this.#live = live
	}

	onRoundEvent(event: RoundEvent): void {
		if (event.kind === 'changing' && event.steps > manySteps) this.#release = this.#live.hold()
	}

	over(): void {
		this.#release()
	}
}
