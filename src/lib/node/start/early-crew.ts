// A crew whose scanning thread is started before it is known what for.
import {Crew} from '../../replica/worker-pool.js'

let early: Crew | undefined

/** For `takeCrew` to find. */
export function startCrew(): void {
	early = new Crew()
	early.startScanner()
}

/** The crew whose scanning thread is under way, once; else one that is still to start it. */
export function takeCrew(): Crew {
	const crew = early ?? new Crew()
	early = undefined
	crew.startScanner()
	return crew
}
