// What is measured: which tree, what both ends hold before the clock starts, what changes in between.
import {appendFileSync} from 'node:fs'
import {join} from 'node:path'
import {pathOf, trees} from './trees.js'

/**
 * `start`: the target is empty, or already synced (not timed). `change`: done to the source before each timed sync.
 * `alone`: no other program is asked. `unlessNamed`: runs only with --only.
 * @typedef {{
 *   name: string, what: string, tree: import('./trees.js').Tree, start: 'empty' | 'synced',
 *   change?: (root: string, round: number) => void, alone?: boolean, unlessNamed?: boolean
 * }} Workload
 */

/** One file gets a line longer; another one in every round. @param {string} root @param {number} round */
const editOne = (root, round) => appendFileSync(join(root, pathOf(1000 * round + 500)), `edit ${round}\n`)

/** @type {readonly Workload[]} */
export const workloads = [
	{name: 'small', what: '10,000 files, 57 MB, to an empty peer', tree: trees.small, start: 'empty'},
	{name: 'tiny', what: '100,000 files of 0.6 kB, to an empty peer', tree: trees.tiny, start: 'empty'},
	{name: 'large', what: 'one file of 1 GiB (random), to an empty peer', tree: trees.large, start: 'empty'},
	{name: 'noop-10k', what: 'nothing changed, 10,000 files', tree: trees.small, start: 'synced'},
	{name: 'noop-100k', what: 'nothing changed, 100,000 files', tree: trees.tiny, start: 'synced'},
	{
		name: 'edit-one-of-100k',
		what: 'one of 100,000 files edited',
		tree: trees.tiny,
		start: 'synced',
		change: editOne,
	},
	{
		name: 'mem-4g',
		what: 'one file of 4 GiB: memory',
		tree: trees.huge,
		start: 'empty',
		alone: true,
		unlessNamed: true,
	},
]
