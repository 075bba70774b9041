// stdout carries the result, stderr everything else. Knows no command.
import {errnoOf, FileSyncError, type Warning} from '../errors/index.js'
import {isCommand} from '../errors/shell.js'
import {describeFailure, isDiskFull} from '../errors/system.js'
import {width, wrap} from '../ui/format.js'
import {safeJson, safeLines} from '../ui/safe.js'

/** Whole lines. On a terminal they wrap between words; commands do not wrap, so that they can be copied. */
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
	// Always split in half: people compare two fingerprints side by side.
	return wrap(line.replace(fingerprint, '$1 $2'), columns)
}

/** On a terminal with fewer columns, wrapping makes text harder to read. */
const narrowest = 40

/** Prints one JSON object, and nothing else, on stdout. */
export const printJson = (value: object): void => void process.stdout.write(`${safeJson(value)}\n`)

/** Prints one of many JSON objects on a line of its own. */
export const printJsonLine = (value: object): void => void process.stdout.write(`${safeJson(value, 0)}\n`)

/** Prints a result on stdout; nothing if it is empty. `text` must be escaped already. */
export const printText = (text: string): void => void (text === '' || process.stdout.write(lines(text, process.stdout)))

/** Prints a line on stderr. `text` must be escaped already. */
export const printNote = (text: string): void => void process.stderr.write(lines(text, process.stderr))

/** Prints `filesync: warning: TEXT` on stderr, with its advice. */
export function printWarning({message, advice}: Warning): void {
	printNote(safeLines(advised(`filesync: warning: ${message}`, advice)))
}

/** A message with its advice below it, one line each. */
function advised(message: string, [first, ...others]: readonly string[]): string {
	const tries = first === undefined ? [] : [`Try: ${first}`, ...others.map((advice) => `     ${advice}`)]
	return [message, ...tries].join('\n')
}

/** True if `--json` is among the options. Works before parsing, and if parsing fails. */
export function wantsJson(argv: readonly string[]): boolean {
	const end = argv.indexOf('--')
	return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

/** An error in the JSON of a command. */
export function errorJson(error: FileSyncError): {code: string; message: string; try: string[]} {
	return {code: error.code, message: error.message, try: [...error.advice]}
}

/** An error as text for stderr. */
export function errorText(error: FileSyncError): string {
	return safeLines(advised(`filesync: ${error.message}`, error.advice))
}

/** Prints an error as JSON on stdout or as text on stderr. */
export function printError(error: FileSyncError, json: boolean, oneLine = false): void {
	if (json) (oneLine ? printJsonLine : printJson)({ok: false, error: errorJson(error)})
	else printNote(errorText(error))
}

/** An error of stdout itself. It goes to stderr, also under `--json`, because stdout takes nothing. */
class OutputError extends FileSyncError {}

export const isOutputError = (error: unknown): boolean => error instanceof OutputError

/**
 * Ignores that a reader has gone (EPIPE, as with `filesync … | head`) or a terminal has closed (EIO). Any other error of stdout ends
 * a command that prints one result (`oneAnswer`). A node goes on, because its log is not its purpose. Replaces all other listeners.
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

/** Resolves when everything written to stdout and stderr has left the process, or the stream is closed. */
export async function flushed(): Promise<void> {
	const drained = (stream: NodeJS.WriteStream): Promise<void> =>
		new Promise((resolve) => {
			if (stream.destroyed || stream.writableLength === 0) resolve()
			else stream.write('', () => resolve())
		})
	await Promise.all([drained(process.stdout), drained(process.stderr)])
}
