// Owns what the last scan of the whole folder noted. Where it is lost, the next scan takes what it finds without a record for something
// without a past, which deletes nothing.
import type {KnownMount} from '../../core/folder/mounts.js'
import type {Scope} from '../../core/folder/scope.js'
import {Damage, elements, isCount} from '../store/checks.js'
import type {NoteKind} from './notes.js'

const what = 'what the last scan noted'

export interface ScanNotes {
	readonly scope: Scope
	readonly mounts: readonly KnownMount[]
}

export const scanNotes: NoteKind<ScanNotes> = {
	key: 'n',
	what,
	encode: ({scope: {rules, count, settled}, mounts}) => [
		rules,
		count,
		settled ? 1 : 0,
		mounts.map(({path, names}) => [path, names]),
	],
	decode(value) {
		const [rules, count, settled, mounts] = elements(value, what)
		if (typeof rules !== 'string' || !isCount(count)) throw new Damage(`${what} is malformed`)
		return {scope: {rules, count, settled: settled === 1}, mounts: elements(mounts, what).map(mountOf)}
	},
}

function mountOf(value: unknown): KnownMount {
	const [path, names] = elements(value, what)
	if (typeof path !== 'string') throw new Damage(`${what} is malformed`)
	return {path, names: elements(names, what).filter((name) => typeof name === 'string')}
}
