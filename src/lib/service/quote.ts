// Words as systemd, XML and shells must have them to read back exactly these words. Pure. Control characters are refused
// before (`spec.ts`): not all of the three can carry them.

/** Means nothing to systemd and to shells. */
const plain = /^[A-Za-z0-9_@+=:,./-]+$/

/**
 * A word of an `Environment=` line, or the program of an `ExecStart=` line: systemd takes away quotes and backslashes, then
 * expands `%`. The program must hold no quote and no backslash.
 */
export const systemdWord = (word: string): string =>
	plain.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`

/** An argument of an `ExecStart=` line, where `$` is expanded too (but not in the program). */
export const systemdArgument = (word: string): string => systemdWord(word.replaceAll('$', () => '$$'))

const xmlNames: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'}

/** Text between two tags. */
export const xmlText = (text: string): string => text.replace(/[&<>]/g, (char) => xmlNames[char] ?? char)

/** A word for a POSIX shell. */
export const shellWord = (word: string): string =>
	plain.test(word) && !word.includes('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A command as a person would type it. */
export const commandText = (argv: readonly string[]): string => argv.map(shellWord).join(' ')
