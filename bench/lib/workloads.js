// What is measured: which tree, what both ends hold before the clock starts, what changes in between, over which line, and
// what FileSync is to reach.

import {whole} from '../../scripts/lib/demo-show.js'
import {deleteTenth, editOne, insertInMiddle, renamePart} from './changes.js'
import {realTree} from './real-tree.js'
import {oneFile, smallFiles, tinyFiles} from './trees.js'

/**
 * `sides`: what of FileSync runs before the clock starts. `serve`: it alone, for long; `fresh`: it alone, started just
 * before each timed sync; `live`: `serve` and `watch`, both for long.
 * @typedef {'serve' | 'fresh' | 'live'} Sides
 */
/** What both ends speak through. @typedef {{roundTripMs?: number, mbitPerSec?: number}} Line */
/**
 * At most this share of the best peer's time; at most so many bytes on the wire; at least this share of the rate of a bare
 * TLS pipe, which then is measured in the same run.
 * @typedef {{ratio?: number, wireBytes?: number, pipeShare?: number}} Goal
 */
/**
 * `start`: the target is empty, or already synced (not timed). `change`: done to the source before each timed sync.
 * `pull`: the timed command runs at the empty end and fetches. `deletes`: the change takes names away. `alone`: no other program is asked. `unlessNamed`: runs only with --only. `swings`: takes a
 * second or two, or a GiB of memory, so that rounds differ by a third and more; it gets more of them (`roundsOf`).
 * @typedef {{
 *   name: string, what: string, tree: import('./trees.js').Tree, start: 'empty' | 'synced', sides: Sides, line?: Line,
 *   change?: import('./changes.js').Change, pull?: boolean, deletes?: boolean, alone?: boolean, unlessNamed?: boolean, swings?: boolean,
 *   goal?: Goal
 * }} Workload
 */

const slow = {roundTripMs: 50}
const narrow = {mbitPerSec: 10}

/** @param {number} bytes */
const binary = (bytes) => (bytes >= 2 ** 30 ? `${bytes / 2 ** 30} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`)

/** Rounds of a work in a run of so many: the median of three of one that swings is a matter of luck. @param {Pick<Workload, 'swings'>} workload @param {number} times */
export const roundsOf = ({swings = false}, times) => (swings && times > 1 ? 2 * times + 1 : times)

/** @param {number} scale at most 1 @returns {readonly Workload[]} */
export function workloadsAt(scale) {
	const shrunk = (/** @type {number} */ full) => Math.max(10, Math.round(full * scale))
	const small = smallFiles(shrunk(10_000))
	const tiny = tinyFiles(shrunk(100_000), 600)
	const few = smallFiles(shrunk(800))
	const large = oneFile(Math.max(2 ** 20, Math.round(2 ** 30 * scale)))
	const huge = oneFile(4 * large.bytes)
	const modules = realTree(scale)
	const [ten, hundred, eight] = [small, tiny, few].map(({files}) => whole(files))
	/** To an empty peer. @param {Omit<Workload, 'start' | 'sides'>} rest @returns {Workload} */
	const first = (rest) => ({start: 'empty', sides: 'serve', ...rest})
	/** To a peer that has the same. @param {Omit<Workload, 'start' | 'sides'> & {sides?: Sides}} rest @returns {Workload} */
	const again = (rest) => ({start: 'synced', sides: 'serve', ...rest})
	return [
		first({name: 'small', what: `${ten} small files to an empty peer`, tree: small, goal: {ratio: 0.7}}),
		first({name: 'tiny', what: `${hundred} tiny files to an empty peer`, tree: tiny, goal: {ratio: 0.8}}),
		first({name: 'small-pull', what: `${ten} small files fetched by an empty end`, tree: small, pull: true}),
		first({name: 'tiny-pull', what: `${hundred} tiny files fetched by an empty end`, tree: tiny, pull: true}),
		first({
			name: 'large',
			what: `one file of ${binary(large.bytes)} to an empty peer`,
			tree: large,
			swings: true,
			goal: {ratio: 0.4, pipeShare: 0.6},
		}),
		first({
			name: 'modules',
			what: `node_modules with links, ${whole(modules.files)} files, to an empty peer`,
			tree: modules,
			goal: {ratio: 0.8},
		}),
		again({
			name: 'noop-10k',
			what: `nothing changed, ${ten} files, both sides cold`,
			tree: small,
			sides: 'fresh',
			swings: true,
		}),
		again({
			name: 'noop-100k',
			what: `nothing changed, ${hundred} files, both sides cold`,
			tree: tiny,
			sides: 'fresh',
			swings: true,
			goal: {ratio: 0.9},
		}),
		again({
			name: 'noop-100k-live',
			what: `nothing changed, ${hundred} files, live node on both sides`,
			tree: tiny,
			sides: 'live',
			swings: true,
			goal: {ratio: 0.3},
		}),
		again({
			name: 'edit-one-of-100k',
			what: `one of ${hundred} files edited, serving side live`,
			tree: tiny,
			change: editOne,
			swings: true,
			goal: {ratio: 0.8},
		}),
		again({
			name: 'rename-folder',
			what: `folder of ${whole(Math.min(small.files, 1000))} files renamed`,
			tree: small,
			change: renamePart,
			deletes: true,
			swings: true,
			goal: {ratio: 0.5, wireBytes: 200_000},
		}),
		again({
			name: 'insert-1000',
			what: `1,000 bytes inserted into ${binary(large.bytes)}`,
			tree: large,
			change: insertInMiddle,
		}),
		again({
			name: 'delete-tenth',
			what: `a tenth of ${ten} files deleted`,
			tree: small,
			change: deleteTenth,
			deletes: true,
		}),
		first({
			name: 'few-50ms',
			what: `${eight} small files, 50 ms round trip`,
			tree: few,
			line: slow,
			swings: true,
			goal: {ratio: 0.4},
		}),
		again({
			name: 'noop-50ms',
			what: `nothing changed, ${eight} files, 50 ms round trip`,
			tree: few,
			line: slow,
			swings: true,
			goal: {ratio: 0.4},
		}),
		first({name: 'small-50ms', what: `${ten} small files, 50 ms round trip`, tree: small, line: slow}),
		first({name: 'tiny-50ms', what: `${hundred} tiny files, 50 ms round trip`, tree: tiny, line: slow}),
		first({name: 'few-10mbit', what: `${eight} small files, 10 Mbit/s`, tree: few, line: narrow}),
		again({name: 'noop-10mbit', what: `nothing changed, ${eight} files, 10 Mbit/s`, tree: few, line: narrow}),
		first({name: 'small-10mbit', what: `${ten} small files, 10 Mbit/s`, tree: small, line: narrow}),
		first({name: 'tiny-10mbit', what: `${hundred} tiny files, 10 Mbit/s`, tree: tiny, line: narrow}),
		first({
			name: 'mem-4g',
			what: `one file of ${binary(huge.bytes)}: memory`,
			tree: huge,
			alone: true,
			unlessNamed: true,
		}),
	]
}
