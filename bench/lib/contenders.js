// The programs that are compared, behind one shape: make both ends ready, sync on the clock, end.
// Each has folders of its own; what another one leaves there never meets it.
import {stopAll} from '../../scripts/lib/demo-pair.js'
import {filesync} from './filesync.js'
import {rsync, unison} from './over-ssh.js'
import {find, firstLine, killPrograms} from './programs.js'
import {openSyncthing} from './syncthing.js'

/**
 * One timed sync. Peaks in kB by process or side, and bytes on the wire, where they are known.
 * @typedef {{ms: number, peaksKb?: Record<string, number>, wireBytes?: number}} Timing
 */
/**
 * `rest`: waits until what a sync left to be done behind it is done. `refresh`: makes the ends cold where the workload wants
 * them so. Both are off the clock.
 * @typedef {{sync: () => Promise<Timing>, rest?: () => Promise<void>, refresh?: () => Promise<void>, close: () => Promise<void>}} Session
 */
/** @typedef {{home: string, source: string, target: string, workload: import('./workloads.js').Workload, lines: import('./line.js').Lines}} Place */
/**
 * `needs`: programs that must be installed; `packages`: what to install for them on Debian. `onlyToEmpty`: it has no command
 * that ends, so only what it carries to an empty peer, straight, can be timed.
 * @typedef {{name: string, title: string, needs: string[], packages: string[], version: () => string, onlyToEmpty?: boolean,
 *   open: (place: Place) => Promise<Session>}} Contender
 */

/** @type {Contender} */
const syncthing = {
	name: 'syncthing',
	title: 'Syncthing',
	needs: ['syncthing'],
	packages: ['syncthing'],
	version: () => firstLine('syncthing', ['--version']),
	onlyToEmpty: true,
	open: ({home, source, target}) => openSyncthing(home, source, target),
}

/** FileSync first. @type {readonly Contender[]} */
export const contenders = [filesync, rsync, unison, syncthing]

/** What else stands beside FileSync in single rows. */
export const yardsticks = {pipe: 'tls-pipe', node: 'node'}

/** @param {string} name */
export const titleOf = (name) => contenders.find((one) => one.name === name)?.title ?? name

/** Programs that this contender lacks on this machine. @param {Contender} contender */
export const missing = ({needs}) => needs.filter((program) => find(program) === undefined)

/** Ends everything that was started, at once. */
export function stopContenders() {
	stopAll()
	killPrograms()
}
