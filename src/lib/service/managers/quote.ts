// Words as systemd, XML and shells must have them to read back exactly these words. Pure. Control characters are refused
// before (`spec.ts`): not all of the three can carry them.
import {isPlainWord} from '../../errors/shell.js'

export {commandText, shellWord} from '../../errors/shell.js'

/**
 * A word of an `Environment=` line, or the program of an `ExecStart=` line: systemd takes away quotes and backslashes, then
 * expands `%`. The program must hold no quote and no backslash.
 */
export const systemdWord = (word: string): string =>
	isPlainWord(word) ? word : `"${word.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`

/** An argument of an `ExecStart=` line, where `$` is expanded too (but not in the program). */
export const systemdArgument = (word: string): string => systemdWord(word.replaceAll('$', () => '$$'))

const xmlNames: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'}

/** Text between two tags. */
export const xmlText = (text: string): string => text.replace(/[&<>]/g, (char) => xmlNames[char] ?? char)
