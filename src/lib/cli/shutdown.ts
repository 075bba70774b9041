// Maps signals to one AbortController. The first signal aborts it, the second ends the process at once.
// Sets no exit code for a command that ends by itself.
import {constants} from 'node:os'
import {FileSyncError} from '../errors/index.js'

// SIGHUP: the terminal was closed. SIGBREAK: Ctrl-Break; only Windows has it.
const asking: readonly NodeJS.Signals[] =
	process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP']

export interface Shutdown {
	/** Aborted by the first signal; its reason is a FileSyncError INTERRUPTED. */
	readonly signal: AbortSignal
	/** Restores Node's default for these signals, which ends the process. */
	dispose(): void
}

/** Exit code of a process that a signal ended, as shells show it: 128 + number. */
export const exitOfSignal = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 15)

let active: Shutdown | undefined

/** The shutdown of this process. Its first call installs the signal handlers. */
export function shutdown(): Shutdown {
	active ??= listenForShutdown()
	return active
}

/** The abort signal of the shutdown, to tell an interruption from a failure; undefined: no handler is installed. */
export const activeSignal = (): AbortSignal | undefined => active?.signal

function listenForShutdown(): Shutdown {
	const controller = new AbortController()
	const onSignal = (signal: NodeJS.Signals): void => {
		// A second signal: ends without flushing or cleaning up. Unfinished files are in staging.
		if (controller.signal.aborted) process.exit(exitOfSignal(signal))
		controller.abort(new FileSyncError('INTERRUPTED', `interrupted (${signal})`))
	}
	for (const signal of asking) process.on(signal, onSignal)
	return {
		signal: controller.signal,
		dispose: () => {
			for (const signal of asking) process.off(signal, onSignal)
		},
	}
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** The reason of the abort in place of the AbortError that Node's APIs throw; any other error unchanged. */
export function interruptionOf(error: unknown, signal: AbortSignal | undefined): unknown {
	return signal?.aborted === true && isAbort(error) ? signal.reason : error
}
