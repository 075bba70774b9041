// When V8 compiles a function with its optimising compiler. Set before anything runs for long; counts for all threads.
import {setFlagsFromString} from 'node:v8'

/**
 * Bytes of bytecode that a function runs before it is optimised; V8's own measure is a fifteenth of it. A sync that lasts two
 * seconds spent 0.5 of them on optimising what it then hardly used: 1.22 s of CPU for 10,000 files against 0.97 s. At 100,000
 * files both take as long; four times as much or no optimising at all is slower there.
 */
const interruptBudget = 1_000_000

/** Of Node 20 alone: later ones have a cheap compiler between, count otherwise, and say on stderr that they do not know this. */
export function optimiseLater(): void {
	if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${interruptBudget}`)
}
