// The two-way rules as rows: prepare, first sync, edits on both sides, sync, what stands then, and that a second sync does nothing.
// Every row is run twice, led by either side.
import {conflicts, deletions, oneSided} from './rows/changes.js'
import {entryRows} from './rows/entries.js'
import {kindChanges, kindConflicts} from './rows/kinds.js'
import {metadataRows} from './rows/metadata.js'
import {nameRows} from './rows/names.js'
import {renames} from './rows/renames.js'
import {scenarios} from './support/scenario.js'

describe('e2e: two-way rules', () => {
	before(function () {
		// Modes, links and many of the names exist on POSIX systems only.
		if (process.platform === 'win32') this.skip()
	})
	scenarios({
		'rule 1, changed on one side': oneSided,
		'rule 2, changed on both sides': conflicts,
		'rule 3, deleted': deletions,
		'rule 4, file, folder and link': kindConflicts,
		'changes of kind': kindChanges,
		'rule 6, names': nameRows,
		'rule 6, modes and times': metadataRows,
		'rule 6, links and folders': entryRows,
		'rule 9, renames': renames,
	})
})
