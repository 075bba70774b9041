// Removes from the trash what lay there for so many days, by the days on which it was seen there and not by one look at the clock.
import {isDeepStrictEqual} from 'node:util'
import {agedTrash} from '../core/folder/trash-age.js'
import {type Index, trashNotes} from '../index/index.js'
import {removeTrashSessions, trashSessions} from '../tree/index.js'

const dayMs = 86_400_000

/** Gives what cannot be removed, as warnings. Never rejects. */
export async function expireTrash(
	root: string,
	index: Pick<Index, 'readNote' | 'writeNote'>,
	nowMs: number,
	keepDays: number,
): Promise<readonly string[]> {
	const runs = await trashSessions(root)
	try {
		const known = await index.readNote(trashNotes)
		if (known === null && runs.length === 0) return []
		const {age, due} = agedTrash(known, Math.floor(nowMs / dayMs), runs, keepDays)
		// Before anything goes: else a count that cannot be stored would begin anew each time.
		if (!isDeepStrictEqual(age, known)) await index.writeNote(trashNotes, age)
		return await removeTrashSessions(root, due)
	} catch {
		// The index takes no more, or is closed by now: whoever writes to it next says so.
		return []
	}
}
