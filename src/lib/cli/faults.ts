// Turns anything that was thrown into the error that is shown: oclif's parse errors become USAGE, bugs become INTERNAL.
import {realpathSync} from 'node:fs'
import {dirname} from 'node:path'
import {stripVTControlCharacters} from 'node:util'
import * as Errors from '@oclif/core/errors'
import {accessAdvice} from '../disk/access.js'
import {errnoOf, FileSyncError, messageOf} from '../errors/index.js'
import {shellWord} from '../errors/shell.js'
import {adviceOf, describeFailure, isDiskFull, isPassing, pathOf} from '../errors/system.js'
import {type Flags, flagFault} from './oclif/flag-faults.js'
import {didYouMean, suggestions} from './oclif/suggest.js'

/** oclif ends each parse message with this line. It is cut off: the advice names the exact command. */
const oclifSuffix = '\nSee more help with --help'

/** oclif's NonExistentFlagsError, which its entry point does not export. */
const flagsOf = (error: Error): readonly unknown[] =>
	'flags' in error && Array.isArray(error.flags) ? error.flags : []

/** True for oclif's way to end a command early (`--help`), which is no failure. */
export const isQuietExit = (error: unknown): boolean => error instanceof Errors.ExitError && error.oclif.exit === 0

/** Known options that `flag` begins (`--dry`: `--dry-run`), else those with a similar spelling. */
function meant(flag: string, flags: Flags): string[] {
	if (!flag.startsWith('--')) return []
	const known = Object.keys(flags).map((name) => `--${name}`)
	return suggestions(flag, known)
}

/** Rewords a usage error of oclif's parser; returns anything else unchanged. `id`: the command as typed. */
export function usageFault(error: unknown, id: string, argv: readonly string[], flags: Flags): unknown {
	if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return error
	if (error instanceof Errors.ModuleLoadError) return error
	const [flag] = flagsOf(error)
	const help = `filesync ${id} --help`
	const usage = (message: string, advice = [help]) => new FileSyncError('USAGE', message, advice, {cause: error})
	const fault = flagFault(argv, flags)
	if (fault !== undefined) return usage(fault)
	if (typeof flag === 'string') {
		if (flag === '--version') return usage(`"${id}" has no option --version`, ['filesync --version'])
		return usage(`unknown option ${flag} for "${id}"${didYouMean(meant(flag, flags))}`)
	}
	const text = stripVTControlCharacters(error.message)
		.replace(oclifSuffix, '')
		.replace(/\s*\n\s*/g, ' ')
	return usage(text.charAt(0).toLowerCase() + text.slice(1))
}

/** The root folder of this program's package, for advice about its installation. */
const packageRoot = (): string => dirname(dirname(process.argv[1] === undefined ? '.' : realpathSync(process.argv[1])))

/** LevelDB's native code for this platform: not there, or the system refuses to load it. node-gyp-build throws without a code. */
const isMissingBinding = (error: unknown): boolean =>
	errnoOf(error) === 'ERR_DLOPEN_FAILED' || messageOf(error).startsWith('No native build was found')

/** The error if the installation or the disk is at fault; undefined: it may be a bug. */
function outsideFault(error: unknown): FileSyncError | undefined {
	const code = errnoOf(error)
	if (isMissingBinding(error))
		return new FileSyncError(
			'INSTALLATION',
			`the database library (classic-level) has no native code for this system (${process.platform}-${process.arch}, node ${process.version})`,
			[
				`cd ${shellWord(packageRoot())} && npm rebuild classic-level`,
				'it is compiled there, which takes Python 3, make and a C++ compiler. To install these:',
				'apk add python3 make g++',
				'(Alpine; Debian, Ubuntu: sudo apt-get install python3 make g++; Termux: pkg install python make clang)',
			],
			{cause: error},
		)
	if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
		return new FileSyncError(
			'INSTALLATION',
			`this installation is not complete: ${messageOf(error).split('\n', 1)[0]}`,
			[`cd ${shellWord(packageRoot())} && npm install`],
			{cause: error},
		)
	const path = pathOf(error)
	if (path === undefined || !(isPassing(code) || refusals.has(code ?? ''))) return undefined
	const kind = isDiskFull(code) ? 'DISK_FULL' : 'DISK_FAILED'
	const advice =
		code === 'EACCES' || code === 'EPERM' ? accessAdvice(path) : adviceOf(code, [`ls -ld ${shellWord(path)}`])
	return new FileSyncError(kind, describeFailure(`${path} cannot be used`, error), advice, {cause: error})
}

/** System error codes that come from the user's disk and not from a bug. */
const refusals: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

/** The error to show for anything that no command has handled. */
export function faultOf(error: unknown): FileSyncError {
	if (error instanceof FileSyncError) return error
	return (
		outsideFault(error) ??
		new FileSyncError(
			'INTERNAL',
			`internal error: ${messageOf(error)}`,
			['run it again with --debug and report what it prints'],
			{cause: error},
		)
	)
}
