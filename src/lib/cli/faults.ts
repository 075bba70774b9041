// Turns whatever was thrown into the one error that is shown: oclif's parse errors become USAGE, bugs become INTERNAL.
import {stripVTControlCharacters} from 'node:util'
import * as Errors from '@oclif/core/errors'
import {nearest} from '../config/nearest.js'
import {FileSyncError, messageOf} from '../errors/index.js'

/** oclif ends each parse message with this line; the advice says it better. */
const oclifSuffix = '\nSee more help with --help'

/** oclif's NonExistentFlagsError, which its entry point does not export. */
const flagsOf = (error: Error): readonly unknown[] =>
	'flags' in error && Array.isArray(error.flags) ? error.flags : []

/** True for oclif's way to end a command early (`--help`), which is no failure. */
export const isQuietExit = (error: unknown): boolean => error instanceof Errors.ExitError && error.oclif.exit === 0

/**
 * A usage error of oclif's parser in FileSync's words; anything else as it is. `id` is the command as it is typed,
 * `known` its flags with their dashes.
 */
export function usageFault(error: unknown, id: string, known: readonly string[]): unknown {
	if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return error
	if (error instanceof Errors.ModuleLoadError) return error
	const [flag] = flagsOf(error)
	const help = `filesync ${id} --help`
	if (typeof flag === 'string') {
		const near = flag.startsWith('--') ? nearest(flag, known) : undefined
		const hint = near === undefined ? '' : `; did you mean ${near}?`
		return new FileSyncError('USAGE', `unknown option ${flag} for "${id}"${hint}`, [help], {cause: error})
	}
	const text = stripVTControlCharacters(error.message)
		.replace(oclifSuffix, '')
		.replace(/\s*\n\s*/g, ' ')
	const first = text.charAt(0).toLowerCase() + text.slice(1)
	return new FileSyncError('USAGE', first, [help], {cause: error})
}

/** The error to show for whatever reached the top. */
export function faultOf(error: unknown): FileSyncError {
	if (error instanceof FileSyncError) return error
	return new FileSyncError(
		'INTERNAL',
		`internal error: ${messageOf(error)}`,
		['run it again with --debug and report what it prints'],
		{
			cause: error,
		},
	)
}
