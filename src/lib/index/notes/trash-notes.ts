// Owns how the age of the trash is stored. Where it is lost, everything in the trash counts as new.
import type {TrashAge} from '../../core/folder/trash-age.js'
import {Damage, elements, isCount} from '../store/checks.js'
import type {NoteKind} from './notes.js'

const what = 'the age of the trash'

export const trashNotes: NoteKind<TrashAge> = {
	key: 't',
	what,
	encode: ({day, days, runs}) => [day, days, [...runs]],
	decode(value) {
		const [day, days, runs] = elements(value, what)
		if (!Number.isSafeInteger(day) || typeof day !== 'number' || !isCount(days))
			throw new Damage(`${what} is malformed`)
		return {day, days, runs: new Map(elements(runs, what).map(entryOf))}
	},
}

function entryOf(value: unknown): readonly [run: string, days: number] {
	const [run, days] = elements(value, what)
	if (typeof run !== 'string' || !isCount(days)) throw new Damage(`${what} is malformed`)
	return [run, days]
}
