// The two streams: stdout carries the answer, stderr the story. Knows nothing of commands.
import {errnoOf, FileSyncError, type Warning} from '../errors/index.js'
import {isCommand} from '../errors/shell.js'
import {describeFailure, isDiskFull} from '../errors/system.js'
import {width, wrap} from '../ui/format.js'
import {safeJson, safeLines} from '../ui/safe.js'

/** Whole lines; on a terminal none is broken in the middle of a word, and commands, which are to be copied, not at all. */
function lines(text: string, stream: NodeJS.WriteStream): string {
	const isScreen = stream.isTTY && stream.columns >= narrowest
	const fitted = isScreen
		? text
				.split('\n')
				.map((line) => toWidth(line, stream.columns))
				.join('\n')
		: text
	return fitted.endsWith('\n') ? fitted : `${fitted}\n`
}

const fingerprint = /\b((?:[0-9A-F]{2}:){16})((?:[0-9A-F]{2}:){15}[0-9A-F]{2})\b/g

function toWidth(line: string, columns: number): string {
	if (width(line) <= columns || isCommand(line.replace(/^ *(?:[Tt]ry: )?/, ''))) return line
	// Always split into the same halves: people compare two fingerprints side by side.
	return wrap(line.replace(fingerprint, '$1 $2'), columns)
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

/** Prints `filesync: warning: TEXT` on stderr, with what to do about it. */
export function printWarning({message, advice}: Warning): void {
	printNote(safeLines(advised(`filesync: warning: ${message}`, advice)))
}

/** A message and the lines of its advice below it. */
function advised(message: string, [first, ...others]: readonly string[]): string {
	const tries = first === undefined ? [] : [`Try: ${first}`, ...others.map((advice) => `     ${advice}`)]
	return [message, ...tries].join('\n')
}

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
	return safeLines(advised(`filesync: ${error.message}`, error.advice))
}

/** Prints an error where the mode wants it. */
export function printError(error: FileSyncError, json: boolean, oneLine = false): void {
	if (json) (oneLine ? printJsonLine : printJson)({ok: false, error: errorJson(error)})
	else printNote(errorText(error))
}

/** An error of stdout or stderr itself. It is told on stderr alone: stdout takes nothing. */
class OutputError extends FileSyncError {}

export const isOutputError = (error: unknown): boolean => error instanceof OutputError

/**
 * A reader that went away (`filesync … | head`) is no failure: the rest of the output has no one to go to.
 * EIO: so does a terminal end. Any other error of stdout ends a command that gives one answer (`oneAnswer`); a node goes on, for
 * its log is not its work. Replaces every other listener.
 */
export function watchOutput(oneAnswer: boolean): void {
	for (const stream of [process.stdout, process.stderr]) {
		stream.removeAllListeners('error')
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'EPIPE' || error.code === 'EIO' || !oneAnswer || stream === process.stderr) return
			const code = isDiskFull(errnoOf(error)) ? 'DISK_FULL' : 'DISK_FAILED'
			const advice = ['make room where the output goes, or send it elsewhere; what the command did is done']
			throw new OutputError(code, describeFailure('standard output', error), advice, {cause: error})
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
