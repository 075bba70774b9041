// Names that a disk may take for one: those that differ in case or Unicode form alone. A hint, never the answer: which names are one
// is the disk's business, and is asked there (tree/disk/spelling.ts). Pure.

const ascii = /^[\0-\x7f]*$/
const ignorable = /\p{Default_Ignorable_Code_Point}/gu

/** Equal for all names, or paths, that any disk takes for one. Names that no disk takes for one may share it. */
export function foldedName(text: string): string {
	if (ascii.test(text)) return text.toLowerCase()
	return text.normalize('NFKD').replace(ignorable, '').toLowerCase().toUpperCase().toLowerCase().normalize('NFKD')
}

const swapCase = (character: string): string => {
	const upper = character.toUpperCase()
	return character === upper ? character.toLowerCase() : upper
}

/**
 * Other spellings of a name. A disk that folds case or form for this name finds the entry under at least one of them. Where there is an
 * ASCII letter, only the last one is swapped: every disk that folds case folds ASCII, and a spelling that nobody uses is in no cache of
 * the system.
 */
export function otherSpellings(name: string): readonly string[] {
	const swapped = name.replace(/[a-z](?=[^a-z]*$)/i, swapCase)
	const otherCase = swapped === name ? name.replace(/\p{L}/gu, swapCase) : swapped
	return [otherCase, name.normalize('NFC'), name.normalize('NFD')].filter(
		(other, i, all) => other !== name && all.indexOf(other) === i,
	)
}
