// Pauses the watcher while a round changes many paths.
import type {RoundEvent} from '../../sync/events.js'
import type {LiveFolder} from './live-folder.js'

/** From this many steps on, handling their events costs more than a full scan afterwards. */
const manySteps = 2000

/** Follows the events of one round; call `over` when it has ended. */
export class WatcherPause {
	readonly #live: Pick<LiveFolder, 'hold'>
	#release: (() => void) | undefined

	constructor(live: Pick<LiveFolder, 'hold'>) {
		this.#live = live
	}

	/** A plan in parts says for each of them what it changes. */
	onRoundEvent(event: RoundEvent): void {
		if (event.kind === 'changing' && event.steps > manySteps) this.#release ??= this.#live.hold()
	}

	over(): void {
		this.#release?.()
		this.#release = undefined
	}
}
