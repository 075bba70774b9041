// Asks a person questions on a terminal, one line each. Asks on stderr: stdout carries only the result.
import {createInterface, type Interface} from 'node:readline'
import {FileSyncError} from '../../errors/index.js'
import {safeText} from '../../ui/safe.js'
import {printNote} from '../output.js'

export interface Question {
	readonly text: string
	/** The answer that Enter gives; it is shown. `''`: none. */
	readonly initial: string
	/** Why an answer is refused; the question is asked again then. undefined: it is taken. */
	readonly fault: (answer: string) => string | undefined
}

/** True if a person can answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/**
 * Asks the questions in order and returns the answers, trimmed. Throws INTERRUPTED on Ctrl-C, Ctrl-D, and when `signal` is aborted.
 * Ctrl-Z stops the process; after `fg` the question is shown again.
 */
export async function askAll(questions: readonly Question[], signal: AbortSignal): Promise<string[]> {
	const terminal = createInterface({input: process.stdin, output: process.stderr, terminal: true, historySize: 0})
	// readline pauses itself when the process is stopped.
	terminal.on('SIGCONT', () => terminal.resume())
	try {
		const answers: string[] = []
		for (const question of questions) answers.push(await ask(terminal, question, signal))
		return answers
	} finally {
		terminal.close()
	}
}

async function ask(terminal: Interface, {text, initial, fault}: Question, signal: AbortSignal): Promise<string> {
	for (;;) {
		const typed = (await lineOf(terminal, `${text}${initial === '' ? '' : ` [${initial}]`}: `, signal)).trim()
		const answer = typed === '' ? initial : typed
		const wrong = fault(answer)
		if (wrong === undefined) return answer
		printNote(`  ${safeText(wrong)}`)
	}
}

function lineOf(terminal: Interface, prompt: string, signal: AbortSignal): Promise<string> {
	return new Promise((resolve, reject) => {
		const over = (): void => {
			terminal.off('line', onLine).off('SIGINT', onEnd).off('close', onEnd)
			signal.removeEventListener('abort', onEnd)
		}
		const onLine = (line: string): void => {
			over()
			resolve(line)
		}
		const onEnd = (): void => {
			over()
			// What is printed next begins on a new line.
			process.stderr.write('\n')
			reject(new FileSyncError('INTERRUPTED', 'interrupted; nothing was written'))
		}
		if (signal.aborted) return onEnd()
		signal.addEventListener('abort', onEnd)
		terminal.on('line', onLine).on('SIGINT', onEnd).on('close', onEnd)
		terminal.setPrompt(prompt)
		terminal.prompt()
	})
}
