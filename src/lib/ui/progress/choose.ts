// Which progress a sync shows. listr2 is loaded only if there is a terminal to draw on.
import {lineProgress, noProgress, type Progress} from './progress.js'

export interface ProgressChoice {
	/** `--json` or `--quiet`. */
	readonly silent: boolean
	readonly stream: NodeJS.WriteStream
	/** Prints an escaped line on stderr. */
	readonly say: (line: string) => void
}

/** A task list on a terminal, plain lines elsewhere, nothing if `silent`. */
export async function chooseProgress({silent, stream, say}: ProgressChoice): Promise<Progress> {
	if (silent) return noProgress
	if (!stream.isTTY || process.env['TERM'] === 'dumb') return lineProgress(say)
	const {taskProgress} = await import('./tasks.js')
	return taskProgress(stream)
}
