// Commands in messages, quoted so that they work when pasted into a POSIX shell. Pure.

/** Words that neither a shell nor systemd treats specially. */
export const isPlainWord = (word: string): boolean => /^[A-Za-z0-9_@+=:,./-]+$/.test(word)

/** A word, quoted for a POSIX shell if needed. */
export const shellWord = (word: string): string =>
	isPlainWord(word) && !word.includes('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A command as typed in a shell. */
export const commandText = (argv: readonly string[]): string => argv.map(shellWord).join(' ')

/** Programs that advice runs. All other lines of advice are sentences. */
const programs =
	/^(?:FILESYNC_NAME=\S+ )?(?:filesync|sudo|mkdir|mv|cp|chmod|ls|npm|openssl|systemctl|loginctl|launchctl|touch|sv|export|echo|cd|apk|apt|pkg)(?: |$)/

/** True for a line of advice that is a command. It must not wrap: a shell would run the first half. */
export const isCommand = (line: string): boolean => programs.test(line)
