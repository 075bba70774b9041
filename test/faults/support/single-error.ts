// One system call that fails once, in a node that runs or that starts, by strace. It is told whether it happened.
import {spawn} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {tempFolder} from '../../e2e/support/temp.js'

export interface SingleError {
	/** A system call, e.g. `fdatasync`; strace takes several with commas. */
	readonly call: string
	readonly error: string
	/** Only calls on this path; without it, all. */
	readonly path?: string
}

const toOptions = ({call, error, path}: SingleError, log: string): readonly string[] => [
	'-f',
	'-qq',
	...(path === undefined ? [] : ['-P', path]),
	'-o',
	log,
	'-e',
	`trace=${call}`,
	'-e',
	// strace counts for each thread by itself: it may happen once in several.
	`inject=${call}:error=${error}:when=1`,
]

const newLog = (): string => join(tempFolder('strace'), 'log')

const hasFailed = (log: string): boolean => existsSync(log) && readFileSync(log, 'utf8').includes('(INJECTED)')

export interface Failing {
	/** Has the error happened? */
	readonly happened: () => boolean
	/** From now on nothing fails any more. */
	readonly off: () => Promise<void>
}

/** Lets a call of a running process fail. */
export async function failIn(pid: number, error: SingleError): Promise<Failing> {
	const log = newLog()
	const child = spawn('strace', ['-p', String(pid), ...toOptions(error, log).filter((option) => option !== '-qq')], {
		stdio: ['ignore', 'ignore', 'pipe'],
	})
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
	await new Promise<void>((resolve, reject) => {
		let said = ''
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			said += text
			if (/attached/.test(said)) resolve()
		})
		void ended.then(() => reject(new Error(`strace did not attach: ${said}`)))
	})
	return {
		happened: () => hasFailed(log),
		off: async () => {
			child.kill('SIGINT')
			// strace waits for ever when what it traced died in several threads at once.
			const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
			await ended
			clearTimeout(impatient)
		},
	}
}

/**
 * What a program is to be started under, so that a call of it fails; the program keeps its process id. `off`: from now on nothing of
 * that process fails any more. It is due soon: a thread that is started anew is another one to strace, and fails once more.
 */
export function failFromStart(error: SingleError): {
	readonly under: readonly string[]
	readonly happened: () => boolean
	readonly off: (pid: number) => void
} {
	const log = newLog()
	return {
		under: ['strace', '-D', ...toOptions(error, log)],
		happened: () => hasFailed(log),
		off: (pid) => {
			const tracer = Number(/^TracerPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
			// A tracer that has its program's process id above it hears no other signal; what it traced goes on.
			if (tracer > 0) process.kill(tracer, 'SIGKILL')
		},
	}
}
