// The two streams: stdout carries the answer, stderr the story. Knows nothing of commands.
import type {FileSyncError} from '../errors/index.js'
import {wrap} from '../ui/format.js'
import {safeJson, safeLines} from '../ui/safe.js'

/** Whole lines; on a terminal none is broken in the middle of a word. */
function lines(text: string, stream: NodeJS.WriteStream): string {
	const fitted = stream.isTTY && stream.columns >= narrowest ? wrap(text, stream.columns) : text
	return fitted.endsWith('\n') ? fitted : `${fitted}\n`
}

/** Below so many columns wrapping makes it worse. */
const narrowest = 40

/** Prints one JSON object, and nothing else, on stdout. */
export const printJson = (value: object): void => void process.stdout.write(`${safeJson(value)}\n`)

/** Prints one of many JSON objects on a line of its own. */
export const printJsonLine = (value: object): void => void process.stdout.write(`${safeJson(value, 0)}\n`)

/** Prints an answer on stdout; nothing for an empty one. `text` must be safe already. */
export const printText = (text: string): void => void (text === '' || process.stdout.write(lines(text, process.stdout)))

/** Prints a line of the story on stderr. `text` must be safe already. */
export const printNote = (text: string): void => void process.stderr.write(lines(text, process.stderr))

/** Prints `filesync: warning: TEXT` on stderr. */
export const printWarning = (text: string): void => printNote(`filesync: warning: ${safeLines(text)}`)

/** True when `--json` stands among the options: known before (and even when) parsing fails. */
export function wantsJson(argv: readonly string[]): boolean {
	const end = argv.indexOf('--')
	return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

/** How an error looks in the JSON of a command. */
export function errorJson(error: FileSyncError): {code: string; message: string; try: string[]} {
	return {code: error.code, message: error.message, try: [...error.advice]}
}

/** How an error looks on stderr. */
export function errorText(error: FileSyncError): string {
	const [first, ...others] = error.advice
	const lines = [`filesync: ${error.message}`]
	if (first !== undefined) lines.push(`Try: ${first}`, ...others.map((advice) => `     ${advice}`))
	return safeLines(lines.join('\n'))
}

/** Prints an error where the mode wants it. */
export function printError(error: FileSyncError, json: boolean, oneLine = false): void {
	if (json) (oneLine ? printJsonLine : printJson)({ok: false, error: errorJson(error)})
	else printNote(errorText(error))
}

/**
 * A reader that went away (`filesync … | head`) is no failure: the rest of the output has no one to go to.
 * EIO: so does a terminal end. Replaces every other listener.
 */
export function tolerateClosedPipes(): void {
	for (const stream of [process.stdout, process.stderr]) {
		stream.removeAllListeners('error')
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'EPIPE' || error.code === 'EIO') return
			throw error
		})
	}
}

/** Resolves once everything written to stdout and stderr so far has left the process or has nowhere to go. */
export async function flushed(): Promise<void> {
	const drained = (stream: NodeJS.WriteStream): Promise<void> =>
		new Promise((resolve) => {
			if (stream.destroyed || stream.writableLength === 0) resolve()
			else stream.write('', () => resolve())
		})
	await Promise.all([drained(process.stdout), drained(process.stderr)])
}
