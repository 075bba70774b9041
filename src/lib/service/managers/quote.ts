// Quotes words for systemd, XML and shells. Pure. `spec.ts` refuses control characters, which not all three can represent.
import {isPlainWord} from '../../errors/shell.js'

export {commandText, shellWord} from '../../errors/shell.js'

/**
 * A word of an `Environment=` line, or the program of an `ExecStart=` line: systemd removes quotes and backslashes, then expands `%`. The
 * program must contain neither quotes nor backslashes.
 */
export const systemdWord = (word: string): string =>
	isPlainWord(word) ? word : `"${word.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`

/** An argument of an `ExecStart=` line, in which systemd also expands `$`. */
export const systemdArgument = (word: string): string => systemdWord(word.replaceAll('$', () => '$$'))

const xmlNames: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'}

/** Text between two XML tags. */
export const xmlText = (text: string): string => text.replace(/[&<>]/g, (char) => xmlNames[char] ?? char)
