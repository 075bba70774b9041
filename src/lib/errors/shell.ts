// Commands inside messages, written so that they work when they are pasted into a POSIX shell. Pure.

/** Means nothing to a shell or to systemd. */
export const isPlainWord = (word: string): boolean => /^[A-Za-z0-9_@+=:,./-]+$/.test(word)

/** A word for a POSIX shell. */
export const shellWord = (word: string): string =>
	isPlainWord(word) && !word.includes('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A command as a person would type it. */
export const commandText = (argv: readonly string[]): string => argv.map(shellWord).join(' ')

/** Programs that pieces of advice call. Other lines of advice are sentences. */
const programs =
	/^(?:FILESYNC_NAME=\S+ )?(?:filesync|sudo|mkdir|mv|cp|chmod|ls|npm|openssl|systemctl|loginctl|launchctl|touch|sv|export|echo|cd|apk|apt|pkg)(?: |$)/

/** True for a line of advice that is a command. A command is never broken over two lines: half of it would be run. */
export const isCommand = (line: string): boolean => programs.test(line)
