// Signals to one AbortController. The first signal asks, the second ends the process at once.
// Decides no exit code of a command that ends in its own time.
import {constants} from 'node:os'
import {FileSyncError} from '../errors/index.js'

// SIGHUP: the terminal was closed. SIGBREAK: Ctrl-Break, on Windows only (elsewhere Node knows no such signal).
const asking: readonly NodeJS.Signals[] =
	process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP']

export interface Shutdown {
	/** Aborted by the first signal; its reason is a FileSyncError INTERRUPTED. */
	readonly signal: AbortSignal
	/** Gives the signals back to Node, whose default ends the process. */
	dispose(): void
}

/** Exit number of a process that a signal ended, as shells show it: 128 + number. */
export const exitOfSignal = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 15)

let active: Shutdown | undefined

/** The shutdown of this process: takes over the signals that ask it to end, when it is first called. */
export function shutdown(): Shutdown {
	active ??= listenForShutdown()
	return active
}

/** The signal of the shutdown, where one is listened for: to tell an interruption from a failure. */
export const activeSignal = (): AbortSignal | undefined => active?.signal

function listenForShutdown(): Shutdown {
	const controller = new AbortController()
	const onSignal = (signal: NodeJS.Signals): void => {
		// The second time someone insists: no flushing, no cleaning up. What is half-done is in staging.
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

/** What was thrown after an abort, as the reason of that abort: Node's own APIs throw an AbortError instead. */
export function interruptionOf(error: unknown, signal: AbortSignal | undefined): unknown {
	return signal?.aborted === true && isAbort(error) ? signal.reason : error
}
