// The writing worker's method that tells what stands in a folder that could not be removed. Looks one level deep; changes nothing.
import {lstatSync, readdirSync} from 'node:fs'
import type {LiveState} from '../../core/entries/entry.js'
import type {RelPath} from '../../core/paths.js'
import {errnoOf} from '../../errors/index.js'
import {atPath} from '../disk/at-path.js'
import {dropPins} from '../disk/parents.js'
import {kindOf} from '../disk/stat.js'
import {hasReplacement} from '../scan/odd-names.js'
import {current} from '../write/context.js'

export interface LeftEntry {
	readonly name: string
	/** undefined: nothing that is ever synced (a FIFO, a name that is not UTF-8). */
	readonly kind: LiveState['kind'] | undefined
}

/** For each folder, in the order given: what stands in it; null where that cannot be told. */
export function leftIn({paths}: {paths: readonly RelPath[]}): (readonly LeftEntry[] | null)[] {
	const {root} = current()
	dropPins()
	return paths.map((path) => {
		try {
			// RACE: a link put here since would be followed; nothing but names and kinds is taken from it.
			return atPath(root, path, (at) =>
				readdirSync(at).map((name) => ({
					name,
					kind: hasReplacement(name) ? undefined : kindOf(lstatSync(`${at}/${name}`)),
				})),
			)
		} catch (error) {
			if (errnoOf(error) === undefined) throw error
			return null
		}
	})
}
