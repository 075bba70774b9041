// The program: runs one command and is the only place that shows errors and sets the exit code.
import {FileSyncError} from '../errors/index.js'
import {describeFailure, openFilesAdvice} from '../errors/system.js'
import type {CommandTable} from './oclif/own-plugin.js'
import {flushed, isOutputError, printError, printNote, wantsJson, watchOutput} from './output.js'
import {optimiseLater} from './tiering.js'
import {packageRoot, readPackage} from './version.js'

export type {CommandTable}

/** Commands that scan the folder in this process unless a node runs. */
const scanning: ReadonlySet<string> = new Set(['sync', 'push', 'pull', 'serve', 'watch'])
/** Commands that run until they are told to stop. */
const lasting: ReadonlySet<string> = new Set(['serve', 'watch', 'top'])
const isLasting = ([command = '']: readonly string[]): boolean => lasting.has(command)

/** A command that has returned is over. Handles that it left open keep the process alive for at most this time. */
const lingerMs = 2000

async function runCommand(
	importMetaUrl: string,
	typed: readonly string[],
	commands: CommandTable | undefined,
): Promise<void> {
	const scans = scanning.has(typed[0] ?? '')
	const pool = scans ? (await import('../node/start/head-start.js')).headStart(typed) : undefined
	const {ownConfig, run} = await import('./oclif/oclif.js')
	const {chooseCommand, withHelp} = await import('./oclif/resolve.js')
	await import('./base.js')
	// Again: loading oclif has added a listener to stdout that throws on every error but EPIPE.
	watchOutput(!isLasting(typed))
	const argv = withHelp(typed)
	const root = packageRoot(importMetaUrl)
	const config = await ownConfig(root, readPackage(root), commands)
	config.headStart = pool
	const chosen = chooseCommand(argv, config)
	// `run` shows help. For a command it would load the config again.
	if (chosen === undefined) await run(argv, config)
	else await config.runCommand(chosen.command.id, chosen.argv, chosen.command)
}

/** The error to show for what was thrown; undefined: none is shown. Loads code that only failures need. */
async function faultFrom(error: unknown): Promise<FileSyncError | undefined> {
	try {
		const {faultOf, isQuietExit} = await import('./faults.js')
		const {activeSignal, interruptionOf} = await import('./shutdown.js')
		return isQuietExit(error) ? undefined : faultOf(interruptionOf(error, activeSignal()))
	} catch (cause) {
		// With EMFILE, for example, the process would otherwise end without a message.
		return new FileSyncError(
			'DISK_FAILED',
			describeFailure('a part of this program cannot be loaded', cause),
			openFilesAdvice,
			{cause},
		)
	}
}

/** Shows `error` and sets the exit code that belongs to it. */
async function fail(error: unknown, argv: readonly string[]): Promise<void> {
	const fault = await faultFrom(error)
	if (fault === undefined) return
	const isBug = fault.code === 'INTERNAL'
	if (isBug && (argv.includes('--debug') || process.env['DEBUG']) && fault.cause instanceof Error)
		printNote(fault.cause.stack ?? fault.cause.message)
	// Commands that stream one JSON object per line print the error that way, too.
	printError(fault, wantsJson(argv) && !isOutputError(fault), isLasting(argv))
	process.exitCode = fault.exit
}

/** Ends the process on an uncaught error: its state is unknown then. */
function endOnBugs(argv: readonly string[]): void {
	let ending = false
	const end = (error: unknown): void => {
		if (ending) process.exit(1)
		ending = true
		void fail(error, argv)
			.then(flushed)
			.finally(() => process.exit(typeof process.exitCode === 'number' ? process.exitCode : 1))
	}
	process.on('uncaughtException', end)
	process.on('unhandledRejection', end)
}

/**
 * Runs `filesync` with the arguments of this process and sets `process.exitCode`. `importMetaUrl` is that of a file one folder below the
 * package's root. Without `commands`, oclif finds them in that package. Never rejects.
 */
export async function main(importMetaUrl: string, commands?: CommandTable): Promise<void> {
	const argv = process.argv.slice(2)
	optimiseLater()
	watchOutput(!isLasting(argv))
	endOnBugs(argv)
	try {
		await runCommand(importMetaUrl, argv, commands)
	} catch (error) {
		await fail(error, argv)
	}
	await flushed()
	// Exits at once: freeing all memory piece by piece would take longer.
	process.once('beforeExit', () => process.exit())
	setTimeout(() => process.exit(), lingerMs).unref()
}
