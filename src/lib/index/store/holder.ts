// Owns the note of who holds the index, so that a refused process can name the other. Advisory: the lock is
// LevelDB's, taken from the operating system, and dies with its process; this note may be stale or missing.
import {readFile, rm, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'

export interface Holder {
	readonly pid: number
	readonly command: string
	/** Seconds since 1970. */
	readonly sinceSec: number
}

const holderFile = (dir: string): string => join(dir, 'holder.json')

/** Longest command line that is noted, in characters. */
const commandBound = 200

const ownCommand = (): string =>
	process.argv
		.slice(1)
		.map((part, i) => (i === 0 ? basename(part) : part))
		.join(' ')
		.slice(0, commandBound)

/** Notes this process. A failure is none of the caller's: the lock holds without it. */
export async function noteHolder(dir: string, sinceSec: number): Promise<void> {
	const holder: Holder = {pid: process.pid, command: ownCommand(), sinceSec}
	await writeFile(holderFile(dir), `${JSON.stringify(holder)}\n`, {mode: 0o600}).catch(() => undefined)
}

export const forgetHolder = (dir: string): Promise<void> => rm(holderFile(dir), {force: true}).catch(() => undefined)

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0)
		return true
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM'
	}
}

/** Who holds the index by the note; undefined when it is missing, malformed, or names a process that has ended. */
export async function readHolder(dir: string): Promise<Holder | undefined> {
	try {
		const note: unknown = JSON.parse(await readFile(holderFile(dir), 'utf8'))
		if (typeof note !== 'object' || note === null) return undefined
		if (!('pid' in note) || !('command' in note) || !('sinceSec' in note)) return undefined
		const {pid, command, sinceSec} = note
		if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined
		if (typeof command !== 'string' || typeof sinceSec !== 'number' || !isRunning(pid)) return undefined
		return {pid, command: command.slice(0, commandBound), sinceSec}
	} catch {
		return undefined
	}
}
